"""Monthly availability of institutions over HTTP."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from sqlalchemy import select

from monitoring.centre.availability import Span, availability, clip
from monitoring.centre.incidents import ABOUT_THE_DEVICE, COLLECTOR_SILENT, occurrences
from monitoring.centre.models import CollectorRow, Device, Incident, IncidentEvent, Maintenance
from monitoring.centre.reconciliation import as_window
from monitoring.collector.conditions import Rule
from ventspils.api.access import Seeing, TheCentre, TheSession
from ventspils.api.paging import Json, ThePage
from ventspils.core.errors import UsageError
from ventspils.core.places import Agency, Site

router = APIRouter(prefix="/api/v1", tags=["availability"])

_AT_ONCE = 500
FORMULA = (
    "For each device: 1 - (seconds gone) / (seconds counted). Counted are the seconds of the month so far, without "
    "maintenance and "
    "without times in which the collector was silent. Gone is a device that does not answer, for whatever reason. "
    "An institution's "
    "figure is the mean of its devices."
)


def _month(text: str, zone: str, now: datetime) -> Span:
    """Return the seconds of a month of the town's zone, up to now."""
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise UsageError(f"Month {text!r}: write YYYY-MM.") from None
    following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first.timestamp(), min(following.timestamp(), now.timestamp())


@router.get("/availability")
def read_availability(
    centre: TheCentre, session: TheSession, access: Seeing, page: ThePage, month: Annotated[str, Query(max_length=7)]
) -> Json:
    """Give the availability of every institution in a month (YYYY-MM), with the formula in words."""
    now, zone = centre.now(), centre.settings.collector.timezone
    span = _month(month, zone, now)
    devices = session.execute(
        select(Device.id, Device.zone, Device.site_id, Site.agency_id, Agency.name, Device.reach)
        .join(Site, Site.id == Device.site_id)
        .join(Agency, Agency.id == Site.agency_id)
        .where(Device.retired_at.is_(None))
    ).all()
    gone, silent = _read_gone(session, span, now, unprobed=frozenset(d.id for d in devices if d.reach == "none"))
    rows = session.scalars(select(Maintenance)).all()
    since, until = (datetime.fromtimestamp(second, UTC) for second in span)
    times = [(as_window(row), _happened(row, since, until, zone)) for row in rows]
    shares: dict[str, list[float]] = defaultdict(list)
    names = {}
    for device in devices:
        if not access.scope.has(device.agency_id):
            continue
        names[device.agency_id] = device.name
        place = {"agency_id": device.agency_id, "site_id": device.site_id, "device_id": device.id}
        maintained = [(a.timestamp(), b.timestamp()) for w, found in times if w.covers(**place) for a, b in found]
        share = availability(span, gone[device.id], maintained, silent[device.zone])
        if share is not None:
            shares[device.agency_id].append(share)
    items = [
        {
            "agency_id": agency_id,
            "agency": name,
            "devices": len(shares[agency_id]),
            "availability": sum(shares[agency_id]) / len(shares[agency_id]) if shares[agency_id] else None,
        }
        for agency_id, name in sorted(names.items(), key=lambda pair: pair[1])
    ]
    return page.of(items) | {"month": month, "formula": FORMULA}


def _happened(row: Maintenance, since: datetime, until: datetime, zone: str) -> list[tuple[datetime, datetime]]:
    """Return when a maintenance was within a span; one that was cancelled counts up to then."""
    end = row.cancelled_at or until
    return [(start, min(stop, end)) for start, stop in occurrences(as_window(row), since, until, zone) if start < end]


def _read_gone(
    session: TheSession, span: Span, now: datetime, *, unprobed: frozenset[str]
) -> tuple[dict[str, list[Span]], dict[str, list[Span]]]:
    """
    Return when each device did not answer, and when each zone's collector was silent; SNMP alone tells of unprobed
    ones.
    """
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


def _read_turns(session: TheSession, incident_ids: list[str]) -> dict[str, list[IncidentEvent]]:
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
    """
    Return the spans in which an incident was true; the first begins when its collector saw it, not when the centre
    heard.
    """
    spans: list[Span] = []
    start: float | None = None
    for turn in turns:
        if turn.what == "raised" and start is None:
            start = turn.at.timestamp() if spans else incident.raised_at.timestamp()
        elif turn.what == "cleared" and start is not None:
            spans.append((start, turn.at.timestamp()))
            start = None
    return [*spans, (start, now.timestamp())] if start is not None else spans
