"""How the centre itself is: whether readings come, what is silent, what waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any  # JSON documents

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitoring.centre.handling import stands_by_itself
from monitoring.centre.models import CollectorRow, Device, Incident, Notice
from monitoring.centre.states import live_zones, silent_after
from monitoring.collector.conditions import Rule
from ventspils.core.security.roles import Scope


@dataclass(frozen=True)
class Pulse:
    """When readings came last, how many devices are silent, how many problems stand, and how many are nobody's."""

    heard_at: datetime | None
    is_stale: bool
    silent_devices: int
    problems: int
    nobodys: int


@dataclass(frozen=True)
class CollectorFigures:
    """A collector with how many devices it reads, and of how many nothing is known because it says nothing."""

    name: str
    zone: str
    is_heard: bool
    devices: int
    unknown: int
    last_report_at: datetime | None
    last_report: dict[str, Any]


def read_pulse(session: Session, within: Scope, *, now: datetime, interval_s: int) -> Pulse:
    """Return the pulse of what lies within a scope."""
    heard_at = session.scalar(select(func.max(CollectorRow.last_report_at)).where(CollectorRow.revoked_at.is_(None)))
    mine = [] if within.is_all else [Incident.agency_id.in_(within.agency_ids)]
    standing = select(func.count(Incident.device_id.distinct())).where(Incident.cleared_at.is_(None), *mine)
    dead = standing.where(Incident.rule.in_((Rule.UNREACHABLE, Rule.SNMP_SILENT)))
    alone = select(func.count()).where(
        Incident.cleared_at.is_(None),
        stands_by_itself(within),
        Incident.is_in_maintenance.is_(False),
        Incident.suppressed_until.is_(None) | (Incident.suppressed_until <= now),
        *mine,
    )
    return Pulse(
        heard_at,
        heard_at is None or now - heard_at > silent_after(interval_s),
        session.scalar(dead) or 0,
        session.scalar(alone) or 0,
        session.scalar(alone.where(Incident.acknowledged_at.is_(None))) or 0,
    )


def count_devices(session: Session) -> dict[str, int]:
    """Return how many devices are in service in each zone."""
    counts = select(Device.zone, func.count()).where(Device.retired_at.is_(None)).group_by(Device.zone)
    return dict(session.execute(counts).all())


def read_collectors(session: Session, *, now: datetime, interval_s: int) -> list[CollectorFigures]:
    """Return the collectors in service by name, each with what it last said."""
    zones = live_zones(session, now, interval_s)
    devices = count_devices(session)
    rows = session.scalars(select(CollectorRow).where(CollectorRow.revoked_at.is_(None)).order_by(CollectorRow.name))
    return [
        CollectorFigures(
            name=row.name,
            zone=row.zone,
            is_heard=row.zone in zones,
            devices=devices.get(row.zone, 0),
            unknown=0 if row.zone in zones else devices.get(row.zone, 0),
            last_report_at=row.last_report_at,
            last_report={k: v for k, v in (row.last_report or {}).items() if k != "parents"},
        )
        for row in rows
    ]


def count_notices(session: Session) -> dict[str, int]:
    """Return how many messages are in each state."""
    return dict(session.execute(select(Notice.state, func.count()).group_by(Notice.state)).all())
