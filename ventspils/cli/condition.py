"""`ventspils condition`: what is true now."""

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, show_list, speaking_errors

app = typer.Typer(no_args_is_help=True, help="What is true now.")


@app.command("list")
def list_conditions(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the conditions that are true now."""
    with speaking_errors():
        shown = show_list("Conditions", "device", "rule", "object", "severity", "detail")
        print_result(call(home, "GET", "/conditions"), as_json, shown)
