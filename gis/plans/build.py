"""
From the register to an instance that the planner solves, and from its answer to a plan that people read.

Edges are priced by surface. A work opens the edges that it touches; where it covers an edge in part, the rest is dug
alone. A site hangs on its nearest street node by an edge of its own: the way from the street and the entry into the
building.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any  # JSON documents

import numpy as np
import shapely

from gis.costs.basis import Costs
from gis.costs.prices import (
    TRENCH_ALONE,
    PriceBook,
    PriceLevel,
    Surface,
    Technique,
    discounts,
    joint_eur_per_m,
    own_eur_per_m,
    surface_of,
)
from gis.planning.horizon.problem import NEVER, Horizon, PlannedDig
from gis.plans.constraints import Built, Wish, grant
from gis.register.moratoria import RESURFACING, Closed
from gis.streets.graph import Floats, Ints, Streets
from gis.streets.matching import FURTHEST_SITE_M, LEAST_SHARE, MATCH_M, match_edges, nearest_nodes, opened_edges
from ventspils.core.errors import UsageError

PERIODS_A_YEAR = 2
_MONTHS_A_PERIOD = 12 // PERIODS_A_YEAR


@dataclass(frozen=True)
class Dig:
    """
    A work as the planner sees it; `shape` in the town's CRS, `earliest_on` and `latest_on` bound its start, `depth_m`
    is how deep it digs, None where nobody said so.
    """

    id: str
    title: str
    kind: str
    starts_on: date
    ends_on: date | None
    earliest_on: date | None
    latest_on: date | None
    moving_eur_per_month: float | None
    depth_m: float | None
    shape: Any


@dataclass(frozen=True)
class DemandSite:
    """A site or a root; x and y in the town's CRS."""

    id: str
    name: str
    x_m: float
    y_m: float
    has_fibre: bool
    prize_eur_per_year: float
    connect_by: date | None


@dataclass(frozen=True)
class Question:
    """
    What is to be planned: half-years from that of `start`, EUR for each, and where (minx, miny, maxx, maxy in metres).

    `wishes` are what a planner sets, `closed` places closed to digging, `lit` the street nodes on cable routes with
    fibre, and `free_routes` the lines (WKB) of routes with a duct free, along which only a cable is to be paid,
    `techniques` how one's own ducts may come into the ground.
    """

    start: date
    periods: int
    budget_eur: float | None
    box_m: tuple[float, float, float, float] | None = None
    level: PriceLevel = PriceLevel.MID
    carry_over: bool = True
    wishes: Sequence[Wish] = ()
    closed: Sequence[Closed] = ()
    lit: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    free_routes: Sequence[bytes] = ()
    techniques: frozenset[Technique] = TRENCH_ALONE


def period_index(start: date, day: date) -> int:
    """Return in which half-year a day lies, counted from the one of `start`; earlier ones are negative."""
    return (
        (day.year - start.year) * PERIODS_A_YEAR
        + (day.month - 1) // _MONTHS_A_PERIOD
        - (start.month - 1) // _MONTHS_A_PERIOD
    )


def period_name(start: date, index: int) -> str:
    """Return how a half-year is called, as 2027-H1."""
    half = start.year * PERIODS_A_YEAR + (start.month - 1) // _MONTHS_A_PERIOD + index
    return f"{half // PERIODS_A_YEAR}-H{half % PERIODS_A_YEAR + 1}"


