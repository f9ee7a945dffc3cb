"""Incidents as people handle them: listing, taking, suppressing, noting, with the history of every turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any  # rows of several tables

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from monitoring.centre.models import Device, Incident, IncidentEvent
from ventspils.core.errors import ConflictError, NotFoundError, UsageError, VentspilsError
from ventspils.core.places import Agency, Site
from ventspils.core.security.roles import Scope

LONGEST_NOTE = 2000
_WORST_FIRST = case({"critical": 0, "warning": 1}, value=Incident.severity, else_=2)


class Handling(StrEnum):
    """What people do to an incident."""

    ACKNOWLEDGE = "acknowledge"
    RELEASE = "release"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    NOTE = "note"
    REOPEN = "reopen"
    CLOSE = "close"


class IncidentState(StrEnum):
    """How people see an incident."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SUPPRESSED = "suppressed"
    MAINTENANCE = "maintenance"
    FOLDED = "folded"
    CLEARED = "cleared"


def state_of(incident: Incident, now: datetime) -> IncidentState:
    """Return how people see an incident; what is over or explained comes before what somebody did about it."""
    if incident.cleared_at is not None:
        return IncidentState.CLEARED
    if incident.root_id is not None:
        return IncidentState.FOLDED
    if incident.is_in_maintenance:
        return IncidentState.MAINTENANCE
    if incident.suppressed_until is not None and incident.suppressed_until > now:
        return IncidentState.SUPPRESSED
    return IncidentState.ACKNOWLEDGED if incident.acknowledged_at is not None else IncidentState.OPEN


@dataclass(frozen=True)
class SoughtIncidents:
    """Which incidents are asked for; empty means any. `folded` also gives those that are explained by others."""

    within: Scope
    is_open: bool | None = True
    folded: bool = False
    severity: str = ""
    agency_id: str = ""
    site_id: str = ""
    device_id: str = ""
    root_id: str = ""
    incident_id: str = ""
    text: str = ""
    now: datetime | None = None
    hide_quiet: bool = False


def list_incidents(session: Session, sought: SoughtIncidents, *, limit: int, start: int) -> tuple[Sequence[Any], int]:
    """Return incidents, worst and nobody's first, with the names around them, and how many fit in all."""
    fits = _conditions(sought)
    total = session.scalar(_joined(select(func.count())).where(*fits)) or 0
    behind = aliased(Incident)
    count = (
        select(func.count(behind.device_id.distinct()))
        .where(behind.root_id == Incident.id, behind.cleared_at.is_(None), behind.device_id != Incident.device_id)
        .scalar_subquery()
    )
    columns = (
        Incident,
        Device.name.label("device"),
        Agency.name.label("agency"),
        Site.name.label("site"),
        Site.id.label("site_id"),
        count.label("behind"),
    )
    order = (
        Incident.cleared_at.is_not(None),
        Incident.acknowledged_at.is_not(None),
        _WORST_FIRST,
        Incident.raised_at.desc(),
        Incident.id,
    )
    chosen = _joined(select(*columns)).where(*fits).order_by(*order)
    return session.execute(chosen.offset(start).limit(limit)).all(), total


def _joined(statement: Select[Any]) -> Select[Any]:
    return (
        statement.select_from(Incident)
        .join(Device, Device.id == Incident.device_id, isouter=True)
        .join(Site, Site.id == Device.site_id, isouter=True)
        .join(Agency, Agency.id == Incident.agency_id, isouter=True)
    )


def _conditions(sought: SoughtIncidents) -> list[Any]:
    fits: list[Any] = []
    if not sought.within.is_all:
        fits.append(Incident.agency_id.in_(sought.within.agency_ids))
    if sought.is_open is not None:
        fits.append(Incident.cleared_at.is_(None) if sought.is_open else Incident.cleared_at.is_not(None))
    if not sought.folded and not sought.root_id:
        fits.append(stands_by_itself(sought.within))
    equal = {
        Incident.severity: sought.severity,
        Incident.agency_id: sought.agency_id,
        Site.id: sought.site_id,
        Incident.device_id: sought.device_id,
        Incident.root_id: sought.root_id,
        Incident.id: sought.incident_id,
    }
    fits += [column == value for column, value in equal.items() if value]
    if sought.text:
        columns = (Device.name, Site.name, Incident.object, Incident.detail)
        fits.append(or_(*(column.icontains(sought.text, autoescape=True) for column in columns)))
    if sought.hide_quiet and sought.now is not None:
        fits.append(Incident.is_in_maintenance.is_(False))
        fits.append(Incident.suppressed_until.is_(None) | (Incident.suppressed_until <= sought.now))
    return fits


def stands_by_itself(within: Scope) -> ColumnElement[bool]:
    """
    Return the condition that nothing within a scope explains an incident: what explains it elsewhere is seen by nobody
    there.
    """
    if within.is_all:
        return Incident.root_id.is_(None)
    root = aliased(Incident)
    seen = select(root.id).where(root.id == Incident.root_id, root.agency_id.in_(within.agency_ids)).exists()
    return Incident.root_id.is_(None) | ~seen


