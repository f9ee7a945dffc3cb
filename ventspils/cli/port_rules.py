"""`ventspils policy`: which ports may alarm, and from when on they are full."""

from typing import Annotated

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import print_result, show_list, show_one, speaking_errors

app = typer.Typer(no_args_is_help=True, help="Which ports may alarm.")


@app.command("add")
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


@app.command("list")
def list_policies(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the rules in the order in which they are tried."""
    with speaking_errors():
        shown = show_list(
            "Port policies", "pattern", "mode", "hours", "full_at_pct", "errors_at_per_s", "device", "kind"
        )
        print_result(call(home, "GET", "/port-policies"), as_json, shown)
