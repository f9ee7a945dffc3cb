"""Maintenance: times in which nobody is told and which count for no availability; planning and cancelling them."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre.models import Device, Maintenance
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.places import Agency, Site
from ventspils.core.security.roles import Scope

_FURTHEST = timedelta(days=732)
_LONGEST = {"once": timedelta(days=366), "daily": timedelta(days=1), "weekly": timedelta(days=7)}


@dataclass(frozen=True)
class MaintenanceWindow:
    """
    A maintenance: its first time, how it repeats, and what it covers (a site or device of None
    means all of them).
    """

    starts_at: datetime
    ends_at: datetime
    repeats: str
    repeats_until: datetime | None
    agency_id: str
    site_id: str | None = None
    device_id: str | None = None

    def covers(self, *, agency_id: str | None, site_id: str | None, device_id: str) -> bool:
        """Whether a device lies within it."""
        return (
            agency_id == self.agency_id
            and self.site_id in (None, site_id)
            and (self.device_id is None or self.device_id == device_id)
        )


def is_open(window: MaintenanceWindow, moment: datetime, zone: str) -> bool:
    """Whether a maintenance is under way; a repetition begins at the same local time of day, whatever the clocks do."""
    return any(start <= moment < end for start, end in occurrences(window, moment, moment, zone))


def occurrences(
    window: MaintenanceWindow, since: datetime, until: datetime, zone: str
) -> list[tuple[datetime, datetime]]:
    """Return the times of a maintenance that touch a span, in order."""
    length = window.ends_at - window.starts_at
    every_days = {"daily": 1, "weekly": 7}.get(window.repeats)
    if every_days is None:
        touches = window.starts_at <= until and since <= window.ends_at
        return [(window.starts_at, window.ends_at)] if touches else []
    first = window.starts_at.astimezone(ZoneInfo(zone))
    passed = (since - length - window.starts_at) // timedelta(days=every_days)
    found: list[tuple[datetime, datetime]] = []
    number = max(0, passed - 1)
    while True:
        local = first + timedelta(days=number * every_days)  # arithmetic on the wall clock of the zone
        start = local.astimezone(window.starts_at.tzinfo)
        if start > until or (window.repeats_until is not None and start > window.repeats_until):
            return found
        if start + length >= since:
            found.append((start, start + length))
        number += 1


def as_window(row: Maintenance) -> MaintenanceWindow:
    """Return a row of the registry as a plain maintenance."""
    return MaintenanceWindow(
        row.starts_at, row.ends_at, row.repeats, row.repeats_until, row.agency_id, row.site_id, row.device_id
    )


@dataclass(frozen=True)
class NewMaintenance:
    """A maintenance to plan: of an institution, one of its buildings, or one device; `repeats` as in the registry."""

    title: str
    agency_id: str
    site_id: str | None
    device_id: str | None
    starts_at: datetime
    ends_at: datetime
    repeats: str
    repeats_until: datetime | None


def list_maintenance(session: Session, within: Scope, now: datetime) -> list[tuple[Maintenance, str]]:
    """Return maintenance that is under way, to come, or repeats, each with its institution's name."""
    rows = session.execute(
        select(Maintenance, Agency.name)
        .join(Agency, Agency.id == Maintenance.agency_id)
        .where(Maintenance.cancelled_at.is_(None))
        .order_by(Maintenance.starts_at)
    ).all()
    return [
        (row, agency)
        for row, agency in rows
        if within.has(row.agency_id) and (row.ends_at > now or row.repeats != "once")
    ]


def plan_maintenance(session: Session, new: NewMaintenance, *, made_by: str, now: datetime) -> Maintenance:
    """
    Plan maintenance.

    Raises:
        UsageError: times that cannot be meant.
        NotFoundError: the building or the device is not one of the institution.
    """
    _check_times(new, now)
    _check_place(session, new)
    row = Maintenance(id=uuid.uuid4().hex[:16], made_by=made_by, **asdict(new))
    session.add(row)
    session.flush()
    return row


def _check_times(new: NewMaintenance, now: datetime) -> None:
    """Refuse times that cannot be meant; a repetition is over before the next begins."""
    if new.starts_at >= new.ends_at:
        raise UsageError("Maintenance must end after it starts.")
    if abs(new.starts_at - now) > _FURTHEST:
        raise UsageError("Maintenance must start within two years of now.")
    longest = _LONGEST[new.repeats]
    if new.ends_at - new.starts_at > longest:
        raise UsageError(f"Maintenance of this kind lasts at most {longest.days} days.")


def _check_place(session: Session, new: NewMaintenance) -> None:
    if session.get(Agency, new.agency_id) is None:
        raise NotFoundError(f"Institution {new.agency_id!r} is unknown.")
    if new.site_id is not None:
        site = session.get(Site, new.site_id)
        if site is None or site.agency_id != new.agency_id:
            raise NotFoundError(f"Building {new.site_id!r} is not one of this institution.")
    if new.device_id is not None:
        device = session.get(Device, new.device_id)
        if device is None or device.site.agency_id != new.agency_id:
            raise NotFoundError(f"Device {new.device_id!r} is not one of this institution.")


def cancel_maintenance(session: Session, maintenance_id: str, within: Scope, now: datetime) -> Maintenance:
    """
    Cancel maintenance, also one that is under way.

    Raises:
        NotFoundError: there is none, it was cancelled already, or it lies outside the scope.
    """
    row = session.get(Maintenance, maintenance_id)
    if row is None or row.cancelled_at is not None or not within.has(row.agency_id):
        raise NotFoundError(f"Maintenance {maintenance_id!r} is unknown.")
    row.cancelled_at = now
    return row