def find_incident(session: Session, incident_id: str, within: Scope) -> Incident:
    """
    Return an incident.

    Raises:
        NotFoundError: there is none, or it belongs to an institution outside the scope, which looks the same.
    """
    incident = session.get(Incident, incident_id)
    if incident is None or not within.has(incident.agency_id):
        raise NotFoundError(f"Problem {incident_id!r} is unknown.")
    return incident


def history_of(session: Session, incident: Incident) -> Sequence[IncidentEvent]:
    """Return every turn of an incident in order."""
    theirs = select(IncidentEvent).where(IncidentEvent.incident_id == incident.id).order_by(IncidentEvent.id)
    return session.scalars(theirs).all()


@dataclass(frozen=True)
class Handled:
    """What became of several incidents: the ids of those that were handled, and of the others why not."""

    done: list[str]
    refused: dict[str, str]


def handle_all(
    session: Session,
    incident_ids: Iterable[str],
    handling: Handling,
    *,
    within: Scope,
    actor: str,
    note: str,
    until: datetime | None,
    now: datetime,
) -> Handled:
    """
    Let a person do the same to several incidents within a scope; return which of them took it.

    Raises:
        VentspilsError: none did; see `find_incident` and `handle`.
    """
    done: list[str] = []
    refused: dict[str, VentspilsError] = {}
    for incident_id in dict.fromkeys(incident_ids):
        try:
            incident = find_incident(session, incident_id, within)
            handle(session, incident, handling, actor=actor, note=note, until=until, now=now)
            done.append(incident_id)
        except VentspilsError as error:
            refused[incident_id] = error
    if refused and not done:
        raise list(refused.values())[-1]
    return Handled(done, {incident_id: str(error) for incident_id, error in refused.items()})


def handle(
    session: Session,
    incident: Incident,
    handling: Handling,
    *,
    actor: str,
    note: str,
    until: datetime | None,
    now: datetime,
) -> None:
    """
    Let a person do something to an incident.

    Raises:
        ConflictError: somebody else is on it, it is over, or it is not.
        UsageError: a note that is too long or lacks, or a time to come that lacks.
    """
    _check(incident, handling, note)
    match handling:
        case Handling.ACKNOWLEDGE:
            if incident.acknowledged_by not in (None, actor):
                raise ConflictError(f"{incident.acknowledged_by} is on it already.")
            incident.acknowledged_by, incident.acknowledged_at = actor, now
        case Handling.RELEASE:
            incident.acknowledged_by = incident.acknowledged_at = None
        case Handling.SUPPRESS:
            if until is None or until <= now:
                raise UsageError("Say until when, at a time to come.")
            incident.suppressed_until = until
        case Handling.UNSUPPRESS:
            incident.suppressed_until = None
        case Handling.REOPEN:
            _reopen(session, incident, actor)
        case Handling.CLOSE:
            incident.kept_open_by, incident.cleared_at, incident.root_id = None, now, None
    incident.version += 1
    what = f"suppressed until {until:%Y-%m-%dT%H:%MZ}" if handling is Handling.SUPPRESS and until else _TOLD[handling]
    session.add(IncidentEvent(incident_id=incident.id, at=now, actor=actor, what=what, note=note.strip()))


def _check(incident: Incident, handling: Handling, note: str) -> None:
    """Raise if the incident is not in the state for this, or the note is not one."""
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"A note has at most {LONGEST_NOTE} characters.")
    is_over = incident.cleared_at is not None
    if is_over and handling not in (Handling.NOTE, Handling.REOPEN):
        raise ConflictError("The problem is over already.")
    if handling is Handling.REOPEN and not is_over:
        raise ConflictError("The problem is not over.")
    if handling is Handling.CLOSE and incident.kept_open_by is None:
        raise ConflictError("The problem still stands; it is over by itself when what is wrong is gone.")
    if handling is Handling.NOTE and not note.strip():
        raise UsageError("The note is empty.")
    if handling is Handling.REOPEN and not note.strip():
        raise UsageError("Say in a note why it is not over.")


def _reopen(session: Session, incident: Incident, actor: str) -> None:
    """Keep a problem that is over open until it happens again or a person closes it."""
    same = (Incident.collector_id, Incident.device_id, Incident.rule, Incident.object)
    stands = select(Incident.id).where(
        Incident.cleared_at.is_(None), *(column == getattr(incident, column.key) for column in same)
    )
    if session.scalar(stands) is not None:
        raise ConflictError("It stands again already, as a problem of its own.")
    incident.cleared_at, incident.kept_open_by = None, actor
    incident.acknowledged_by = incident.acknowledged_at = incident.suppressed_until = None


_TOLD = {
    Handling.ACKNOWLEDGE: "acknowledged",
    Handling.RELEASE: "released",
    Handling.UNSUPPRESS: "shown again",
    Handling.NOTE: "note",
    Handling.REOPEN: "opened again",
    Handling.CLOSE: "closed",
    Handling.SUPPRESS: "suppressed",
}
