"""Commands over the registry: agencies, credentials, port policies, conditions."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, print_table, speaking_errors
from ventspils.cli.targets import read_secret

agency = typer.Typer(no_args_is_help=True, help="Institutions.")
credential = typer.Typer(no_args_is_help=True, help="What devices ask for; secrets are never shown again.")
policy = typer.Typer(no_args_is_help=True, help="Which ports may alarm.")
condition = typer.Typer(no_args_is_help=True, help="What is true now.")


def show_list(title: str, *keys: str) -> Any:
    """Return a function that prints the items of an answer as a table."""
    return lambda document: print_table(title, keys, [[item.get(key) for key in keys] for item in document["items"]])


def show_one(title: str) -> Any:
    """Return a function that prints one object."""
    return lambda document: print_table(title, ("what", "value"), list(document.items()))


@agency.command("add")
def add_agency(name: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Add an institution."""
    with speaking_errors():
        print_result(call(home, "POST", "/agencies", json={"name": name}), as_json, show_one("Agency"))


@agency.command("list")
def list_agencies(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List institutions."""
    with speaking_errors():
        print_result(call(home, "GET", "/agencies"), as_json, show_list("Agencies", "name", "id"))


@credential.command("add")
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


@credential.command("list")
def list_credentials(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List credentials without their secrets."""
    with speaking_errors():
        print_result(call(home, "GET", "/credentials"), as_json, show_list("Credentials", "name", "snmp_version"))


@policy.command("add")
def add_policy(
    pattern: Annotated[str, typer.Argument(help="regular expression, searched in port name and alias")],
    mode: Annotated[str, typer.Option(help="always, hours or never")],
    hours: Annotated[str | None, typer.Option(help="HH:MM-HH:MM, with the mode hours")] = None,
    full_at: Annotated[
        float | None, typer.Option(min=1, max=100, help="percent of the line rate at which a port is full")
    ] = None,
    errors_at: Annotated[
        float | None, typer.Option(min=0, max=1e9, help="errored packets a second that are too many")
    ] = None,
    device: Annotated[str | None, typer.Option(help="only for this device")] = None,
    kind: Annotated[str | None, typer.Option(help="only for devices of this kind")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a rule about which ports may alarm; the first that fits counts."""
    with speaking_errors():
        body = {"pattern": pattern, "mode": mode, "hours": hours, "device": device, "full_at_pct": full_at,
                "errors_at_per_s": errors_at, "kind": kind}  # fmt: skip
        print_result(call(home, "POST", "/port-policies", json=body), as_json, show_one("Port policy"))


@policy.command("list")
def list_policies(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the rules in the order in which they are tried."""
    with speaking_errors():
        shown = show_list(
            "Port policies", "pattern", "mode", "hours", "full_at_pct", "errors_at_per_s", "device", "kind"
        )
        print_result(call(home, "GET", "/port-policies"), as_json, shown)


@condition.command("list")
def list_conditions(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the conditions that are true now."""
    with speaking_errors():
        shown = show_list("Conditions", "device", "rule", "object", "severity", "detail")
        print_result(call(home, "GET", "/conditions"), as_json, shown)
