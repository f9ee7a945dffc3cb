"""Sections of a plan, the streets of one of its periods: contracted, and built."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.plans.records import find_plan
from gis.register import CableRoute, DigSite, LedgerEntry, PlanRow, TownStreets, is_on_streets, load_town
from gis.sharing import ledger
from ventspils.core.errors import ConflictError, UsageError


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
    route = _make_route(session, row, built)
    if built.paid_eur is not None:
        ledger.add_fibre(
            session, row, built.period, "realised", route.owner, built.paid_eur, built.document, actor, now
        )
    return route


def _make_route(session: Session, plan: PlanRow, built: BuiltSection) -> CableRoute:
    shape = _line_of(plan, built, load_town(session))
    period = plan.result["periods"][built.period]
    name = f"{plan.id} {period['name']}"
    if session.scalar(select(CableRoute.id).where(CableRoute.plan_id == plan.id, CableRoute.name == name)):
        raise ConflictError(f"Period {period['name']} of this plan was built already.")
    if shape is None:
        raise UsageError(f"The plan lays nothing in the streets in {period['name']}.")
    route = CableRoute(
        id=uuid.uuid4().hex[:16],
        name=name,
        owner=built.owner,
        state="built",
        ducts=built.ducts,
        free_ducts=built.free_ducts,
        built_on=built.built_on,
        source=built.document or "as planned",
        plan_id=plan.id,
        import_id=None,
        shape=shapely.to_wkb(shape),
        version=1,
    )
    session.add(route)
    connected = select(DigSite.name).where(DigSite.id.in_(period["sites_connected"]))
    for site in session.scalars(select(DigSite).where(DigSite.name.in_(connected))):
        site.connected_on = built.built_on  # in every version of it, so that undoing a file forgets no connection
    session.flush()
    return route


def _line_of(plan: PlanRow, built: BuiltSection, town: TownStreets) -> BaseGeometry | None:
    """Return the streets of a plan's period as one shape in the town's CRS, or None where it lays nothing in them."""
    result = plan.result
    if built.period >= len(result["periods"]):
        raise UsageError(f"The plan has the periods 0 to {len(result['periods']) - 1}.")
    if built.free_ducts > built.ducts:
        raise UsageError(f"{built.free_ducts} ducts cannot be free of {built.ducts}.")
    if not is_on_streets(result["certificate"]["input_version"], town.version):
        raise ConflictError(
            "The street graph was changed since this plan; take the line in from an as-built file instead."
        )
    edges = [result["street_edges"][edge] for edge, t, _ in result["build"] if t == built.period]
    streets = [edge for edge in edges if edge >= 0]
    if not streets:
        return None
    return shapely.line_merge(shapely.multilinestrings(town.streets.graph.shapes[streets].tolist()))


def _find_done(session: Session, plan_id: str, what: str) -> PlanRow:
    row = find_plan(session, plan_id)
    if row.state != "done":
        raise ConflictError(f"Plan {plan_id!r} is {row.state}; only one that is done can be {what}.")
    return row
