"""`ventspils audit`: the log of changes, listed and verified."""

from typing import Annotated

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, show_list, show_one, speaking_errors

app = typer.Typer(no_args_is_help=True, help="The log of changes.")


@app.command("verify")
def verify_audit(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Go through the whole log and tell whether anything was altered; keep the head elsewhere."""
    with speaking_errors():
        print_result(call(home, "GET", "/audit/verified"), as_json, show_one("Audit log"))


@app.command("list")
def list_audit(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="how many, newest first")] = 50,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List changes, newest first."""
    with speaking_errors():
        found = call(home, "GET", "/audit", params={"limit": limit})
        print_result(found, as_json, show_list("Changes", "number", "at", "actor", "what", "object", "detail"))
