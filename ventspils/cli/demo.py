"""`ventspils demo`: a small town of simulated devices with its centre and collector."""

import asyncio
import json
import os
import resource
import secrets
import signal
import socket
import time
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import httpx2
import typer

from ventspils.cli.options import HomeOption
from ventspils.cli.output import errors, speaking_errors
from ventspils.cli.run import Accounts, ForOption, PortOption, run_centre
from ventspils.core.errors import UsageError
from ventspils.core.extras import Extra, require
from ventspils.core.home import VARIABLE, CentreAddress, Home, default_home
from ventspils.core.logs import configure_logs
from ventspils.core.security.secrets import write_private
from ventspils.core.settings import load_settings

if TYPE_CHECKING:
    from ventspils.demo.digging import Files

_INTERVAL_S = 10
_SETTINGS = (
    f"# The demo town reads its devices often, so that something moves.\n[collector]\ninterval_s = {_INTERVAL_S}\n"
)
_TOWN_FILE, COMMANDS_FILE, _ACCOUNTS_FILE = "town.json", "simulator.socket", "accounts.json"

DevicesOption = Annotated[
    int, typer.Option(min=1, max=1000, help="how many devices the town has; fixed at its first start")
]


def demo_home(named: Path | None) -> Home:
    """Return the home of the demo, which is never that of a real centre."""
    if named is None and VARIABLE not in os.environ:
        named = default_home().with_name("ventspils-ict-demo")
    return Home(named or default_home())


def demo(
    home: HomeOption = None,
    port: PortOption = None,
    for_s: ForOption = None,
    devices: DevicesOption = 60,
    streets: Annotated[
        Path | None, typer.Option(help="streets of a real town to build the digging on, with --works")
    ] = None,
    works: Annotated[Path | None, typer.Option(help="works of that town")] = None,
    sites: Annotated[Path | None, typer.Option(help="sites that want fibre, and places that have it")] = None,
    feed: Annotated[str, typer.Option(help="descriptor of the works' feed")] = "",
    scene: Annotated[
        str | None,
        typer.Option(help="let a scene of the running town happen now: reboot, uplink, ups, building, evening"),
    ] = None,
) -> None:
    """Run the demo town: simulated devices, centre, collector and pages, until stopped."""
    with speaking_errors():
        configure_logs()
        if scene is not None:
            _order(demo_home(home), {"scene": scene})
            return
        require(Extra.CENTRE)
        place = demo_home(home)
        _refuse_real_centre(place)
        town = place.path / _TOWN_FILE
        files = _real_files(streets, works, sites, feed)
        if files and town.exists():
            raise UsageError(f"The demo in {place.path} has its town already; name another home with --home.")
        if not town.exists():
            _found(place, files, devices)
        chosen = json.loads(town.read_text())
        errors.print(
            f"Starting a town of {chosen['devices']} devices in {place.path} ...", markup=False, soft_wrap=True
        )
        run_centre(
            place,
            port,
            for_s,
            show=True,
            before=("simulator", "simulate", "--home", str(place.path)),
            prepare=lambda contact: _populate(place, contact, chosen, files),
        )


def _real_files(streets: Path | None, works: Path | None, sites: Path | None, feed: str) -> "Files | None":
    from ventspils.demo.digging import Files

    if streets is None and works is None and sites is None:
        return None
    if streets is None or works is None:
        raise UsageError("Building on a real town needs both --streets and --works.")
    for file in (streets, works, *([sites] if sites else [])):
        if not file.is_file():
            raise UsageError(f"File {str(file)!r} cannot be read.")
    return Files(streets, works, sites, feed)


def _found(home: Home, files: "Files | None", devices: int) -> None:
    """Write what the town is: its devices, its settings, and where its middle is."""
    chosen: dict[str, object] = {"devices": devices, "port": _free_udp_port(), "middle": None}
    settings = _SETTINGS
    if files is not None:
        from ventspils.demo.real import look_at

        found = look_at(files.streets)
        chosen["middle"] = found.middle
        settings += f'[town]\ncrs = "{found.crs}"\n'
        errors.print(f"The streets lie around {found.middle}; the town's CRS is {found.crs}.", markup=False)
    (home.path / "ventspils.toml").write_text(settings)
    (home.path / _TOWN_FILE).write_text(json.dumps(chosen))


def _refuse_real_centre(home: Home) -> None:
    for name in [n for n in os.environ if n.startswith(("VENTSPILS_REGISTRY__", "VENTSPILS_TELEMETRY__"))]:
        del os.environ[name]  # the town keeps its own registry and points, whatever a real centre uses
    has_centre = any(
        (home.path / name).exists() for name in ("registry.sqlite", "keys", "ventspils.toml", "contact.json")
    )
    if has_centre and not (home.path / _TOWN_FILE).exists():
        raise UsageError(f"The home {home.path} holds a real centre; name another one for the demo with --home.")


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


_ROLES = ("admin", "operator", "viewer", "planner", "manager", "partner")


def _make_accounts(home: Home, http: httpx2.Client) -> Accounts:
    """Make an account for every role at the first start, with passwords made up here; they lie 0600 in the home."""
    file = home.path / _ACCOUNTS_FILE
    if file.exists():
        known: Accounts = json.loads(file.read_text())
        return known
    accounts: Accounts = []
    for role in _ROLES:
        grant = {"role": role, "party": "ŪDEKA" if role == "partner" else None}
        body = {"name": role, "full_name": role.capitalize(), "grants": [grant]}
        link = http.post("/people", json=body).raise_for_status().json()["link"]
        password = secrets.token_urlsafe(12)
        http.post("/passwords", json={"link": link, "password": password}).raise_for_status()
        accounts.append({"role": role, "name": role, "password": password})
    write_private(file, json.dumps(accounts).encode())
    return accounts


