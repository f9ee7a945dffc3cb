"""`ventspils savings`: the ledger of what digging together saves, recomputed."""

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, show_one, speaking_errors

app = typer.Typer(no_args_is_help=True, help="What digging together saves.")


@app.callback()
def _group() -> None:
    """Keep the one command a command of a group."""


@app.command("verify")
def verify_savings(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Recompute the whole ledger from metres, amounts and prices; tell what differs, with exit code 1."""
    with speaking_errors():
        found = call(home, "GET", "/savings/verified")
        print_result(found, as_json, show_one("Ledger of savings"))
    if not found["is_right"]:
        raise typer.Exit(1)
