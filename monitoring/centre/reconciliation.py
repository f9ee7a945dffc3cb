"""
Bringing incidents into agreement with the conditions that are true: the centre's side, over the registry.

It looks at what is true and at what is open, never at how one came to the other, so it may run at any time and as often
as wanted. Work is in sets: a storm of ten thousand conditions is a handful of statements.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any  # rows of tables

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from monitoring.centre.folding import ABOUT_THE_DEVICE, Topology, find_heads, is_settled, means_down, root_of
from monitoring.centre.maintenance import MaintenanceWindow, as_window, is_open
from monitoring.centre.models import CollectorRow, ConditionRow, Device, Incident, IncidentEvent, Maintenance
from monitoring.centre.states import COLLECTOR_SILENT, silent_after
from ventspils.core.places import Site

_SAME_AGAIN = timedelta(minutes=10)
_WAIT_INTERVALS = 5
_CENTRE = "centre"
_TEXT = 500
_CLOCKS_APART = timedelta(minutes=5)

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class DevicePlace:
    """Where a device belongs."""

    agency_id: str
    site_id: str
    parent_id: str | None
    reach: str


@dataclass
class ReconciledChange:
    """What a reconciliation changed: the institutions it touched (None: a collector itself), and how many incidents."""

    agency_ids: set[str | None] = field(default_factory=set)
    incidents: int = 0


@dataclass
class _Reconciliation:
    """One reconciliation: what is true, what is open, and what becomes of it."""

    session: Session
    now: datetime
    interval_s: int
    zone: str
    listening_since: datetime | None
    places: dict[str, DevicePlace] = field(default_factory=dict)
    topology: Topology = field(default_factory=lambda: Topology({}, frozenset()))
    updates: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    changed: ReconciledChange = field(default_factory=ReconciledChange)

    def change(self, incident: Any, what: str, note: str = "", **values: Any) -> None:
        """Note new values of an incident and, in its history, why."""
        self.updates.setdefault(incident.id, {}).update(values)
        self.tell(incident.id, incident.agency_id, what, note)

    def tell(self, incident_id: str, agency_id: str | None, what: str, note: str) -> None:
        """Add to the history of an incident."""
        event = {"incident_id": incident_id, "at": self.now, "actor": _CENTRE, "what": what, "note": note[:_TEXT]}
        self.events.append(event)
        self.changed.agency_ids.add(agency_id)
        self.changed.incidents += 1


def reconcile(
    session: Session, *, now: datetime, interval_s: int, zone: str, listening_since: datetime | None = None
) -> ReconciledChange:
    """
    Raise, clear, fold and settle incidents until they say what the conditions say.

    Args:
        session: A transaction of the registry.
        now: The present.
        interval_s: Seconds between two readings of a device.
        zone: The town's time zone, for maintenance that repeats.
        listening_since: When this centre began to take reports; before that no collector could be heard.
    """
    round_ = _Reconciliation(session, now, interval_s, zone, listening_since)
    truths = _read_truths(round_)
    known = session.execute(select(*Incident.__table__.c).where(Incident.cleared_at.is_(None))).all()
    if not truths and not known:
        return round_.changed
    _look(round_)
    by_key: dict[Key, Any] = {(i.collector_id, i.device_id, i.rule, i.object): i for i in known}
    _clear(round_, [incident for key, incident in by_key.items() if key not in truths])
    _refresh(round_, truths, by_key)
    _raise(round_, {key: truth for key, truth in truths.items() if key not in by_key})
    _flush(round_)
    _fold(round_)
    _flush(round_)
    return round_.changed


def _look(round_: _Reconciliation) -> None:
    """Learn the places, who hangs on whom, and what is known of the parents."""
    columns = (Device.id, Site.agency_id, Device.site_id, Device.parent_id, Device.reach)
    rows = round_.session.execute(select(*columns).join(Site, Site.id == Device.site_id)).all()
    round_.places = {r.id: DevicePlace(r.agency_id, r.site_id, r.parent_id, r.reach) for r in rows}
    probed: dict[str, tuple[int, bool]] = {}
    for report in round_.session.scalars(select(CollectorRow.last_report).where(CollectorRow.revoked_at.is_(None))):
        probed |= {device: (int(s), bool(ok)) for device, (s, ok) in (report or {}).get("parents", {}).items()}
    reach = {device: place.reach for device, place in round_.places.items()}
    conditions = round_.session.execute(select(ConditionRow.device_id, ConditionRow.rule))
    down = {device_id for device_id, rule in conditions if means_down(rule, reach.get(device_id))}
    round_.topology = Topology({device: place.parent_id for device, place in round_.places.items()}, down, probed)


def _read_truths(round_: _Reconciliation) -> dict[Key, Any]:
    table = ConditionRow.__table__.c
    rows = round_.session.execute(select(*table)).all()
    truths: dict[Key, Any] = {(r.collector_id, r.device_id, r.rule, r.object): r for r in rows}
    limit = silent_after(round_.interval_s)
    collectors = round_.session.execute(
        select(CollectorRow.id, CollectorRow.name, CollectorRow.last_report_at, CollectorRow.enrolled_at).where(
            CollectorRow.revoked_at.is_(None)
        )
    )
    for collector in collectors:
        heard_at = max(
            collector.last_report_at or collector.enrolled_at, round_.listening_since or collector.enrolled_at
        )
        if round_.now - heard_at > limit:
            truth = _Silent(int(heard_at.timestamp()))
            truths[collector.id, "", COLLECTOR_SILENT, collector.name] = truth
    return truths


@dataclass(frozen=True)
class _Silent:
    """The truth that a collector says nothing, in the form of a condition."""

    since_s: int
    severity: str = "critical"
    detail: str = ""


def _clear(round_: _Reconciliation, gone: Sequence[Any]) -> None:
    for incident in gone:
        if incident.kept_open_by is None:
            round_.change(incident, "cleared", cleared_at=round_.now, root_id=None)


def _refresh(round_: _Reconciliation, truths: Mapping[Key, Any], by_key: Mapping[Key, Any]) -> None:
    """Take over how bad it is by now; what a person kept open and is true again follows what is true from now on."""
    for key in truths.keys() & by_key.keys():
        truth, incident = truths[key], by_key[key]
        if incident.kept_open_by is not None:
            _raise_again(round_, incident, truth, kept_open_by=None)
        elif truth.severity != incident.severity:
            note = f"{incident.severity} -> {truth.severity}"
            round_.change(incident, "severity", note, severity=truth.severity, detail=truth.detail)


def _raise(round_: _Reconciliation, fresh: Mapping[Key, Any]) -> None:
    """Open an incident for what became true; what was cleared a moment ago is the same one again."""
    if not fresh:
        return
    recent = round_.session.execute(
        select(*Incident.__table__.c)
        .where(Incident.cleared_at >= round_.now - _SAME_AGAIN)
        .order_by(Incident.cleared_at)
    )
    again: dict[Key, Any] = {(i.collector_id, i.device_id, i.rule, i.object): i for i in recent}
    rows = []
    for key, truth in fresh.items():
        if (incident := again.get(key)) is not None and incident.id not in round_.updates:
            _raise_again(round_, incident, truth, cleared_at=None)
            continue
        rows.append(_new_row(round_, key, truth))
        round_.tell(rows[-1]["id"], rows[-1]["agency_id"], "raised", truth.detail)
    if rows:
        round_.session.execute(insert(Incident), rows)


def _raise_again(round_: _Reconciliation, incident: Any, truth: Any, **values: Any) -> None:
    times = incident.times_raised + 1
    values |= {"settled_at": None, "severity": truth.severity, "detail": truth.detail}
    values["turned_at"] = _moment(round_, truth)
    round_.change(incident, "raised", f"again, the {times}. time", times_raised=times, **values)


def _new_row(round_: _Reconciliation, key: Key, truth: Any) -> dict[str, Any]:
    collector_id, device_id, rule, name = key
    place = round_.places.get(device_id)
    return {
        "id": uuid.uuid4().hex[:16],
        "collector_id": collector_id,
        "device_id": device_id,
        "agency_id": place.agency_id if place else None,
        "rule": rule,
        "object": name,
        "severity": truth.severity,
        "detail": truth.detail,
        "raised_at": _moment(round_, truth),
        "turned_at": _moment(round_, truth),
    }


def _moment(round_: _Reconciliation, truth: Any) -> datetime:
    """Return since when something is true; a time that no clock shows is now."""
    try:
        since = datetime.fromtimestamp(truth.since_s, UTC)
    except (OverflowError, ValueError, OSError):
        return round_.now
    return since if truth.since_s and since <= round_.now + _CLOCKS_APART else round_.now


def _fold(round_: _Reconciliation) -> None:
    """Put every incident below its root, see which are settled, and which are maintenance."""
    open_now = round_.session.execute(select(*Incident.__table__.c).where(Incident.cleared_at.is_(None))).all()
    heads = find_heads(open_now)
    windows = _windows(round_)
    for incident in open_now:
        place = round_.places.get(incident.device_id)
        if place is not None and place.agency_id != incident.agency_id:
            round_.change(incident, "moved", agency_id=place.agency_id)
        root_id = root_of(round_.topology, incident, heads)
        if root_id != incident.root_id:
            round_.change(incident, "folded" if root_id else "unfolded", root_id=root_id)
        if incident.settled_at is None and (root_id is not None or _is_settled(round_, incident)):
            round_.updates.setdefault(incident.id, {})["settled_at"] = round_.now
        is_maintained = _is_maintained(round_, windows, incident)
        if is_maintained != incident.is_in_maintenance:
            what = "maintenance began" if is_maintained else "maintenance ended"
            round_.change(incident, what, is_in_maintenance=is_maintained)


def _is_settled(round_: _Reconciliation, incident: Any) -> bool:
    if incident.rule not in ABOUT_THE_DEVICE:
        return True
    if round_.now - incident.turned_at > timedelta(seconds=_WAIT_INTERVALS * round_.interval_s):
        return True  # whoever could tell more does not
    return is_settled(round_.topology, incident.device_id, int(incident.turned_at.timestamp()))


def _windows(round_: _Reconciliation) -> list[MaintenanceWindow]:
    rows = round_.session.scalars(select(Maintenance).where(Maintenance.cancelled_at.is_(None)))
    windows = [as_window(row) for row in rows]
    return [window for window in windows if is_open(window, round_.now, round_.zone)]


def _is_maintained(round_: _Reconciliation, windows: Iterable[MaintenanceWindow], incident: Any) -> bool:
    place = round_.places.get(incident.device_id)
    return place is not None and any(
        w.covers(agency_id=place.agency_id, site_id=place.site_id, device_id=incident.device_id) for w in windows
    )


def _flush(round_: _Reconciliation) -> None:
    """Write what was noted: updates of the same columns together, events at once."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for incident_id, values in round_.updates.items():
        by_columns.setdefault(tuple(sorted(values)), []).append({"of": incident_id, **values})
    columns_of = Incident.__table__.c
    for columns, rows in by_columns.items():
        values = {name: bindparam(name) for name in columns} | {"version": columns_of.version + 1}
        statement = update(Incident).where(columns_of.id == bindparam("of")).values(values)
        round_.session.connection().execute(statement, rows)
    if round_.events:
        round_.session.execute(insert(IncidentEvent), round_.events)
    round_.updates, round_.events = {}, []
