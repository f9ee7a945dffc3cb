"""Places closed to digging: said by somebody, or made when a resurfacing ends, so that a new surface is not cut."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # shapes

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.costs import PriceBook, PriceLevel, utility_of
from gis.register.models import Moratorium, Work
from gis.register.works import outline_of, seen_by
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.security.roles import Scope

_DAYS_A_YEAR = 365.25


_ALL = Scope(is_all=True)
_UNNAMED = "new surface"  # of a work that is a secret to the caller: the place is closed all the same


@dataclass(frozen=True)
class Closed:
    """A place (in the town's CRS) that is closed to digging from a day until another, and why."""

    id: str
    reason: str
    since: date
    until: date
    shape: Any
    work_id: str | None = None


def present_moratoria(session: Session, scope: Scope = _ALL) -> list[Closed]:
    """
    Return the places that are or were closed, but for those of works that were taken back; secret
    works are not named.
    """
    rows = session.scalars(
        select(Moratorium)
        .outerjoin(Work, Work.id == Moratorium.work_id)
        .where(Moratorium.removed_at.is_(None), Moratorium.work_id.is_(None) | Work.removed_at.is_(None))
        .order_by(Moratorium.since, Moratorium.id)
    ).all()
    seen = set(
        session.scalars(select(Work.id).where(Work.id.in_([r.work_id for r in rows if r.work_id]), seen_by(scope)))
    )
    return [
        Closed(r.id, r.reason, r.since, r.until, shapely.from_wkb(r.shape), r.work_id)
        if r.work_id is None or r.work_id in seen
        else Closed(r.id, _UNNAMED, r.since, r.until, shapely.from_wkb(r.shape), None)
        for r in rows
    ]


def make_moratoria(session: Session, book: PriceBook, today: date) -> int:
    """Close the places of resurfacings that have ended, for as long as the prices say; return how many are new."""
    years = book.price("moratorium.after_resurfacing").at(PriceLevel.MID)
    known = set(session.scalars(select(Moratorium.work_id).where(Moratorium.work_id.is_not(None))))
    ended = session.scalars(
        select(Work).where(
            Work.removed_at.is_(None),
            Work.sort == "work",
            Work.stage != "cancelled",
            Work.stage != "idea",
            Work.ends_on < today,
        )
    )
    made = 0
    for work in ended:
        outline = outline_of(work) if work.id not in known and utility_of(work.kind).is_surface else None
        if outline is None or work.ends_on is None:
            continue
        until = date.fromordinal(work.ends_on.toordinal() + round(years * _DAYS_A_YEAR))
        add_moratorium(session, work.name, work.ends_on, until, outline, work.id)
        made += 1
    return made


def check_days(since: date, until: date) -> None:
    """
    Refuse days that cannot be those of a closed place.

    Raises:
        UsageError: it would end before it begins.
    """
    if until < since:
        raise UsageError(f"It would end on {until}, before it begins on {since}.")


def add_moratorium(
    session: Session, reason: str, since: date, until: date, shape: shapely.Geometry, work_id: str | None = None
) -> Moratorium:
    """
    Close a place; its shape is in the town's CRS.

    Raises:
        UsageError: it would end before it begins.
    """
    check_days(since, until)
    row = Moratorium(
        id=uuid.uuid4().hex[:16],
        reason=reason,
        since=since,
        until=until,
        work_id=work_id,
        shape=shapely.to_wkb(shape),
        removed_at=None,
    )
    session.add(row)
    session.flush()
    return row


def remove_moratorium(session: Session, moratorium_id: str, now: datetime) -> Moratorium:
    """
    Open a place again.

    Raises:
        NotFoundError: there is none that is closed.
    """
    row = session.get(Moratorium, moratorium_id)
    if row is None or row.removed_at is not None:
        raise NotFoundError(f"Moratorium {moratorium_id!r} is unknown.")
    row.removed_at = now
    return row
