"""Works whose dates moved since a day, and the chances that hang on them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import Opportunity, Work, WorkVersion, seen_by
from gis.sharing.opportunity_list import may_see
from ventspils.core.security.roles import Scope


@dataclass(frozen=True)
class WorkDates:
    """When a work begins and ends, as far as that is said."""

    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True)
class MovedWork:
    """A work with its dates before and now, by how many days its start moved, and the chances that hang on it."""

    work: Work
    was: WorkDates
    now: WorkDates
    days: int | None
    chances: list[Opportunity]

    @property
    def at_stake_eur(self) -> float:
        """What would have been saved by those that were accepted, or that are over."""
        return round(sum(o.mid_eur for o in self.chances if o.state in ("accepted", "gone", "missed")), 2)


def list_moved_works(session: Session, scope: Scope, since: date) -> list[MovedWork]:
    """Return the works whose dates moved since a day, or that were taken back; what is dearest first."""
    rows = session.scalars(select(Work).where(Work.sort == "work", seen_by(scope))).all()
    hang: dict[str, list[Opportunity]] = {}
    for chance in session.scalars(select(Opportunity).order_by(Opportunity.id)):
        if may_see(scope, session.get(Work, chance.wanted)):
            hang.setdefault(chance.work_id, []).append(chance)
    found = []
    for row in rows:
        was, now = _dates_before(session, row, since), WorkDates(row.starts_on, row.ends_on)
        if was is not None and (was != now or row.removed_at is not None):
            found.append(MovedWork(row, was, now, _days(was.starts_on, now.starts_on), hang.get(row.id, [])))
    return sorted(found, key=lambda moved: (-moved.at_stake_eur, moved.work.name, moved.work.id))


def _dates_before(session: Session, work: Work, since: date) -> WorkDates | None:
    """Return a work's dates as they were before a day, or at first where it came later; None where it was gone."""
    kept = select(WorkVersion).where(WorkVersion.work_id == work.id).order_by(WorkVersion.version)
    versions = session.scalars(kept).all()
    before = [version for version in versions if version.at.date() < since] or versions[:1]
    if not before or before[-1].document["removed"]:
        return None
    starts_on, ends_on = (before[-1].document.get(name) for name in ("starts_on", "ends_on"))
    return WorkDates(_day(starts_on), _day(ends_on))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _days(before: date | None, after: date | None) -> int | None:
    return None if before is None or after is None else (after - before).days
