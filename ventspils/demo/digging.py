"""
The demo town's digging: clients, works and needs as they write them, sites, prices, chances that were taken, one plan.

Facts of the water company's announced list are real (udeka.lv, works planned for 2020); where they lie here is
schematic, and days count from today, so that the town is always in the middle of its works.
"""

import csv
import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any  # JSON documents

import httpx2

from ventspils.demo.town import INSTITUTIONS, MIDDLE, building_at

WATER, HEAT, ROADS, PORT, POWER, TELECOM = (
    "ŪDEKA", "Ventspils siltums", "Komunālā pārvalde", "Ventspils brīvostas pārvalde", "Sadales tīkls", "Telecom",
)  # fmt: skip
FIBRE = "Digital Centre"
_PARTIES = (
    {"name": WATER, "kind": "water", "join_weeks": 8}, {"name": HEAT, "kind": "heat", "join_weeks": 8},
    {"name": ROADS, "kind": "road", "join_weeks": 12, "within_days": 365}, {"name": PORT, "kind": "road",
        "join_weeks": 16},
    {"name": POWER, "kind": "power", "join_weeks": 6}, {"name": TELECOM, "kind": "telecom", "join_weeks": 4},
    {"name": FIBRE, "kind": "fibre", "join_weeks": 4, "within_days": 365},
)  # fmt: skip
# Street, from, to, metres, what, condition: as announced.
_ANNOUNCED = (
    ("Ostas iela", "Jāņa iela", "Dārza iela", 270, "water", "only if the Freeport Authority starts its access road "
        "there"),
    ("Bērzu iela", "Zvaigžņu iela", "Ganību iela", 547, "water", "complete rebuilding of the street"),
    ("Rūpniecības iela 2", "", "", 380, "water", "new connection of the Science and Innovation Centre"),
    ("Kuldīgas iela 138", "", "", 271, "water", "branches for a new building"),
    ("P. Stradiņa iela 17a", "", "", 92, "sewer", "only if the residents vote for it"),
)  # fmt: skip
# Client, street, from, to, what, first day and length in days from today.
_WORKS = (
    (WATER, "Rīgas iela", "Vasarnīcu iela", "Katoļu iela", "water", -400, 90),
    (ROADS, "Rīgas iela", "Vasarnīcu iela", "Katoļu iela", "resurfacing", -300, 60),
    (WATER, "Kuldīgas iela", "Zvaigžņu iela", "Katoļu iela", "water", 56, 80),
    # eight weeks from today: its chance expires today
    (POWER, "Jāņa iela", "Talsu iela", "Kuldīgas iela", "power", 21, 40),  # too late to join: a chance that was missed
    (HEAT, "Vasarnīcu iela", "Parka iela", "Riņķa iela", "heat", 150, 100),
    (WATER, "Vasarnīcu iela", "Parka iela", "Riņķa iela", "water", 170, 90),
    (ROADS, "Lielā iela", "Dārza iela", "Vasarnīcu iela", "road", 210, 180),
    (WATER, "Lielā iela", "Dārza iela", "Zvaigžņu iela", "sewer", 240, 90),
    (POWER, "Mazā Priežu iela", "Talsu iela", "Kuldīgas iela", "power", 120, 40),
    (WATER, "Ganību iela", "Kuldīgas iela", "Bērzu iela", "water", 330, 100),
    (HEAT, "Zvaigžņu iela", "Saules iela", "Lielā iela", "heat", 420, 120),
    (PORT, "Ostas iela", "Sporta iela", "Ūdens iela", "road", 500, 200),
    (ROADS, "Talsu iela", "Ūdens iela", "Rūpniecības iela", "road", 560, 150),
    (WATER, "Saules iela", "Jāņa iela", "Ganību iela", "water", 640, 120),
    (HEAT, "Katoļu iela", "Bērzu iela", "Inženieru iela", "heat", 720, 110),
    (WATER, "Inženieru iela", "Zvaigžņu iela", "Rūpniecības iela", "water", 800, 120),
    (POWER, "Dārza iela", "Talsu iela", "Lielā iela", "power", 900, 60),
)  # fmt: skip
_DEPTHS_M = {
    "water": 1.8,
    "sewer": 2.4,
    "heat": 1.2,
    "power": 0.8,
    "resurfacing": 0.1,
}  # a road's rebuilding does not say it
_NEEDS = (
    (HEAT, "Kuldīgas iela", "Zvaigžņu iela", "Ganību iela", "heat", 0, 300),
    (TELECOM, "Jāņa iela", "Talsu iela", "Kuldīgas iela", "telecom", 0, 300),
    (HEAT, "Lielā iela", "Ūdens iela", "Ganību iela", "heat", 100, 400),
    (TELECOM, "Ganību iela", "Saules iela", "Rīgas iela", "telecom", 0, 600),
    (POWER, "Talsu iela", "Zvaigžņu iela", "Katoļu iela", "power", 300, 900),
    (WATER, "Katoļu iela", "Parka iela", "Inženieru iela", "water", 500, 1000),
)
_PLAN_S, _REAL_PLAN_S = 20, 180
_LOOKING_S = 60.0
_REAL_WORTH = 5  # the streets of a real town may be further apart than those of the schematic one


