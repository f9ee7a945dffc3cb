"""
The demo town put together: what is chosen at its first start, and its centre filled through the API like anybody's:
accounts, devices, made-up history, digs and the ground under maps.
"""

import json
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import httpx2

from ventspils.core.errors import UsageError
from ventspils.core.home import CentreAddress, Home
from ventspils.core.private_files import write_private
from ventspils.core.settings import load_settings
from ventspils.demo.digging import Files, dig
from ventspils.demo.simulator import address_of, make_devices
from ventspils.demo.town import INSTITUTIONS, MIDDLE, kinds, place

_INTERVAL_S = 10
_SETTINGS = (
    f"# The demo town reads its devices often, so that something moves.\n[collector]\ninterval_s = {_INTERVAL_S}\n"
)
_TOWN_FILE, _ACCOUNTS_FILE = "town.json", "accounts.json"
_OF_A_CENTRE = ("registry.sqlite", "keys", "ventspils.toml", "contact.json")
_ROLES = ("admin", "operator", "viewer", "planner", "manager", "partner")
Accounts = list[dict[str, str]]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class TownChoice:
    """What a town is, chosen at its first start: how many devices, the port where they answer, its middle if real."""

    devices: int
    port: int
    middle: tuple[float, float] | None = None

    @property
    def around(self) -> tuple[float, float]:
        """The longitude and latitude around which it lies."""
        return self.middle or MIDDLE


def has_town(home: Home) -> bool:
    """Whether a home has its town already."""
    return (home.path / _TOWN_FILE).exists()


def refuse_real_centre(home: Home) -> None:
    """
    Make sure that a home is none of a real centre.

    Raises:
        UsageError: a real centre lives there.
    """
    if any((home.path / name).exists() for name in _OF_A_CENTRE) and not has_town(home):
        raise UsageError(f"The home {home.path} holds a real centre; name another one for the demo with --home.")


def found_town(home: Home, files: Files | None, devices: int, tell: Tell) -> None:
    """Write what the town is: its devices, its settings, and where its middle is."""
    middle, settings = None, _SETTINGS
    if files is not None:
        from ventspils.demo.real_town import look_at

        found = look_at(files.streets)
        middle = found.middle
        settings += f'[town]\ncrs = "{found.crs}"\n'
        tell(f"The streets lie around {found.middle}; the town's CRS is {found.crs}.")
    (home.path / "ventspils.toml").write_text(settings)
    (home.path / _TOWN_FILE).write_text(json.dumps(asdict(TownChoice(devices, _free_udp_port(), middle))))


def read_choice(home: Home) -> TownChoice:
    """Return what was chosen when the town of a home was founded."""
    found = json.loads((home.path / _TOWN_FILE).read_text())
    middle = found.get("middle")
    return TownChoice(found["devices"], found["port"], (middle[0], middle[1]) if middle else None)


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def populate(home: Home, contact: CentreAddress, files: Files | None, tell: Tell) -> Accounts:
    """Tell an empty registry about the town, through the API like anybody; return the accounts."""
    town = read_choice(home)
    headers = {"Authorization": f"Bearer {contact.token.get_secret_value()}"}
    with httpx2.Client(base_url=f"{contact.api}/api/v1", headers=headers, timeout=60, trust_env=False) as http:
        accounts = _make_accounts(home, http)
        if not http.get("/devices", params={"limit": 1}).raise_for_status().json()["total"]:
            _add_devices(http, town)
            _make_history(http, contact.api)
            _dig(home, http, files, town.around, tell)
        return accounts


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


def _add_devices(http: httpx2.Client, town: TownChoice) -> None:
    for institution in INSTITUTIONS:
        http.post("/agencies", json={"name": institution}).raise_for_status()
    http.post("/credentials", json={"name": "town", "community": "public"}).raise_for_status()
    devices = make_devices(kinds(town.devices), booted_s=0)
    rows = ["name,agency,site,longitude,latitude,address,credential,parent,reach,kind"]
    for number, placed in enumerate(place([(d.name, d.kind.name) for d in devices], town.around)):
        where = f"{placed.institution},{placed.building},{placed.longitude},{placed.latitude}"
        reached = f"{address_of(number)}:{town.port},town,{placed.parent or ''},tcp:{town.port}"
        rows.append(f"{placed.name},{where},{reached},{placed.kind}")
    http.post("/devices/import", content="\n".join(rows).encode()).raise_for_status()


def _make_history(http: httpx2.Client, centre: str) -> None:
    """Write thirty made-up days, so that long spans show something; every point says that it is made up."""
    from ventspils.demo.history import history_lines

    devices = http.get("/devices", params={"limit": 1000}).raise_for_status().json()["items"]
    params = {"org": "ventspils", "bucket": "raw", "precision": "s"}
    for lines in history_lines(devices, int(time.time())):
        http.post(f"{centre}/api/v2/write", params=params, content=lines).raise_for_status()


def _dig(home: Home, http: httpx2.Client, files: Files | None, middle: tuple[float, float], tell: Tell) -> None:
    """Fill the digging half and draw the ground, which need the extra `planner`."""
    if find_spec("scipy") is None:
        tell("The map stays without ground and the town without digs: that needs the extra `planner`.")
        return
    from gis.streets.basemap import write_basemap
    from ventspils.demo.ground import draw_ground, draw_streets

    today = datetime.now(ZoneInfo(load_settings(home.path).collector.timezone)).date()
    dig(http, today, files, middle)
    streets = [] if files is None else http.get("/layers/streets").raise_for_status().json()["features"]
    write_basemap(draw_streets(streets) if files else draw_ground(), home.path / "basemap.pmtiles")
