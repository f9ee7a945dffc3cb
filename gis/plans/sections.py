"""Sections of a plan, the streets of one of its periods: contracted, and built."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from gis.plans.records import find_plan
from gis.register.models import CableRoute, LedgerEntry, PlanRow
from gis.register.routes import build_sections
from gis.register.streets import load_town
from gis.sharing import ledger
from ventspils.core.errors import ConflictError


@dataclass(frozen=True)
class Bill:
    """A sum in EUR without VAT, and the document that it comes from."""

    eur: float
    document: str


@dataclass(frozen=True)
class BuiltSection:
    """Which period of a plan was built, for whom, when, with how many ducts, how many of them free, and the cost."""

    period: int
    owner: str
    built_on: date
    ducts: int
    free_ducts: int
    document: str
    paid_eur: float | None


def agree_section(
    session: Session, plan_id: str, period: int, owner: str, contract: Bill, actor: str, now: datetime
) -> LedgerEntry:
    """
    Enter for how much a period of a plan was contracted.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it is not done.
        UsageError: no document, or a period that the plan does not have.
    """
    row = _find_done(session, plan_id, "contracted")
    return ledger.add_fibre(session, row, period, "agreed", owner, contract.eur, contract.document, actor, now)


def build_section(session: Session, plan_id: str, built: BuiltSection, actor: str, now: datetime) -> CableRoute:
    """
    Make the streets of a plan's period a cable route, and enter what they cost where that is known.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it is not done, that period was built already, or the streets are not those of the plan any more.
        UsageError: the plan lays nothing in that period, more ducts would be free than there are, or a sum without a
            document.
    """
    row = _find_done(session, plan_id, "built")
    route = build_sections(
        session,
        row,
        built.period,
        load_town(session),
        owner=built.owner,
        built_on=built.built_on,
        ducts=built.ducts,
        free_ducts=built.free_ducts,
        document=built.document,
    )
    if built.paid_eur is not None:
        ledger.add_fibre(
            session, row, built.period, "realised", route.owner, built.paid_eur, built.document, actor, now
        )
    return route


def _find_done(session: Session, plan_id: str, what: str) -> PlanRow:
    row = find_plan(session, plan_id)
    if row.state != "done":
        raise ConflictError(f"Plan {plan_id!r} is {row.state}; only one that is done can be {what}.")
    return row
