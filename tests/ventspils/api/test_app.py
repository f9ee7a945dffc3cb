"""What holds for all routes at once: whoever reads changes nothing."""

import base64
import gzip
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from gis.register.models import PlanRow
from monitoring.centre.models import Incident
from tests.ventspils.digs import PAID, add, chances, collection, decide, street, take, where
from ventspils.core.security.secrets import KeyPair

ENDLESS = "/api/v1/events"
# Signing in keeps that a session is not idle; a backup, which holds every secret, is put on record.
MAY_BE_WRITTEN = {
    "UPDATE sessions SET seen_at": None,
    "INSERT INTO audit": "/api/v1/backup",
    "UPDATE audit_head": "/api/v1/backup",
}
LAYERS = ("works", "needs", "requests", "streets", "sites", "routes", "moratoria")
QUESTIONS: dict[str, dict[str, object]] = {
    "/api/v1/basemap/style.json": {"tiles": "http://here/{z}/{x}/{y}.pbf"},
    "/api/v1/changes": {"since": "2026-01-01"},
    "/api/v1/availability": {"month": "2027-01"},
    "/api/v1/street-edges": dict(zip(("west", "south", "east", "north"), (21.4, 57.3, 21.7, 57.5), strict=True)),
    "/api/v1/telemetry/series": {
        "measurement": "interface",
        "field": "in_bps",
        "start_s": 0,
        "stop_s": 1,
        "every_s": 1,
    },
    "/api/v1/telemetry/percentile": {"measurement": "interface", "field": "in_bps", "start_s": 0, "stop_s": 1},
    "/api/v1/telemetry/latest": {"measurement": "interface", "field": "in_bps", "since_s": 0},
}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the centre do nothing by itself, so that whatever is written was written by a request."""

    async def rest(_: object) -> None:
        return

    monkeypatch.setattr("ventspils.api.app.keep", rest)


@pytest.fixture
def filled(alone: None, dug: Any, tmp_path: Any) -> Any:
    """A town with something of everything that routes read."""
    dug.centre.now = lambda: datetime(2027, 1, 15, 12, tzinfo=UTC)
    code = dug.post("/collectors/codes", {"zone": "default"}).json()["code"]
    public = base64.b64encode(KeyPair(tmp_path / "collector.key").public).decode()
    dug.collector = dug.post("/collectors/enrol", {"code": code, "name": "c1", "public_key": public}).json()["token"]
    add(dug, title="New surface", kind="resurfacing", promoter="Roads", starts_on="2026-05-01", ends_on="2026-06-30")
    add(dug, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 200))
    dug.look()
    dug.post("/parties", {"name": "ŪDEKA"})
    dug.post("/links", {"device": "core", "port": "Gi1", "other_device": "edge", "other_port": "Gi1"})
    chance = next(c for c in chances(dug) if c["wanted_sort"] == "fibre")
    dug.subject = decide(dug, chance, "accept").json()["joint_dig"]
    assert dug.post(f"/savings/{dug.subject}", PAID | {"stage": "agreed"}).status_code == 201
    assert dug.post("/reports", {"year": 2027}).status_code == 201
    now = dug.centre.now()
    device = dug.get("/devices").json()["items"][0]
    with dug.centre.sessions.begin() as session:
        result = {"certificate": {"input_version": "0"}, "periods": [], "savings": {}}
        plan = {"at": now, "actor": "centre", "asked": {}, "state": "done", "progress": {}, "result": result}
        session.add(PlanRow(id="p1", instance=gzip.compress(b"{}"), **plan))
        raised = {"collector_id": "c", "rule": "unreachable", "object": "", "severity": "critical", "detail": ""}
        times = {"raised_at": now, "turned_at": now}
        session.add(
            Incident(id=uuid.uuid4().hex, device_id=device["id"], agency_id=device["agency_id"], **raised, **times)
        )
    # A change that nobody has looked at yet: whoever reads meets it as it is.
    take(dug, "streets", collection(street((0, 0), (100, 0), (200, 0)), street((100, 0), (100, 60))), "streets.geojson")
    assert dug.get("/opportunities").json()["items"]
    return dug


@contextmanager
def _writing(town: Any, written: list[str]) -> Iterator[None]:
    """Note every statement that does anything but read the registry."""
    engine = town.centre.sessions.kw["bind"]

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "WITH")):
            written.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


def _rows(town: Any) -> list[str]:
    """Return everything that the registry holds, but for when sessions were last seen and what is on record."""
    with town.centre.sessions() as session:
        raw = session.connection().connection.driver_connection
        touched = ('INSERT INTO "sessions"', 'INSERT INTO "audit', 'INSERT INTO "sqlite_sequence"')
        return [line for line in raw.iterdump() if not line.startswith(touched)]


def _paths(town: Any) -> list[str]:
    """Return the address of every route that reads, with ids of what is there."""

    def first(path: str, key: str = "id") -> str:
        return str(town.get(path).json()["items"][0][key])

    known = {
        "agency_id": first("/agencies"), "site_id": first("/sites"), "device_id": first("/devices"),
        "incident_id": first("/incidents"), "work_id": first("/works"), "plan_id": "p1", "number": "2027-001",
        "subject": town.subject,
        "z": "9", "x": "1", "y": "1",
    }  # fmt: skip
    found = [path for path, methods in town.http.get("/openapi.json").json()["paths"].items() if "get" in methods]
    found.remove(ENDLESS)
    layered = [path.replace("{layer}", layer) for path in found for layer in LAYERS if "{layer}" in path]
    return [path.format(**known) for path in found if "{layer}" not in path] + layered


def test_no_route_that_reads_changes_anything_in_the_registry(filled: Any) -> None:
    person = filled.sign_in("admin")
    paths, present = _paths(filled), filled.centre.now()
    filled.centre.now = lambda: present + timedelta(minutes=10)  # so that the session is seen anew
    before = _rows(filled)
    for path in paths:
        written: list[str] = []
        token = filled.collector if path.endswith("/assignment") else person
        with _writing(filled, written):
            answer = filled.call("GET", path, token=token, params=QUESTIONS.get(path, {}))
        assert answer.is_success, (path, answer.text)
        allowed = tuple(start for start, only in MAY_BE_WRITTEN.items() if only in (None, path))
        assert [statement for statement in written if not statement.startswith(allowed)] == [], path
    assert _rows(filled) == before


def test_lists_that_hang_on_chances_say_as_of_when(alone: None, dug: Any) -> None:
    lists = ("/opportunities", "/changes?since=2026-01-01", "/moratoria", "/savings")
    assert [dug.get(path).json()["as_of"] for path in lists] == [None] * 4
    dug.centre.now = lambda: datetime(2027, 1, 15, 12, tzinfo=UTC)
    dug.look()
    assert [dug.get(path).json()["as_of"] for path in lists] == ["2027-01-15T12:00:00+00:00"] * 4