def build_instance(
    streets: Streets, digs: Sequence[Dig], places: Sequence[DemandSite], book: PriceBook, question: Question
) -> Built:
    """
    Return the instance of a question.

    Raises:
        UsageError: no street, site or root in the part of town that is asked for, or a deadline before the first
            period.
    """
    chosen = _edges_in(streets, question.box_m)
    if not len(chosen):
        raise UsageError("No street lies in the part of the town that is asked for.")
    graph = streets.graph
    touched, ends = np.unique(np.concatenate([graph.us[chosen], graph.vs[chosen]]), return_inverse=True)
    us, vs = ends[: len(chosen)], ends[len(chosen) :]
    xy = graph.node_xy[touched]
    notes: list[str] = []
    lit = np.flatnonzero(np.isin(touched, question.lit))
    sites, roots, nodes, ways_m = _place(places, xy, lit, question.box_m, notes)
    lengths = graph.lengths_m[chosen]
    notes += _out_of_reach(us, vs, roots, nodes, sites)
    surfaces = [surface_of(streets.kinds[e], streets.surfaces[e]) for e in chosen]
    prices = {s: own_eur_per_m(book, s, question.level, question.techniques).eur for s in Surface}
    per_m = np.array([prices[surface] for surface in surfaces])
    per_m = _along_free_ducts(per_m, graph.shapes[chosen], question, book)
    entry = book.price("building_entry").at(question.level) + ways_m * prices[Surface.VERGE_SOFT]
    own = np.repeat(np.concatenate([lengths * per_m, entry])[:, None], question.periods, axis=1)
    own = np.round(own, 2)
    own[: len(chosen)][_closed(graph.shapes[chosen], question)] = math.inf
    earned = np.array([site.prize_eur_per_year / PERIODS_A_YEAR for site in sites])
    count = len(touched)
    horizon = Horizon(
        names=tuple(period_name(question.start, t) for t in range(question.periods)),
        discounts=discounts(book, question.level, question.periods, 1 / PERIODS_A_YEAR),
        nodes=count + len(sites),
        roots=roots,
        us=np.concatenate([us, nodes]).astype(np.int64),
        vs=np.concatenate([vs, count + np.arange(len(sites))]).astype(np.int64),
        own=own,
        sites=tuple(site.id for site in sites),
        site_nodes=count + np.arange(len(sites), dtype=np.int64),
        prizes=np.round(np.repeat(earned[:, None], question.periods, axis=1), 2),
        deadlines=np.array([_deadline(site, question) for site in sites], np.int64),
        works=_open(digs, streets.graph.shapes[chosen], lengths, per_m, book, question, notes),
        budgets=None if question.budget_eur is None else np.full(question.periods, float(question.budget_eur)),
        carry_over=question.carry_over,
    )
    depths = {dig.id: dig.depth_m for dig in digs if dig.depth_m is not None}
    costs = Costs(lengths, surfaces, per_m, ways_m, book, question.level, question.techniques, depths)
    built = Built(horizon, np.concatenate([chosen, np.full(len(sites), -1)]), notes, costs=costs)
    return grant(built, question.wishes, streets.names, [site.name for site in sites]) if question.wishes else built


