"""Conditions become incidents, over a real registry: SQLite here, PostgreSQL where it is."""

import resource
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from monitoring.centre import handling, notices
from monitoring.centre.models import (
    CollectorRow,
    ConditionRow,
    Device,
    Incident,
    IncidentEvent,
    Maintenance,
    Notice,
    NoticeRule,
)
from monitoring.centre.reconciliation import reconcile
from ventspils.core.database.engine import close_registry, open_registry
from ventspils.core.places import Agency, Site
from ventspils.core.security.models import Token
from ventspils.core.security.roles import Scope

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
INTERVAL_S = 60


class Registry:
    """A registry with an institution, a collector, and a clock that the test moves."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self.sessions, self.now = sessions, START
        with sessions.begin() as session:
            session.add_all([Agency(id="a", name="School"), Site(id="s", agency_id="a", name="Main")])
            session.add(Token(id="t", name="t", scope="write", hash="h", created_at=START))
            session.flush()
            session.add(
                CollectorRow(
                    id="c",
                    name="one",
                    zone="default",
                    public_key=b"",
                    token_hash="x",
                    write_token_id="t",
                    sealed_write_token=b"",
                    enrolled_at=START,
                    last_report_at=START,
                    last_report={},
                )
            )
            rule = NoticeRule(
                id="r", name="duty", sealed_address=b"", kind="json", least_severity="warning", language="en"
            )
            session.add(rule)

    def add_device(self, name: str, parent: str | None = None, *, reach: str = "icmp") -> None:
        with self.sessions.begin() as session:
            session.add(
                Device(
                    id=name, name=name, site_id="s", host=name, port=161, parent_id=parent, reach=reach, zone="default"
                )
            )

    def set_true(
        self, device: str, rule: str, *, name: str = "", severity: str = "critical", since: datetime | None = None
    ) -> None:
        since_s = int((since or self.now).timestamp())
        row = {"collector_id": "c", "device_id": device, "rule": rule, "object": name, "severity": severity,
            "detail": "",
               "since_s": since_s}  # fmt: skip
        with self.sessions.begin() as session:
            session.execute(insert(ConditionRow), [row])

    def set_false(self, device: str, rule: str) -> None:
        with self.sessions.begin() as session:
            session.execute(delete(ConditionRow).where(ConditionRow.device_id == device, ConditionRow.rule == rule))

    def probe(self, **parents: tuple[int, bool]) -> None:
        """Let the collector report, with what it knows of the parents; seconds are counted from the start."""
        with self.sessions.begin() as session:
            collector = session.get_one(CollectorRow, "c")
            found = {name: [int(START.timestamp()) + s, ok] for name, (s, ok) in parents.items()}
            collector.last_report, collector.last_report_at = {"parents": found}, self.now

    def settle(self, *, after_s: float = 0) -> int:
        """Let time pass, bring everything into agreement, and return how many messages were queued."""
        self.now += timedelta(seconds=after_s)
        with self.sessions.begin() as session:
            reconcile(session, now=self.now, interval_s=INTERVAL_S, zone="Europe/Riga")
            queued = notices.queue(session, self.now)
            session.execute(update(Notice).values(state="sent"))
            return queued

    def standing(self) -> dict[tuple[str, str], Any]:
        with self.sessions() as session:
            found = session.scalars(select(Incident).where(Incident.cleared_at.is_(None))).all()
            return {(i.device_id, i.rule): i for i in found}

    def messages(self) -> list[tuple[str, str]]:
        with self.sessions() as session:
            rows = session.execute(select(Incident.device_id, Notice.what).join(Incident).order_by(Notice.id)).all()
            return [(device, what) for device, what in rows]

    def history(self, device: str) -> list[str]:
        with self.sessions() as session:
            return list(
                session.scalars(
                    select(IncidentEvent.what)
                    .join(Incident)
                    .where(Incident.device_id == device)
                    .order_by(IncidentEvent.id)
                )
            )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def registry(
    request: pytest.FixtureRequest, tmp_path: Path, copy_registry: Callable[[Path], str]
) -> Iterator[Registry]:
    is_postgresql = request.param == "postgresql"
    url = request.getfixturevalue("migrated_postgresql") if is_postgresql else copy_registry(tmp_path / "r.sqlite")
    sessions = open_registry(url)
    yield Registry(sessions)
    close_registry(sessions)


def test_a_condition_becomes_an_incident_and_its_end_the_incidents_end(registry: Registry) -> None:
    registry.add_device("d")
    registry.set_true("d", "sensor", name="Fan")
    registry.settle()
    assert list(registry.standing()) == [("d", "sensor")]
    registry.set_false("d", "sensor")
    registry.settle(after_s=60)
    assert registry.standing() == {}
    assert registry.history("d") == ["raised", "cleared"]
    assert registry.messages() == [("d", "raised"), ("d", "cleared")]


def test_settling_again_changes_nothing(registry: Registry) -> None:
    registry.add_device("d")
    registry.set_true("d", "sensor")
    registry.settle()
    before = registry.history("d")
    for _ in range(3):
        assert registry.settle(after_s=5) == 0
    assert registry.history("d") == before


def test_forty_children_whose_parent_is_read_last_are_one_message(registry: Registry) -> None:
    registry.add_device("parent")
    for k in range(40):
        registry.add_device(f"child-{k}", "parent")
    registry.probe(parent=(-5, True))  # the last that was heard of it was good
    for k in range(40):
        registry.set_true(f"child-{k}", "unreachable")
        assert registry.settle(after_s=1) == 0
    registry.probe(parent=(45, False))  # its first slot after the event failed; it is not raised yet
    assert registry.settle(after_s=15) == 0
    registry.set_true("parent", "unreachable")
    assert registry.settle(after_s=45) == 1
    assert registry.messages() == [("parent", "raised")]
    standing = registry.standing()
    root = standing["parent", "unreachable"].id
    assert all(standing[f"child-{k}", "unreachable"].root_id == root for k in range(40))
    with registry.sessions() as session:
        everything = handling.SoughtIncidents(Scope(is_all=True))
        rows, total = handling.list_incidents(session, everything, limit=10, start=0)
        assert (total, rows[0].behind) == (1, 40)
    for device in ("parent", *(f"child-{k}" for k in range(40))):
        registry.set_false(device, "unreachable")
    registry.settle(after_s=60)
    assert registry.messages() == [("parent", "raised"), ("parent", "cleared")]  # nobody heard of the children, ever


def test_a_child_that_died_alone_is_told_once_its_parent_answered(registry: Registry) -> None:
    registry.add_device("parent")
    registry.add_device("child", "parent")
    registry.probe(parent=(-5, True))
    registry.set_true("child", "unreachable")
    assert registry.settle() == 0
    registry.now += timedelta(seconds=50)
    registry.probe(parent=(50, True))
    assert registry.settle() == 1
    assert registry.messages() == [("child", "raised")]


def test_a_parent_of_which_nothing_is_heard_does_not_silence_its_child_for_ever(registry: Registry) -> None:
    registry.add_device("parent")
    registry.add_device("child", "parent")
    registry.set_true("child", "unreachable")
    assert registry.settle() == 0
    registry.probe()
    registry.now += timedelta(seconds=6 * INTERVAL_S)
    registry.probe()
    registry.settle()
    assert ("child", "raised") in registry.messages()


def test_silence_on_snmp_is_folded_under_the_devices_own_unreachability(registry: Registry) -> None:
    registry.add_device("d")
    registry.set_true("d", "unreachable")
    registry.set_true("d", "snmp_silent", severity="warning")
    registry.settle()
    standing = registry.standing()
    assert standing["d", "snmp_silent"].root_id == standing["d", "unreachable"].id
    assert registry.messages() == [("d", "raised")]


def test_a_device_that_only_fails_on_snmp_explains_nothing_else(registry: Registry) -> None:
    registry.add_device("parent")
    registry.add_device("child", "parent")
    registry.set_true("parent", "snmp_silent", severity="warning")
    registry.set_true("child", "unreachable")
    registry.settle()
    assert registry.standing()["child", "unreachable"].root_id is None


def test_without_a_probe_silence_on_snmp_is_death(registry: Registry) -> None:
    registry.add_device("parent", reach="none")
    registry.add_device("child", "parent")
    registry.set_true("parent", "snmp_silent")
    registry.set_true("child", "unreachable")
    registry.settle()
    assert registry.standing()["child", "unreachable"].root_id == registry.standing()["parent", "snmp_silent"].id


def test_what_comes_again_within_minutes_is_the_same_incident_and_told_once(registry: Registry) -> None:
    registry.add_device("d")
    for _ in range(5):
        registry.set_true("d", "sensor")
        registry.settle(after_s=60)
        registry.set_false("d", "sensor")
        registry.settle(after_s=60)
        registry.probe()
    with registry.sessions() as session:
        (only,) = session.scalars(select(Incident)).all()
    assert only.times_raised == 5
    assert registry.messages() == [("d", "raised"), ("d", "cleared")]


def test_children_that_die_again_with_their_parent_soon_after_are_still_one_message(registry: Registry) -> None:
    registry.add_device("parent")
    for k in range(5):
        registry.add_device(f"child-{k}", "parent")
    devices = ["parent", *(f"child-{k}" for k in range(5))]
    for device in devices:
        registry.set_true(device, "unreachable")
    registry.settle()
    for device in devices:
        registry.set_false(device, "unreachable")
    registry.now += timedelta(minutes=6)
    registry.probe(parent=(360, True))
    registry.settle()
    registry.now += timedelta(minutes=2)
    for device in devices[1:]:
        registry.set_true(device, "unreachable")
    registry.probe(parent=(360, True))
    registry.settle()  # the parent's slot comes last
    registry.set_true("parent", "unreachable")
    registry.settle(after_s=30)
    assert {device for device, _ in registry.messages()} == {"parent"}


def test_a_centre_that_was_away_does_not_blame_its_collectors(registry: Registry) -> None:
    registry.now += timedelta(hours=3)
    with registry.sessions.begin() as session:
        for seconds in (0, 100):
            now = registry.now + timedelta(seconds=seconds)
            reconcile(session, now=now, interval_s=INTERVAL_S, zone="Europe/Riga", listening_since=registry.now)
    assert registry.standing() == {}


def test_a_problem_moves_with_its_device_to_another_institution(registry: Registry) -> None:
    registry.add_device("d")
    registry.set_true("d", "sensor")
    registry.settle()
    with registry.sessions.begin() as session:
        session.add_all([Agency(id="b", name="Library"), Site(id="s2", agency_id="b", name="Branch")])
        session.flush()
        session.get_one(Device, "d").site_id = "s2"
    registry.settle(after_s=5)
    assert registry.standing()["d", "sensor"].agency_id == "b"


def test_what_is_only_explained_in_another_institution_stands_by_itself_in_ones_own(registry: Registry) -> None:
    with registry.sessions.begin() as session:
        session.add_all([Agency(id="b", name="Library"), Site(id="s2", agency_id="b", name="Branch")])
    registry.add_device("core")
    registry.add_device("branch", "core")
    with registry.sessions.begin() as session:
        session.get_one(Device, "branch").site_id = "s2"
    registry.set_true("core", "unreachable")
    registry.set_true("branch", "unreachable")
    registry.settle()
    with registry.sessions() as session:
        mine = handling.SoughtIncidents(Scope(is_all=False, agency_ids=frozenset({"b"})))
        rows, total = handling.list_incidents(session, mine, limit=10, start=0)
        assert (total, rows[0].device) == (1, "branch")
        _, total = handling.list_incidents(session, handling.SoughtIncidents(Scope(is_all=True)), limit=10, start=0)
        assert total == 1


def test_in_maintenance_nobody_is_told_until_it_ends(registry: Registry) -> None:
    registry.add_device("d")
    with registry.sessions.begin() as session:
        session.add(
            Maintenance(
                id=uuid.uuid4().hex,
                title="m",
                agency_id="a",
                starts_at=START - timedelta(hours=1),
                ends_at=START + timedelta(minutes=30),
                repeats="once",
                made_by="x",
            )
        )
    registry.set_true("d", "sensor")
    assert registry.settle(after_s=60) == 0
    assert registry.standing()["d", "sensor"].is_in_maintenance
    registry.probe()
    registry.now += timedelta(minutes=30)
    registry.probe()
    assert registry.settle() == 1
    assert "maintenance ended" in registry.history("d")


def test_what_somebody_is_on_or_put_aside_is_told_to_nobody(registry: Registry) -> None:
    registry.add_device("mine")
    registry.add_device("aside")
    with registry.sessions.begin() as session:  # taken before the messages are queued
        session.get_one(NoticeRule, "r").disabled_at = START
    registry.set_true("mine", "sensor")
    registry.set_true("aside", "sensor")
    registry.settle()
    standing = registry.standing()
    with registry.sessions.begin() as session:
        for device, turn, until in (
            ("mine", handling.Handling.ACKNOWLEDGE, None),
            ("aside", handling.Handling.SUPPRESS, START + timedelta(hours=1)),
        ):
            incident = session.get_one(Incident, standing[device, "sensor"].id)
            handling.handle(session, incident, turn, actor="anna", note="", until=until, now=registry.now)
        session.get_one(NoticeRule, "r").disabled_at = None
    assert registry.settle(after_s=5) == 0
    registry.now += timedelta(hours=1)
    registry.probe()
    assert registry.settle() == 1
    assert registry.messages() == [("aside", "raised")]


def test_a_silent_collector_is_a_problem_of_its_own_and_ends_when_it_speaks(registry: Registry) -> None:
    registry.settle(after_s=2 * INTERVAL_S + 1)
    assert list(registry.standing()) == [("", "collector_silent")]
    registry.probe()
    registry.settle(after_s=1)
    assert registry.standing() == {}


def test_becoming_worse_is_a_turn_of_the_same_incident(registry: Registry) -> None:
    registry.add_device("d")
    registry.set_true("d", "sensor", severity="warning")
    registry.settle()
    registry.set_false("d", "sensor")
    registry.set_true("d", "sensor", severity="critical")
    registry.settle(after_s=5)
    assert registry.standing()["d", "sensor"].severity == "critical"
    assert registry.history("d") == ["raised", "severity"]


@pytest.mark.timeout(120)
def test_a_storm_of_ten_thousand_conditions_is_one_problem_in_seconds_and_little_memory(registry: Registry) -> None:
    devices = [{"id": f"d{k}", "name": f"d{k}", "site_id": "s", "host": f"h{k}", "port": 161, "parent_id": "root",
        "reach": "icmp",
                "zone": "default", "version": 1} for k in range(9_999)]  # fmt: skip
    registry.add_device("root")
    rows = [{"collector_id": "c", "device_id": d["id"], "rule": "unreachable", "object": "", "severity": "critical",
        "detail": "",
             "since_s": int(START.timestamp())} for d in [*devices, {"id": "root"}]]  # fmt: skip
    with registry.sessions.begin() as session:
        session.execute(insert(Device), devices)
        session.execute(insert(ConditionRow), rows)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    registry.settle()
    took_s = time.monotonic() - started
    with registry.sessions() as session:
        everything = handling.SoughtIncidents(Scope(is_all=True))
        found, total = handling.list_incidents(session, everything, limit=100, start=0)
    assert (total, found[0].device, found[0].behind) == (1, "root", 9_999)
    assert took_s < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 200_000
