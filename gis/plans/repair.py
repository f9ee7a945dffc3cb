"""A plan made anew for today: what is built lies in the ground, what is contracted stays in its half-year."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from gis.plans.constraints import Wish
from gis.plans.half_years import period_index, period_start
from gis.plans.records import find_done
from gis.plans.requests import PlanRequest, read_request
from gis.plans.sections import built_periods
from gis.register import PlanRow, is_on_streets, load_town, sections_laid
from gis.sharing import ledger
from ventspils.core.errors import ConflictError

_STANDS = ("agreed", "realised")


def repair_request(session: Session, plan_id: str, today: date) -> PlanRequest:
    """
    Return what is to be asked so that a plan fits the register of today again and keeps what is contracted.

    It begins in the half-year of today where that of the plan is over; what was contracted for one that is over, and
    is not built, is laid in the first. What the planner set stays as far as it is still to come; where something is
    contracted, a street that was not to be laid in one half-year is free.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it is not done, its streets are not those of today, or its half-years are over.
    """
    row = find_done(session, plan_id, "repaired")
    if not is_on_streets(row.result["certificate"]["input_version"], load_town(session).version):
        raise ConflictError("The streets were taken in anew since this plan was made; make a new one.")
    request = read_request(row.asked)
    gone = max(0, period_index(request.start, today))
    if gone >= request.periods:
        raise ConflictError("The half-years of this plan are over; make a new one.")
    contracted = _contracted(session, row)
    kept = tuple(_kept(row, contracted, gone))
    still = tuple(_still_set(request, contracted, gone))
    return replace(
        request,
        start=period_start(request.start, gone) if gone else request.start,
        periods=request.periods - gone,
        wishes=(*kept, *still),
        variants=(),
    )


def _contracted(session: Session, row: PlanRow) -> set[int]:
    """Return which periods are contracted and not built."""
    begins = f"{ledger.FIBRE}{row.id}:"
    entries = [e for e in ledger.standing(session) if e.subject.startswith(begins) and e.stage in _STANDS]
    return {int(e.subject.removeprefix(begins)) for e in entries} - built_periods(session, row)


def _kept(row: PlanRow, contracted: set[int], gone: int) -> Iterator[Wish]:
    for period in sorted(contracted):
        edges = tuple(sorted(s.edge for s in sections_laid(row.result) if s.period == period))
        if edges:
            yield Wish(None, edges, None, "lay_in", max(0, period - gone))


def _still_set(request: PlanRequest, contracted: set[int], gone: int) -> Iterator[Wish]:
    for wish in request.wishes:
        if wish.period is None:
            yield wish
        elif wish.period >= gone and (wish.site is not None or not _is_decided(wish, contracted)):
            yield replace(wish, period=wish.period - gone)


def _is_decided(wish: Wish, contracted: set[int]) -> bool:
    """Whether contracts say already what a street's wish is about."""
    return wish.period in contracted if wish.do == "lay_in" else bool(contracted)
