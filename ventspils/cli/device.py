"""`ventspils device`: look at devices and keep the list of them."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from ventspils.cli.output import console, print_result, print_table, speaking_errors
from ventspils.cli.targets import build_target

app = typer.Typer(no_args_is_help=True, help="Look at devices and keep the list of them.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def inspect(
    host: Annotated[str, typer.Argument(help="HOST, HOST:PORT or [v6]:PORT")],
    snmp_version: Annotated[str, typer.Option(help="1 or 2c")] = "2c",
    community: Annotated[str | None, typer.Option(help="v1/v2c community; public unless told")] = None,
    community_file: Annotated[Path | None, typer.Option(help="file with the community in its first line")] = None,
    user: Annotated[str | None, typer.Option(hidden=True)] = None,
    auth_protocol: Annotated[str | None, typer.Option(hidden=True)] = None,
    auth_password_file: Annotated[Path | None, typer.Option(hidden=True)] = None,
    priv_protocol: Annotated[str | None, typer.Option(hidden=True)] = None,
    priv_password_file: Annotated[Path | None, typer.Option(hidden=True)] = None,
    timeout: Annotated[float, typer.Option(min=0.05, max=60, help="seconds to wait for one answer")] = 1.0,
    budget: Annotated[float, typer.Option(min=0.1, max=3600, help="seconds for the whole device")] = 60.0,
    engine: Annotated[str, typer.Option(help="native or pysnmp")] = "native",
    as_json: Json = False,
) -> None:
    """Ask a device what it is and show everything it tells. Needs no centre."""
    from monitoring.reports import describe
    from monitoring.snmp.engine import open_engine
    from ventspils.core.errors import UsageError

    with speaking_errors():
        if snmp_version != "3" and any((user, auth_protocol, auth_password_file, priv_protocol, priv_password_file)):
            raise UsageError("User, authentication and privacy options belong to SNMP version 3.")
        if engine not in ("native", "pysnmp"):
            raise UsageError(f"Engine {engine!r} does not exist; use native or pysnmp.")
        target = build_target(
            host, version=snmp_version, community=community, community_file=community_file, timeout_s=timeout
        )

        async def run() -> Any:  # noqa: ANN401 - a JSON document
            from monitoring.inspection import inspect as inspect_device

            asker = open_engine(engine)
            try:
                return describe(await inspect_device(asker, target, budget_s=budget))
            finally:
                asker.close()

        print_result(asyncio.run(run()), as_json, _show)


def _show(document: Any) -> None:  # noqa: ANN401 - a JSON document
    print_table("Device", ("what", "value"), [(k, v) for k, v in document["device"].items()])
    port_keys = ("index", "name", "alias", "speed_bps", "admin", "oper", "in_octets", "out_octets")
    tables = (
        ("ports", port_keys),
        ("sensors", ("class", "name", "value", "unit", "state", "severity")),
        ("processors", ("name", "usage_pct")),
        ("memory", ("name", "total_bytes", "used_pct")),
        ("storage", ("name", "total_bytes", "used_pct")),
        ("problems", ("what", "why")),
    )
    for name, keys in tables:
        if document[name]:
            console.print()
            print_table(name.capitalize(), keys, [[row[key] for key in keys] for row in document[name]])
