"""A small town to dig in: one street, a school that wants fibre, a pipe in the eastern half."""

import json
from typing import Any

import shapely
from sqlalchemy import select

from gis.reading.systems import to_town
from gis.register.models import WorkVersion
from tests.waiting import until
from ventspils.core.security import people, sessions

TOWN_CRS = "EPSG:3059"
PLANNED = {
    "stage": "planned", "title": "Pipe", "kind": "water", "promoter": "ŪDEKA", "starts_on": "2027-08-01",
    "ends_on": "2027-09-30",
    "network_elements": "water main", "contact": "planner@example.lv", "permit_request_on": "2027-03-01",
}  # fmt: skip
PAID = {
    "stage": "realised",
    "alone_eur": {"ŪDEKA": 12_000, "Digital Centre": 11_000},
    "joint_eur": 14_500.01,
    "document": "Invoice 7",
    "disruption_days": 9,
}


def degrees(*points: tuple[float, float]) -> list[list[float]]:
    """Return places of the town, in metres from its middle, as longitude and latitude."""
    moved, _ = to_town([shapely.MultiPoint([(350_000 + x, 365_000 + y) for x, y in points])], TOWN_CRS, "OGC:CRS84")
    return [list(map(float, xy)) for xy in shapely.get_coordinates(moved[0])]


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def street(*points: tuple[float, float]) -> Any:
    line = {"type": "LineString", "coordinates": degrees(*points)}
    return {"type": "Feature", "geometry": line, "properties": {"highway": "residential", "surface": "asphalt"}}


def work(number: int, start: str = "2027-08-01", end: str = "2027-09-30", title: str = "Pipe") -> Any:
    line = {"type": "LineString", "coordinates": degrees((100, 0), (200, 0))}
    fields = {"id": str(number), "title": title, "kind": "water", "promoter": "ŪDEKA", "start": start, "end": end}
    return {"type": "Feature", "geometry": line, "properties": fields}


def take(town: Any, kind: str, content: bytes, name: str = "file.geojson", **params: Any) -> Any:
    return town.call("POST", f"/api/v1/imports/{kind}", content=content, params={"name": name, **params})


def sites(*rows: str) -> bytes:
    return ("name,longitude,latitude,has_fibre,prize_eur_per_year,connect_by\n" + "\n".join(rows)).encode()


def place(x: float, y: float) -> str:
    ((longitude, latitude),) = degrees((x, y))
    return f"{longitude},{latitude}"


def planned(town: Any, body: dict[str, Any], *, state: str = "done") -> Any:
    """Return a plan once it is there."""
    begun = town.post("/plans", body)
    assert begun.status_code == 202, begun.text
    plan = ended(town, begun.json()["plan_id"])
    assert plan["state"] == state, plan["progress"]
    return plan


def ended(town: Any, plan_id: str) -> Any:
    """Return a plan once it has ended, well or not."""
    until(lambda: town.get(f"/plans/{plan_id}").json()["state"] != "running", seconds=200)
    return town.get(f"/plans/{plan_id}").json()


def named(name: str, *points: tuple[float, float]) -> Any:
    found = street(*points)
    found["properties"]["name"] = name
    return found


def where(first: float, last: float) -> Any:
    return {"type": "LineString", "coordinates": degrees((first, 0), (last, 0))}


def add(town: Any, token: str | None = None, **changed: Any) -> Any:
    answer = town.post("/works", PLANNED | {"geometry": where(100, 200)} | changed, token=token)
    assert answer.status_code == 201, answer.text
    return answer.json()


def partner(town: Any, party: str) -> str:
    now = town.centre.now()
    with town.centre.sessions.begin() as session:
        grants = [people.NewGrant("partner", None, party)]
        person = people.add_person(session, name=f"of-{abs(hash(party))}", full_name="", grants=grants, now=now)
        return sessions.open_session(session, person, now)


def edit(town: Any, found: Any, token: str | None = None, version: int | None = None, **changes: Any) -> Any:
    headers = {"If-Match": f'"{version or found["version"]}"'}
    return town.call("PATCH", f"/api/v1/works/{found['id']}", json=changes, headers=headers, token=token)


def forget_depth(town: Any) -> None:
    """Make the versions that are kept what they were before works had a depth and a diameter."""
    with town.centre.sessions.begin() as session:
        for version in session.scalars(select(WorkVersion)):
            version.document = {
                name: value for name, value in version.document.items() if name not in ("depth_m", "diameter_mm")
            }


def chances(town: Any, query: str = "", token: str | None = None) -> list[Any]:
    town.look()
    return list(town.get(f"/opportunities{query}", token=token).json()["items"])


def decide(town: Any, chance: Any, decision: str, token: str | None = None, **said: Any) -> Any:
    headers = {"If-Match": f'"{chance["version"]}"'}
    path = f"/api/v1/opportunities/{chance['id']}/decision"
    return town.call("POST", path, json={"decision": decision} | said, headers=headers, token=token)