@dataclass(frozen=True)
class Files:
    """Real data to build the town's digging on; without sites some are made up around its middle."""

    streets: Path
    works: Path
    sites: Path | None
    feed: str = ""


def dig(http: httpx2.Client, today: date, files: Files | None, middle: tuple[float, float] = MIDDLE) -> None:
    """Fill the digging half of an empty centre, through the API like anybody."""
    for party in _PARTIES:
        _send(http, "/parties", party)
    if files is None:
        _draw_town(http, today)
    else:
        _build_on(http, files, middle)
    _wait_for_chances(http)
    _take_chances(http, today)
    _send(
        http,
        "/prices",
        {
            "name": "trench.footway_paved",
            "value": 52,
            "basis": "contract",
            "document": "Example contract 1",
            "dated": (today - timedelta(days=120)).isoformat(),
        },
    )
    first = date(today.year + (today.month > 6), 7 if today.month <= 6 else 1, 1)
    _send(
        http,
        "/plans",
        {
            "start": f"{first:%Y-%m}",
            "periods": 6,
            "budget_eur": 120_000,
            "time_limit_s": _PLAN_S if files is None else _REAL_PLAN_S,
        },
    )


def _draw_town(http: httpx2.Client, today: date) -> None:
    from ventspils.demo.ground import street_features

    _take(http, "streets", "schematic-streets.geojson", json.dumps(street_features(), ensure_ascii=False).encode())
    announced = [(*row[:4], today.year + 1, *row[4:]) for row in _ANNOUNCED]
    heading = ("street", "from", "to", "metres", "year", "what", "condition")
    _take(http, "needs", "announced-works.csv", _table(heading, announced), party=WATER)
    works = [
        (client, *where, what, _DEPTHS_M.get(what, ""), _day(today, start), _day(today, start + days), _phone(client))
        for client, *where, what, start, days in _WORKS
    ]  # fmt: skip
    _take(
        http,
        "works",
        "works.csv",
        _table(("client", "street", "from", "to", "what", "depth", "start", "end date", "phone"), works),
    )
    needs = [(client, *where, _day(today, early), _day(today, late)) for client, *where, early, late in _NEEDS]
    _take(http, "needs", "needs.csv", _table(("client", "street", "from", "to", "what", "earliest", "latest"), needs))
    _take(http, "routes", "cable-routes.geojson", json.dumps(_routes(), ensure_ascii=False).encode())
    buildings = [building_at(number) for number in range(len(INSTITUTIONS))]
    _take(http, "sites", "sites.csv", _sites(buildings, _day(today, 900)))


