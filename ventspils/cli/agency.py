"""`ventspils agency`: institutions."""

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, show_list, show_one, speaking_errors

app = typer.Typer(no_args_is_help=True, help="Institutions.")


@app.command("add")
def add_agency(name: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Add an institution."""
    with speaking_errors():
        print_result(call(home, "POST", "/agencies", json={"name": name}), as_json, show_one("Agency"))


@app.command("list")
def list_agencies(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List institutions."""
    with speaking_errors():
        print_result(call(home, "GET", "/agencies"), as_json, show_list("Agencies", "name", "id"))