def _populate(home: Home, contact: CentreAddress, town: dict[str, Any], files: "Files | None") -> Accounts:
    """Tell an empty registry about the town, through the API like anybody; return the accounts."""
    count, port, middle = town["devices"], town["port"], town.get("middle")
    from ventspils.demo.simulator import address_of, make_devices
    from ventspils.demo.town import INSTITUTIONS, kinds, place

    headers = {"Authorization": f"Bearer {contact.token.get_secret_value()}"}
    with httpx2.Client(base_url=f"{contact.api}/api/v1", headers=headers, timeout=60, trust_env=False) as http:
        accounts = _make_accounts(home, http)
        if http.get("/devices", params={"limit": 1}).raise_for_status().json()["total"]:
            return accounts
        for institution in INSTITUTIONS:
            http.post("/agencies", json={"name": institution}).raise_for_status()
        http.post("/credentials", json={"name": "town", "community": "public"}).raise_for_status()
        devices = make_devices(kinds(count), booted_s=0)
        rows = ["name,agency,site,longitude,latitude,address,credential,parent,reach,kind"]
        for number, placed in enumerate(place([(d.name, d.kind.name) for d in devices], *_middle(middle))):
            where = f"{placed.institution},{placed.building},{placed.longitude},{placed.latitude}"
            rows.append(
                f"{placed.name},{where},{address_of(number)}:{port},town,{placed.parent or ''},tcp:{port},{placed.kind}"
            )
        http.post("/devices/import", content="\n".join(rows).encode()).raise_for_status()
        _make_history(http, contact.api)
        _dig(home, http, files, *_middle(middle))
        return accounts


def _middle(found: list[float] | None) -> list[tuple[float, float]]:
    return [(found[0], found[1])] if found else []


def _dig(home: Home, http: httpx2.Client, files: "Files | None", *middle: tuple[float, float]) -> None:
    """Fill the digging half and draw the ground, which need the extra `planner`."""
    if find_spec("scipy") is None:
        errors.print("The map stays without ground and the town without digs: that needs the extra `planner`.")
        return
    from gis.streets.basemap import write_basemap
    from ventspils.demo.digging import dig
    from ventspils.demo.ground import draw_ground, draw_streets

    today = datetime.now(ZoneInfo(load_settings(home.path).collector.timezone)).date()
    dig(http, today, files, *middle)
    streets = [] if files is None else http.get("/layers/streets").raise_for_status().json()["features"]
    write_basemap(draw_streets(streets) if files else draw_ground(), home.path / "basemap.pmtiles")


def _make_history(http: httpx2.Client, centre: str) -> None:
    """Write thirty made-up days, so that long spans show something; every point says that it is made up."""
    from ventspils.demo.history import history_lines

    devices = http.get("/devices", params={"limit": 1000}).raise_for_status().json()["items"]
    write = f"{centre}/api/v2/write"
    for lines in history_lines(devices, int(time.time())):
        http.post(
            write, params={"org": "ventspils", "bucket": "raw", "precision": "s"}, content=lines
        ).raise_for_status()


def simulate(home: HomeOption = None) -> None:
    """Answer for the devices of the demo town until stopped."""
    import uvloop

    from ventspils.demo.simulator import Simulator, make_devices
    from ventspils.demo.town import kinds
    from ventspils.demo.town import place as place_devices

    async def main() -> None:
        place = demo_home(home)
        chosen = json.loads((place.path / _TOWN_FILE).read_text())
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # two sockets a device
        devices = make_devices(kinds(chosen["devices"]), booted_s=time.time())
        parents = {placed.name: placed.parent for placed in place_devices([(d.name, d.kind.name) for d in devices])}
        simulator = Simulator(devices, port=chosen["port"], parents=parents)
        simulator.open()
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        listening = asyncio.create_task(simulator.listen(place.path / COMMANDS_FILE))
        day = asyncio.create_task(simulator.keep_the_day(load_settings(place.path).collector.timezone))
        await stopping.wait()
        listening.cancel()
        day.cancel()
        simulator.close()

    with speaking_errors():
        configure_logs()
        uvloop.run(main())


def fault(
    device: Annotated[str, typer.Argument(help="name of a simulated device, such as switch-3")],
    name: Annotated[
        str, typer.Argument(help="loss, delay_s, silent, malformed, index_shift, ports_down, reboot, jump, ...")
    ],
    value: Annotated[str, typer.Argument(help="a value as JSON")] = "true",
    home: HomeOption = None,
) -> None:
    """Let something go wrong with a device of the running demo town."""
    with speaking_errors():
        try:
            parsed = json.loads(value)
        except ValueError:
            raise UsageError(f"Value {value!r} is not JSON; write true, 0.3 or [1, 2].") from None
        _order(demo_home(home), {"device": device, "fault": name, "value": parsed})


def _order(home: Home, order: dict[str, object]) -> None:
    """Tell the simulator of a running town to do something."""
    path = home.path / COMMANDS_FILE

    async def tell() -> dict[str, object]:
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except OSError:
            raise UsageError(f"No demo town runs in {home.path}; start it with `ventspils demo`.") from None
        writer.write(json.dumps(order).encode() + b"\n")
        reply: dict[str, object] = json.loads(await reader.readline())
        writer.close()
        return reply

    reply = asyncio.run(tell())
    if not reply["done"]:
        raise UsageError(str(reply["why"]))
