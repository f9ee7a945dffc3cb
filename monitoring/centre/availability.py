"""
How much of a month devices were there, and with them institutions.

availability = 1 - (seconds it was gone, outside maintenance) / (seconds of the span, outside maintenance); seconds
without data count as neither. Half-open spans of seconds since 1970; plain arithmetic on sets of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any  # rows of several tables
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre.folding import ABOUT_THE_DEVICE
from monitoring.centre.maintenance import MaintenanceWindow, as_window, occurrences
from monitoring.centre.models import CollectorRow, Device, Incident, IncidentEvent, Maintenance
from monitoring.centre.states import COLLECTOR_SILENT
from monitoring.collector.conditions import Rule
from ventspils.core.errors import UsageError
from ventspils.core.places import Agency, Site
from ventspils.core.security.roles import Scope

Span = tuple[float, float]
FORMULA = (
    "For each device: 1 - (seconds gone) / (seconds counted). Counted are the seconds of the month so far, without "
    "maintenance and without times in which the collector was silent. Gone is a device that does not answer, for "
    "whatever reason. An institution's figure is the mean of its devices."
)
_AT_ONCE = 500


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return the same seconds as spans in order that do not touch."""
    merged: list[Span] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def clip(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return what of spans lies within another."""
    return merge((max(start, within[0]), min(stop, within[1])) for start, stop in spans)


def subtract(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the seconds that lie in the first spans and in none of the others."""
    left = merge(spans)
    for taken_start, taken_stop in merge(others):
        left = [
            part
            for start, stop in left
            for part in ((start, min(stop, taken_start)), (max(start, taken_stop), stop))
            if part[0] < part[1]
        ]
    return left


def total_s(spans: Iterable[Span]) -> float:
    """Return how many seconds spans hold."""
    return sum(stop - start for start, stop in merge(spans))


def availability(span: Span, gone: Iterable[Span], maintained: Iterable[Span], unknown: Iterable[Span]) -> float | None:
    """Return the share of a span in which something was there, from 0 to 1; None where nothing of the span counts."""
    counted = subtract([span], [*maintained, *unknown])
    whole_s = total_s(counted)
    if whole_s <= 0:
        return None
    gone_s = whole_s - total_s(subtract(counted, gone))
    return 1 - gone_s / whole_s


@dataclass(frozen=True)
class AgencyAvailability:
    """The mean availability of an institution's devices, and of how many; None where nothing counts."""

    agency_id: str
    agency: str
    devices: int
    availability: float | None


def month_span(text: str, zone: str, now: datetime) -> Span:
    """
    Return the seconds of a month (YYYY-MM) of the town's zone, up to now.

    Raises:
        UsageError: it is not written like that.
    """
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise UsageError(f"Month {text!r}: write YYYY-MM.") from None
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.timestamp(), min(following.timestamp(), now.timestamp())


def read_availability(
    session: Session, month: str, *, within: Scope, zone: str, now: datetime
) -> list[AgencyAvailability]:
    """
    Return the availability of every institution within a scope in a month (YYYY-MM), by name.

    Raises:
        UsageError: it is no month.
    """
    span = month_span(month, zone, now)
    devices = _read_devices(session)
    gone, silent = _read_gone(session, span, now, unprobed=frozenset(d.id for d in devices if d.reach == "none"))
    maintenance = _read_maintenance(session, span, zone)
    shares: dict[str, list[float]] = defaultdict(list)
    names: dict[str, str] = {}
    for device in devices:
        if not within.has(device.agency_id):
            continue
        names[device.agency_id] = device.name
        share = availability(span, gone[device.id], _maintained(device, maintenance), silent[device.zone])
        if share is not None:
            shares[device.agency_id].append(share)
    return [_mean(agency_id, name, shares) for agency_id, name in sorted(names.items(), key=lambda pair: pair[1])]


def _mean(agency_id: str, name: str, shares: Mapping[str, list[float]]) -> AgencyAvailability:
    theirs = shares.get(agency_id, [])
    return AgencyAvailability(agency_id, name, len(theirs), sum(theirs) / len(theirs) if theirs else None)


def _read_devices(session: Session) -> list[Any]:
    rows = session.execute(
        select(Device.id, Device.zone, Device.site_id, Site.agency_id, Agency.name, Device.reach)
        .join(Site, Site.id == Device.site_id)
        .join(Agency, Agency.id == Site.agency_id)
        .where(Device.retired_at.is_(None))
    )
    return list(rows.all())


def _read_maintenance(session: Session, span: Span, zone: str) -> list[tuple[MaintenanceWindow, list[Span]]]:
    """Return every maintenance with the times in which it was within a span."""
    since, until = (datetime.fromtimestamp(second, UTC) for second in span)
    rows = session.scalars(select(Maintenance)).all()
    return [(as_window(row), _happened(row, since, until, zone)) for row in rows]


def _happened(row: Maintenance, since: datetime, until: datetime, zone: str) -> list[Span]:
    """Return when a maintenance was within a span; one that was cancelled counts up to then."""
    end = row.cancelled_at or until
    times = occurrences(as_window(row), since, until, zone)
    return [(start.timestamp(), min(stop, end).timestamp()) for start, stop in times if start < end]


def _maintained(device: Any, maintenance: Iterable[tuple[MaintenanceWindow, list[Span]]]) -> list[Span]:
    place = {"agency_id": device.agency_id, "site_id": device.site_id, "device_id": device.id}
    return [span for window, spans in maintenance if window.covers(**place) for span in spans]


def _read_gone(
    session: Session, span: Span, now: datetime, *, unprobed: frozenset[str]
) -> tuple[dict[str, list[Span]], dict[str, list[Span]]]:
    """Return when each device did not answer and each zone's collector was silent; SNMP alone tells of the unprobed."""
    since, until = (datetime.fromtimestamp(s, UTC) for s in span)
    touching = (Incident.raised_at < until, Incident.cleared_at.is_(None) | (Incident.cleared_at > since))
    rules = [*ABOUT_THE_DEVICE, COLLECTOR_SILENT]
    found = session.scalars(select(Incident).where(Incident.rule.in_(rules), *touching)).all()
    turns = _read_turns(session, [incident.id for incident in found])
    zones = {row.id: row.zone for row in session.execute(select(CollectorRow.id, CollectorRow.zone))}
    gone: dict[str, list[Span]] = defaultdict(list)
    silent: dict[str, list[Span]] = defaultdict(list)
    for incident in found:
        part = clip(_spans(incident, turns[incident.id], now), span)
        if incident.rule == COLLECTOR_SILENT:
            silent[zones.get(incident.collector_id, "")] += part
        elif incident.rule == Rule.UNREACHABLE or incident.device_id in unprobed:
            gone[incident.device_id] += part
    return gone, silent


def _read_turns(session: Session, incident_ids: list[str]) -> dict[str, list[IncidentEvent]]:
    """Return when each incident was raised and cleared, however often."""
    turns: dict[str, list[IncidentEvent]] = defaultdict(list)
    for start in range(0, len(incident_ids), _AT_ONCE):
        mine = IncidentEvent.incident_id.in_(incident_ids[start : start + _AT_ONCE])
        chosen = (
            select(IncidentEvent).where(mine, IncidentEvent.what.in_(("raised", "cleared"))).order_by(IncidentEvent.id)
        )
        for turn in session.scalars(chosen):
            turns[turn.incident_id].append(turn)
    return turns


def _spans(incident: Incident, turns: list[IncidentEvent], now: datetime) -> list[Span]:
    """Return when an incident was true; at first from when its collector saw it, not from when the centre heard."""
    spans: list[Span] = []
    start: float | None = None
    for turn in turns:
        if turn.what == "raised" and start is None:
            start = turn.at.timestamp() if spans else incident.raised_at.timestamp()
        elif turn.what == "cleared" and start is not None:
            spans.append((start, turn.at.timestamp()))
            start = None
    return [*spans, (start, now.timestamp())] if start is not None else spans
