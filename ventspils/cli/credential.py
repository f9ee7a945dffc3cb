"""`ventspils credential`: what devices ask for."""

from pathlib import Path
from typing import Annotated

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, show_list, show_one, speaking_errors
from ventspils.cli.targets import read_secret

app = typer.Typer(no_args_is_help=True, help="What devices ask for; secrets are never shown again.")


@app.command("add")
def add_credential(
    name: str,
    community_file: Annotated[Path, typer.Option(help="file with the community in its first line")],
    snmp_version: Annotated[str, typer.Option(help="1 or 2c")] = "2c",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a credential; the secret comes from a file, never from the command line."""
    with speaking_errors():
        secret = read_secret(community_file, "Community").get_secret_value()
        body = {"name": name, "snmp_version": snmp_version, "community": secret}
        print_result(call(home, "POST", "/credentials", json=body), as_json, show_one("Credential"))


@app.command("list")
def list_credentials(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List credentials without their secrets."""
    with speaking_errors():
        print_result(call(home, "GET", "/credentials"), as_json, show_list("Credentials", "name", "snmp_version"))
