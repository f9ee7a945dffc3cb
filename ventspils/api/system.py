"""How the centre itself is: collectors, what waits, how the store grows; one line for operators."""

from fastapi import APIRouter
from sqlalchemy import func, select

from monitoring.centre.handling import stands_by_itself
from monitoring.centre.models import CollectorRow, Device, Incident, Notice
from monitoring.centre.states import live_zones, silent_after
from ventspils.api.access import Administering, Seeing, TheCentre, TheSession
from ventspils.api.paging import Json
from ventspils.core.places import Site
from ventspils.core.security.models import AuditEntry

router = APIRouter(prefix="/api/v1", tags=["system"])
_DAYS_OF_GROWTH = 7


@router.get("/pulse")
def read_pulse(centre: TheCentre, session: TheSession, access: Seeing) -> Json:
    """Tell when readings came last, how many devices are silent, and how many problems nobody is on."""
    heard_at = session.scalar(select(func.max(CollectorRow.last_report_at)).where(CollectorRow.revoked_at.is_(None)))
    mine = [] if access.scope.is_all else [Incident.agency_id.in_(access.scope.agency_ids)]
    standing = select(func.count(Incident.device_id.distinct())).where(Incident.cleared_at.is_(None), *mine)
    dead = standing.where(Incident.rule.in_(("unreachable", "snmp_silent")))
    alone = select(func.count()).where(
        Incident.cleared_at.is_(None),
        stands_by_itself(access.scope),
        Incident.is_in_maintenance.is_(False),
        Incident.suppressed_until.is_(None) | (Incident.suppressed_until <= centre.now()),
        *mine,
    )
    limit = silent_after(centre.settings.collector.interval_s)
    return {
        "heard_at": heard_at,
        "is_stale": heard_at is None or centre.now() - heard_at > limit,
        "silent_devices": session.scalar(dead),
        "problems": session.scalar(alone),
        "nobodys": session.scalar(alone.where(Incident.acknowledged_at.is_(None))),
    }


@router.get("/system")
def read_system(centre: TheCentre, session: TheSession, access: Administering) -> Json:
    """Tell everything about the centre's own state, for whoever keeps it running."""
    zones = live_zones(session, centre.now(), centre.settings.collector.interval_s)
    counts = session.execute(select(Device.zone, func.count()).where(Device.retired_at.is_(None)).group_by(Device.zone))
    collectors = session.scalars(
        select(CollectorRow).where(CollectorRow.revoked_at.is_(None)).order_by(CollectorRow.name)
    )
    states = session.execute(select(Notice.state, func.count()).group_by(Notice.state)).all()
    devices_by_zone: dict[str, int] = dict(counts.all())
    return {
        "collectors": [
            {
                "name": c.name,
                "zone": c.zone,
                "is_heard": c.zone in zones,
                "devices": devices_by_zone.get(c.zone, 0),
                "unknown": 0 if c.zone in zones else devices_by_zone.get(c.zone, 0),
                "last_report_at": c.last_report_at,
                "last_report": {k: v for k, v in (c.last_report or {}).items() if k != "parents"},
            }
            for c in collectors
        ],
        "devices_by_zone": devices_by_zone,
        "sites": session.scalar(select(func.count()).select_from(Site)),
        "notices": dict(states),
        "telemetry": _describe_store(centre),
        "last_backup_at": session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.what == "backup made")),
        "interval_s": centre.settings.collector.interval_s,
    }


def _describe_store(centre: TheCentre) -> Json:
    """
    Tell what the store takes, and by how much it grew a day over the last week of packed days; null where nothing
    tells.
    """
    store = centre.embedded
    if store is None:
        return {"kind": "InfluxDB 2", "octets": None, "octets_a_day": None}
    latest = sorted(store.packed_octets().items())[-_DAYS_OF_GROWTH:]
    a_day = sum(octets for _, octets in latest) // len(latest) if latest else None
    return {"kind": "embedded", "octets": store.octets(), "octets_a_day": a_day}
