"""Sections of a plan, the streets of one of its periods: contracted, and built."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.plans.half_years import period_start, read_month
from gis.plans.records import find_done, instance_of
from gis.register import (
    CableRoute,
    DigSite,
    LedgerEntry,
    PlanRow,
    TownStreets,
    is_on_streets,
    lit_nodes,
    load_town,
    sections_laid,
)
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
    row = find_done(session, plan_id, "contracted")
    return ledger.add_fibre(session, row, period, "agreed", owner, contract.eur, contract.document, actor, now)


def build_section(session: Session, plan_id: str, built: BuiltSection, actor: str, now: datetime) -> CableRoute:
    """
    Make what a plan lays in a period a cable route, and enter what it cost where that is known.

    Buildings count as connected where their way in was built and what was really built joins it to fibre.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it is not done, that period was built already, or the streets are not those of the plan any more.
        UsageError: the period has not begun or lays nothing, the day is still to come, more ducts would be free than
            there are, or a sum without a document.
    """
    row = find_done(session, plan_id, "built")
    _check_begun(row, built, now.date())
    town = load_town(session)
    route = _make_route(session, row, built, town)
    _connect_sites(session, row, built, town)
    if built.paid_eur is not None:
        ledger.add_fibre(
            session, row, built.period, "realised", route.owner, built.paid_eur, built.document, actor, now
        )
    return route


def _check_begun(plan: PlanRow, built: BuiltSection, today: date) -> None:
    """Refuse what cannot have been built yet, and ducts that do not add up."""
    periods = plan.result["periods"]
    if built.period >= len(periods):
        raise UsageError(f"The plan has the periods 0 to {len(periods) - 1}.")
    name, begins = periods[built.period]["name"], period_start(read_month(plan.asked["start"]), built.period)
    if begins > today:
        raise UsageError(f"{name} begins on {begins:%d.%m.%Y}; what has not begun cannot be built.")
    if built.built_on > today:
        raise UsageError(f"{built.built_on:%d.%m.%Y} is still to come; name the day on which {name} was built.")
    if built.free_ducts > built.ducts:
        raise UsageError(f"{built.free_ducts} ducts cannot be free of {built.ducts}.")


def _make_route(session: Session, plan: PlanRow, built: BuiltSection, town: TownStreets) -> CableRoute:
    period = plan.result["periods"][built.period]
    if built.period in built_periods(session, plan):
        raise ConflictError(f"Period {period['name']} of this plan was built already.")
    if not is_on_streets(plan.result["certificate"]["input_version"], town.version):
        raise ConflictError(
            "The street graph was changed since this plan; take the line in from an as-built file instead."
        )
    shape = _line_of(session, plan, built.period, town)
    if shape is None:
        raise UsageError(f"The plan lays nothing in {period['name']}.")
    route = CableRoute(
        id=uuid.uuid4().hex[:16],
        name=_route_name(plan, built.period),
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
    session.flush()
    return route


def _route_name(plan: PlanRow, period: int) -> str:
    return f"{plan.id} {plan.result['periods'][period]['name']}"


def built_periods(session: Session, plan: PlanRow) -> set[int]:
    """Return which periods of a plan were built."""
    names = set(session.scalars(select(CableRoute.name).where(CableRoute.plan_id == plan.id)))
    return {t for t in range(len(plan.result["periods"])) if _route_name(plan, t) in names}


@dataclass(frozen=True)
class _WayIn:
    """A way into a building that a plan lays in a period, from a node of the street graph."""

    site_id: str
    node: int
    period: int


def _ways_in(plan: PlanRow, town: TownStreets) -> list[_WayIn]:
    instance, streets, graph = instance_of(plan), plan.result["street_edges"], town.streets.graph
    nodes: dict[int, int] = {}  # of the street graph, by those of the instance
    for edge, street in zip(instance["edges"], streets, strict=True):
        if street >= 0:
            nodes[edge["u"]], nodes[edge["v"]] = int(graph.us[street]), int(graph.vs[street])
    sites = {site["node"]: site["id"] for site in instance["sites"]}
    laid = [(instance["edges"][e], t) for e, t, _ in plan.result["build"] if streets[e] < 0]
    return [_WayIn(sites[edge["v"]], nodes[edge["u"]], t) for edge, t in laid]


def _line_of(session: Session, plan: PlanRow, period: int, town: TownStreets) -> BaseGeometry | None:
    """Return what a plan lays in a period, in streets and into buildings, as one shape in the town's CRS, or None."""
    graph = town.streets.graph
    lines = [graph.shapes[s.edge] for s in sections_laid(plan.result) if s.period == period]
    for way in _ways_in(plan, town):
        site = session.get(DigSite, way.site_id) if way.period == period else None
        if site is not None and (begin := tuple(graph.node_xy[way.node])) != (site.x_m, site.y_m):
            lines.append(shapely.LineString([begin, (site.x_m, site.y_m)]))
    return shapely.line_merge(shapely.multilinestrings(lines)) if lines else None


def _connect_sites(session: Session, plan: PlanRow, built: BuiltSection, town: TownStreets) -> None:
    """Say of buildings since when they are connected: those whose way in is built, from a node where fibre now is."""
    lit, periods = set(lit_nodes(session, town).tolist()), built_periods(session, plan)
    joined = [way.site_id for way in _ways_in(plan, town) if way.period in periods and way.node in lit]
    names = select(DigSite.name).where(DigSite.id.in_(joined))
    for site in session.scalars(select(DigSite).where(DigSite.name.in_(names), DigSite.connected_on.is_(None))):
        site.connected_on = built.built_on  # in every version of it, so that undoing a file forgets no connection
    session.flush()