def _out_of_reach(us: Ints, vs: Ints, roots: Ints, nodes: Ints, sites: Sequence[DemandSite]) -> list[str]:
    """Tell of sites to which no street leads from a place with fibre."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = int(max(us.max(initial=0), vs.max(initial=0))) + 1
    _, part = connected_components(coo_matrix((np.ones(len(us)), (us, vs)), (size, size)), directed=False)
    lost = [site.name for site, node in zip(sites, nodes, strict=True) if part[node] not in set(part[roots].tolist())]
    return [f"No street leads from a place with fibre to site {name!r}; it cannot be connected." for name in lost]


def _along_free_ducts(per_m: Floats, shapes: Any, question: Question, book: PriceBook) -> Floats:
    """
    Return the prices of a metre where some of each edge may go through a duct that is free: only a
    cable is paid there.
    """
    if not question.free_routes:
        return per_m
    lines = np.asarray(shapely.from_wkb(list(question.free_routes)), np.object_)
    found = match_edges(lines, shapes, within_m=MATCH_M)
    share = np.zeros(len(per_m))
    np.maximum.at(share, found.edges, np.where(found.shares >= LEAST_SHARE, found.shares, 0.0))
    pulled = book.price("cable.existing_duct").at(question.level) + book.price("cable.fibre_96").at(question.level)
    return np.asarray(share * np.minimum(pulled, per_m) + (1 - share) * per_m)


def _closed(shapes: Any, question: Question) -> Any:
    """
    Return which edges are closed to digging of one's own in which period: where a protected surface covers a part of
    them.
    """
    closed = np.zeros((len(shapes), question.periods), np.bool_)
    for place in question.closed:
        first, last = period_index(question.start, place.since), period_index(question.start, place.until)
        if last < 0 or first >= question.periods:
            continue
        edges = [edge for edge, _ in opened_edges(place.shape, shapes)]
        closed[edges, max(0, first) : last + 1] = True
    return closed


def _edges_in(streets: Streets, box_m: tuple[float, float, float, float] | None) -> Ints:
    if box_m is None:
        return np.arange(len(streets.graph.us))
    return np.flatnonzero(shapely.intersects(streets.graph.shapes, shapely.box(*box_m)))


def _place(
    places: Sequence[DemandSite],
    xy: Floats,
    lit: Ints,
    box_m: tuple[float, float, float, float] | None,
    notes: list[str],
) -> tuple[list[DemandSite], Ints, Ints, Floats]:
    """
    Return sites near a street and the roots' nodes; the node of each site, and how far it is from
    there in metres.
    """
    inside = [p for p in places if box_m is None or (box_m[0] <= p.x_m <= box_m[2] and box_m[1] <= p.y_m <= box_m[3])]
    if not inside:
        raise UsageError("No site lies in the part of the town that is asked for; import some with `sites import`.")
    nodes, far = nearest_nodes(xy, np.array([[p.x_m, p.y_m] for p in inside]))
    is_near = far <= FURTHEST_SITE_M
    notes += [
        f"Site {place.name!r} lies {metres:.0f} m from the nearest street and is left out."
        for place, metres, near in zip(inside, far, is_near, strict=True)
        if not near
    ]
    is_root = np.array([place.has_fibre for place in inside], np.bool_)
    roots = np.union1d(nodes[is_root & is_near], lit)
    if not len(roots):
        raise UsageError(
            "No place or cable route with fibre lies in the part of the town that is asked for; a plan needs one to "
            "begin from."
        )
    wanted = np.flatnonzero(~is_root & is_near)
    if not len(wanted):
        raise UsageError("No site that wants fibre lies near a street of the part of the town that is asked for.")
    return [inside[k] for k in wanted], roots, nodes[wanted], far[wanted]


def _deadline(site: DemandSite, question: Question) -> int:
    """Return by the end of which half-year a site must be connected."""
    if site.connect_by is None:
        return NEVER
    last = period_index(question.start, site.connect_by)
    ends_later = site.connect_by < _end_of(question.start, last)
    last -= ends_later
    if last < 0:
        raise UsageError(f"Site {site.name!r} is to be connected by {site.connect_by}, before the first period ends.")
    return last if last < question.periods else NEVER


def _end_of(start: date, index: int) -> date:
    half = start.year * PERIODS_A_YEAR + (start.month - 1) // _MONTHS_A_PERIOD + index
    return date(half // PERIODS_A_YEAR, 12, 31) if half % PERIODS_A_YEAR else date(half // PERIODS_A_YEAR, 6, 30)


def _open(
    digs: Sequence[Dig],
    shapes: Any,
    lengths: Floats,
    per_m: Floats,
    book: PriceBook,
    question: Question,
    notes: list[str],
) -> tuple[PlannedDig, ...]:
    """Return the works within the horizon with the edges that they open and what a duct costs there."""
    timed = [(dig, _starts(dig, question)) for dig in digs]
    timed = [(dig, starts) for dig, starts in timed if starts]
    geometry = np.empty(len(timed), np.object_)
    geometry[:] = [dig.shape for dig, _ in timed]
    found = match_edges(geometry, shapes, within_m=MATCH_M)
    closed_for = math.ceil(book.price("moratorium.after_resurfacing").at(question.level) * PERIODS_A_YEAR)
    works = []
    for number, (dig, starts) in enumerate(timed):
        mine = (found.digs == number) & (found.shares >= LEAST_SHARE)
        edges, shares = found.edges[mine], found.shares[mine]
        if not len(edges):
            continue
        joint_per_m = joint_eur_per_m(book, question.level, dig.depth_m).eur
        order = np.argsort(edges)
        edges, shares = edges[order], shares[order]
        joints = lengths[edges] * (shares * joint_per_m + (1 - shares) * per_m[edges])
        planned = max(0, period_index(question.start, dig.starts_on))
        last = period_index(question.start, dig.ends_on or dig.starts_on)
        months = _MONTHS_A_PERIOD * (dig.moving_eur_per_month or 0.0)
        works.append(
            PlannedDig(
                dig.id,
                tuple(starts),
                tuple(round(abs(start - planned) * months, 2) for start in starts),
                max(1, last - planned + 1),
                closed_for if dig.kind in RESURFACING else 0,
                edges.astype(np.int64),
                np.round(np.minimum(joints, lengths[edges] * per_m[edges]), 2),
            )
        )
    used = {work.name for work in works}
    if unknown := sum(dig.depth_m is None for dig, _ in timed if dig.id in used):
        notes.append(
            f"{unknown} of {len(works)} works do not say how deep they dig; they count as deep enough for a duct."
        )
    if len(works) < len(digs):
        notes.append(f"{len(digs) - len(works)} of {len(digs)} works open no street of this plan in its time.")
    return tuple(works)


def _starts(dig: Dig, question: Question) -> list[int]:
    """
    Return the periods in which a work may start: its own, or all that its owner allows if it is
    told what moving costs.
    """
    planned = period_index(question.start, dig.starts_on)
    last = period_index(question.start, dig.ends_on or dig.starts_on)
    if dig.earliest_on is None or dig.latest_on is None or dig.moving_eur_per_month is None:
        return [max(0, planned)] if last >= 0 and planned < question.periods else []
    first, end = (period_index(question.start, day) for day in (dig.earliest_on, dig.latest_on))
    allowed = set(range(max(0, first), min(question.periods - 1, end) + 1))
    if 0 <= planned < question.periods:
        allowed.add(planned)
    return sorted(allowed)


def write_instance(built: Built) -> dict[str, Any]:
    """Return an instance as the document that `plan solve` reads."""
    horizon = built.horizon
    return {
        "periods": [
            {"name": name, "discount": round(float(d), 9)}
            for name, d in zip(built.horizon.names, horizon.discounts, strict=True)
        ],
        "nodes": horizon.nodes,
        "roots": (horizon.roots + 1).tolist(),
        "edges": [
            {"u": int(u) + 1, "v": int(v) + 1, "own": [float(c) if math.isfinite(c) else None for c in own]}
            for u, v, own in zip(horizon.us, horizon.vs, horizon.own, strict=True)
        ],
        "sites": [
            {
                "id": name,
                "node": int(node) + 1,
                "prize": prizes.tolist(),
                "deadline": None if due == NEVER else int(due),
            }
            for name, node, prizes, due in zip(
                horizon.sites, horizon.site_nodes, horizon.prizes, horizon.deadlines, strict=True
            )
        ],
        "works": [_write_work(work) for work in horizon.works],
        "budgets": None if horizon.budgets is None else horizon.budgets.tolist(),
        "carry_over": horizon.carry_over,
    }


def _write_work(work: PlannedDig) -> dict[str, Any]:
    return {
        "id": work.name,
        "starts": list(work.starts),
        "shift": list(work.shifts),
        "duration": work.duration,
        "closes": work.closes,
        "edges": [{"edge": int(e), "joint": float(joint)} for e, joint in zip(work.edges, work.joints, strict=True)],
    }


def without_joint_prices(instance: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the same instance in which nobody shares a trench: works are when they are planned and
    still close streets.
    """
    dearest = [max((c for c in edge["own"] if c is not None), default=None) for edge in instance["edges"]]

    def alone(work: Mapping[str, Any]) -> dict[str, Any]:
        planned = work["shift"].index(min(work["shift"]))
        edges = [
            {"edge": j["edge"], "joint": j["joint"] if dearest[j["edge"]] is None else dearest[j["edge"]]}
            for j in work["edges"]
        ]
        return {**work, "starts": [work["starts"][planned]], "shift": [work["shift"][planned]], "edges": edges}

    return {**instance, "works": [alone(work) for work in instance["works"]]}
