"""`ventspils person`: accounts of people and their one-time links."""

from typing import Annotated
from urllib.parse import quote

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, show_list, show_one, speaking_errors
from ventspils.core.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Accounts of people.")


@app.command("add")
def add_person(
    name: str,
    role: Annotated[str, typer.Option(help="viewer, operator, planner, manager, partner or admin")],
    agency: Annotated[
        list[str] | None, typer.Option(help="institution; all unless told, may be given several times")
    ] = None,
    party: Annotated[str | None, typer.Option(help="the party a partner plans for")] = None,
    full_name: Annotated[str, typer.Option(help="as shown on the pages")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add an account; what is printed holds the one-time link by which the person sets a password."""
    grants = [{"role": role, "agency": one, "party": party} for one in agency or (None,)]
    with speaking_errors():
        found = call(home, "POST", "/people", json={"name": name, "full_name": full_name, "grants": grants})
        print_result(found, as_json, show_one("Person"))


@app.command("link")
def make_link(name: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make a fresh one-time link for somebody who forgot the password."""
    with speaking_errors():
        print_result(call(home, "POST", f"/people/{quote(name, safe='')}/link"), as_json, show_one("Link"))


@app.command("first-link")
def first_link(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Make the one-time link of the first account, admin; only while nobody has a password."""
    with speaking_errors():
        found = call(home, "POST", "/first-link")
        if found["link"] is None:
            raise UsageError("Somebody has a password already; sign in, or use `ventspils person link NAME`.")
        print_result(found, as_json, show_one("Link"))


@app.command("list")
def list_people(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List accounts."""
    with speaking_errors():
        shown = show_list("People", "name", "full_name", "grants", "has_password", "totp", "disabled")
        print_result(call(home, "GET", "/people"), as_json, shown)
