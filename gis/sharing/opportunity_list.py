"""Which chances a caller may see, and in which order they are to be decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import Opportunity, Work, load_town, seen_by
from gis.sharing.joint_works import dig_of
from gis.sharing.opportunities import FIBRE
from gis.sharing.opportunity_register import WAITING
from gis.sharing.survey import plan_edges
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.security.roles import Access, NotAllowedError, Scope


@dataclass(frozen=True)
class KnownOpportunity:
    """
    A chance with the work that could be joined, and what would join it; None is fibre.

    `joint_dig` is the id of the joint dig that it was joined to. Of fibre, `is_in_plan` tells whether the adopted plan
    lays it so; None while no plan is adopted, so that the chance is an estimate.
    """

    row: Opportunity
    work: Work
    wanted: Work | None
    joint_dig: str | None
    is_in_plan: bool | None


def may_see(scope: Scope, wanted: Work | None) -> bool:
    """Whether a caller may know of what is wanted: a secret need is known to its own party alone."""
    return wanted is None or not wanted.is_confidential or scope.has_party(wanted.promoter)


def list_opportunities(
    session: Session, scope: Scope, *, states: Sequence[str] = (), owner: str = ""
) -> list[KnownOpportunity]:
    """Return chances to dig once: what is to be decided first comes first, then by what is saved."""
    joined = select(Opportunity, Work).join(Work, Opportunity.work_id == Work.id)
    rows = session.execute(joined.where(seen_by(scope))).all()
    wanted = {w.id: w for w in session.scalars(select(Work).where(Work.id.in_([o.wanted for o, _ in rows])))}
    planned = _planned(session)
    found = [
        _known(session, row, work, wanted.get(row.wanted), planned)
        for row, work in rows
        if (not states or row.state in states)
        and (not owner or row.owner == owner)
        and may_see(scope, wanted.get(row.wanted))
    ]
    return sorted(found, key=lambda known: _first_to_decide(known.row))


def _first_to_decide(row: Opportunity) -> tuple[bool, date, float, str]:
    """Return what chances are ordered by: those that wait for somebody by their last day, the others by their euro."""
    waits = row.state in WAITING
    return not waits, (row.last_day or date.max) if waits else date.max, -row.mid_eur, row.id


def find_opportunity(session: Session, opportunity_id: str, access: Access) -> KnownOpportunity:
    """
    Return a chance that a caller may decide.

    Raises:
        NotFoundError: there is none that the caller may see.
        NotAllowedError: it is somebody else's to decide.
    """
    row = session.get(Opportunity, opportunity_id)
    work = session.get(Work, row.work_id) if row is not None else None
    wanted = session.get(Work, row.wanted) if row is not None else None
    if row is None or work is None or not may_see(access.scope, wanted) or not may_see(access.scope, work):
        raise NotFoundError(f"Chance {opportunity_id!r} is unknown.")
    if not access.scope.has_party(row.owner):
        raise NotAllowedError(f"This chance is for {row.owner!r} to decide.")
    return _known(session, row, work, wanted, _planned(session))


_Planned = Mapping[str, tuple[int, ...]] | None


def _planned(session: Session) -> _Planned:
    try:
        return plan_edges(session, load_town(session))
    except UsageError:  # no streets, and so no plan
        return None


def _known(session: Session, row: Opportunity, work: Work, wanted: Work | None, planned: _Planned) -> KnownOpportunity:
    is_fibre = row.wanted == FIBRE and planned is not None
    is_in_plan = set(row.edges) <= set(planned.get(row.work_id, ())) if is_fibre and planned is not None else None
    return KnownOpportunity(row, work, wanted, dig_of(session, row), is_in_plan)