def _day(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()


def _phone(client: str) -> str:
    return f"+371 6360 {sum(map(ord, client)) % 10_000:04d}"


def _sites(places: Sequence[tuple[float, float]], due: str = "", *, worth: int = 1) -> bytes:
    rows = []
    for number, (name, (longitude, latitude)) in enumerate(zip(INSTITUTIONS, places, strict=True)):
        connect_by = due if number % 4 == 2 else ""
        rows.append(
            (
                name,
                longitude,
                latitude,
                "yes" if number == 0 else "no",
                worth * (6000 + 4000 * (number % 4)),
                connect_by,
            )
        )
    return _table(("name", "longitude", "latitude", "has_fibre", "prize_eur_per_year", "connect_by"), rows)


def _routes() -> dict[str, Any]:
    """Return the cable route that is there already: from the Digital Centre along Lielā iela, with ducts free."""
    from ventspils.demo.ground import ACROSS, ALONG, street_features

    streets = {f["properties"].get("name"): f["geometry"]["coordinates"] for f in street_features()["features"]}
    points = streets["Lielā iela"][-len(ALONG) + ALONG.index("Ūdens") : -len(ALONG) + ALONG.index("Ganību") + 1]
    fields = {"name": "Lielā iela", "owner": FIBRE, "ducts": 4, "free_ducts": 2, "built_on": "2021-06-30"}
    assert "Lielā" in ACROSS
    line = {"type": "LineString", "coordinates": points}
    return {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": line, "properties": fields}]}


def _table(heading: tuple[str, ...], rows: list[Any]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heading)
    writer.writerows(rows)
    return out.getvalue().encode()


def _build_on(http: httpx2.Client, files: Files, middle: tuple[float, float]) -> None:
    _take(http, "streets", files.streets.name, files.streets.read_bytes())
    _take(http, "works", files.works.name, files.works.read_bytes(), feed=files.feed)
    if files.sites is not None:
        _take(http, "sites", files.sites.name, files.sites.read_bytes())
    else:
        from ventspils.demo.real_town import snap

        streets = http.get("/layers/streets").raise_for_status().json()["features"]
        places = snap([building_at(number, middle) for number in range(len(INSTITUTIONS))], streets)
        _take(http, "sites", "example-sites.csv", _sites(places, worth=_REAL_WORTH))


def _wait_for_chances(http: httpx2.Client) -> None:
    """Wait until chances are known that are found from all that was entered by now, for a minute at most."""
    entered, give_up_s = datetime.now(UTC), time.monotonic() + _LOOKING_S
    while time.monotonic() < give_up_s:
        as_of = http.get("/opportunities", params={"limit": 1}).raise_for_status().json()["as_of"]
        if as_of is not None and datetime.fromisoformat(as_of) > entered:
            return
        time.sleep(0.2)


def _take_chances(http: httpx2.Client, today: date) -> None:
    """Take the two chances that save most: one is dug earlier than it was said and paid, of one there is a contract."""
    taken: set[str] = set()
    for stage in ("realised", "agreed"):
        found = http.get("/opportunities", params={"state": "open", "limit": 100}).raise_for_status().json()["items"]
        # The first one, which expires first, is left to decide.
        later = [chance for chance in found[1:] if chance["work_id"] not in taken]
        if not later:
            return
        chance = max(later, key=lambda each: each["mid_eur"])
        taken.add(chance["work_id"])
        path, headers = f"/opportunities/{chance['id']}/decision", {"If-Match": f'"{chance["version"]}"'}
        joined = http.post(path, json={"decision": "accept"}, headers=headers).raise_for_status().json()
        if stage == "realised":
            _bring_forward(http, chance["work_id"], today)
        _enter_figures(http, joined["joint_dig"], stage)


def _enter_figures(http: httpx2.Client, subject: str, stage: str) -> None:
    entries = http.get("/savings").raise_for_status().json()["entries"]
    (entry,) = [each for each in entries if each["subject"] == subject]
    alone = {party: each["alone_eur"] for party, each in entry["parties"].items()}
    joint = round(entry["joint_eur"]["mid"] * 1.04, 2)
    document = f"Example {'invoice' if stage == 'realised' else 'contract'} 2"
    figures = {"stage": stage, "alone_eur": alone, "joint_eur": joint, "disruption_days": 14, "document": document}
    _send(http, f"/savings/{subject}", figures)


def _bring_forward(http: httpx2.Client, work_id: str, today: date) -> None:
    """Let a work have begun."""
    work = http.get(f"/works/{work_id}").raise_for_status().json()
    headers = {"If-Match": f'"{work["version"]}"'}
    http.patch(f"/works/{work_id}", json={"starts_on": _day(today, -14)}, headers=headers).raise_for_status()


def _send(http: httpx2.Client, path: str, body: dict[str, Any]) -> None:
    http.post(path, json=body).raise_for_status()


def _take(http: httpx2.Client, kind: str, name: str, content: bytes, **params: str) -> None:
    answer = http.post(f"/imports/{kind}", content=content, params={"name": name, **params}, timeout=300)
    if answer.status_code == 422:
        from ventspils.core.errors import UsageError

        raise UsageError(answer.json()["detail"])
    answer.raise_for_status()
