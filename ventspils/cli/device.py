"""`ventspils device`: look at devices and keep the list of them."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import console, errors, print_result, print_table, show_list, show_one, speaking_errors
from ventspils.cli.targets import build_target
from ventspils.core.errors import NotFoundError, UsageError

app = typer.Typer(no_args_is_help=True, help="Look at devices and keep the list of them.")


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
    as_json: JsonOption = False,
) -> None:
    """Ask a device what it is and show everything it tells. Needs no centre."""
    from monitoring.device import describe
    from monitoring.snmp import open_engine

    with speaking_errors():
        if snmp_version != "3" and any((user, auth_protocol, auth_password_file, priv_protocol, priv_password_file)):
            raise UsageError("User, authentication and privacy options belong to SNMP version 3.")
        if engine not in ("native", "pysnmp"):
            raise UsageError(f"Engine {engine!r} does not exist; use native or pysnmp.")
        target = build_target(
            host, version=snmp_version, community=community, community_file=community_file, timeout_s=timeout
        )

        async def run() -> Any:
            from monitoring.device import inspect as inspect_device

            asker = open_engine(engine)
            try:
                return describe(await inspect_device(asker, target, budget_s=budget))
            finally:
                asker.close()

        with errors.status(f"Asking {host} ..."):
            found = asyncio.run(run())
        print_result(found, as_json, _show)


def _show(document: Any) -> None:
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


@app.command("add")
def add_device(
    name: str,
    address: Annotated[str, typer.Argument(help="HOST, HOST:PORT or [v6]:PORT")],
    agency: Annotated[str, typer.Option(help="institution; it must exist")],
    site: Annotated[str, typer.Option(help="building; made if the institution lacks it")],
    credential: Annotated[str | None, typer.Option(help="none: watched by reachability alone")] = None,
    parent: Annotated[str | None, typer.Option(help="device through which it is reached")] = None,
    parent_port: Annotated[str | None, typer.Option(help="its port that leads to the parent")] = None,
    reach: Annotated[str, typer.Option(help="icmp, tcp:PORT or none")] = "icmp",
    zone: Annotated[str, typer.Option(help="whose collectors read it")] = "default",
    longitude: Annotated[float | None, typer.Option(help="of the building, degrees")] = None,
    latitude: Annotated[float | None, typer.Option(help="of the building, degrees")] = None,
    kind: Annotated[str | None, typer.Option(help="switch, router and the like; port rules may be for a kind")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a device."""
    body = {
        "name": name, "address": address, "agency": agency, "site": site, "credential": credential, "parent": parent,
        "parent_port": parent_port, "reach": reach, "zone": zone, "longitude": longitude, "latitude": latitude,
        "kind": kind,
    }  # fmt: skip
    with speaking_errors():
        print_result(call(home, "POST", "/devices", json=body), as_json, show_one("Device"))


@app.command("import")
def import_devices(
    file: Annotated[Path, typer.Argument(help="CSV with the columns name, agency, site, address and others")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and change nothing.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add the devices of a CSV file, all of them or none."""
    with speaking_errors():
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UsageError(f"File {str(file)!r} cannot be read: {error.strerror}.") from None
        found = call(home, "POST", "/devices/import", content=content, params={"dry_run": dry_run})
        print_result(found, as_json, show_one("Import"))


@app.command("list")
def list_devices(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List devices in service."""
    with speaking_errors():
        items, cursor = [], ""
        while cursor is not None:
            page = call(home, "GET", "/devices", params={"limit": 1000, "cursor": cursor})
            items += page["items"]
            cursor = page["next"]
        document = {"items": items, "next": None, "total": len(items)}
        shown = show_list("Devices", "name", "agency", "site", "host", "port", "credential", "reach", "zone")
        print_result(document, as_json, shown)


@app.command("retire")
def retire_device(name: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take a device out of service; what was measured of it stays."""
    with speaking_errors():
        found = [
            d for d in call(home, "GET", "/devices", params={"text": name, "limit": 1000})["items"] if d["name"] == name
        ]
        if not found:
            raise NotFoundError(f"Device {name!r} is unknown.")
        print_result(call(home, "DELETE", f"/devices/{found[0]['id']}"), as_json, show_one("Device"))
