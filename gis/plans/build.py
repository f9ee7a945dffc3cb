"""
From what there is to an instance that the planner solves.

Edges are priced by surface. A work opens the edges that it touches; where it covers an edge in part, the rest is dug
alone. A site hangs on its nearest street node by an edge of its own: the way from the street and the entry into the
building.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any  # arrays of shapes

import numpy as np
import shapely

from gis.costs import Costs, Surface, discounts, own_eur_per_m, pulled_eur_per_m, surface_of
from gis.planning import NEVER, Flags, Horizon
from gis.plans.constraints import Built, grant
from gis.plans.digs import plan_digs
from gis.plans.half_years import PERIODS_A_YEAR, period_end, period_index, period_name
from gis.plans.inputs import DemandSite, PlanInputs
from gis.plans.requests import Box, PlanRequest
from gis.streets import (
    FURTHEST_SITE_M,
    LEAST_SHARE,
    MATCH_M,
    Floats,
    Ints,
    Streets,
    match_edges,
    nearest_nodes,
    opened_edges,
)
from ventspils.core.errors import UsageError


def build_instance(given: PlanInputs, request: PlanRequest, box_m: Box | None = None) -> Built:
    """
    Return the instance of a request, in a box in the town's CRS or in the whole town.

    Raises:
        UsageError: no street, site or root in the part of town that is asked for, a deadline before the first period,
            or a wish that cannot be.
    """
    chosen = _edges_in(given.streets, box_m)
    if not len(chosen):
        raise UsageError("No street lies in the part of the town that is asked for.")
    graph, count = given.streets.graph, request.periods
    shapes = graph.shapes[chosen]
    touched, ends = np.unique(np.concatenate([graph.us[chosen], graph.vs[chosen]]), return_inverse=True)
    us, vs = ends[: len(chosen)], ends[len(chosen) :]
    lit = np.flatnonzero(np.isin(touched, given.lit))
    placed = _place(given.sites, graph.node_xy[touched], lit, box_m)
    costs = _price(given, request, chosen, placed)
    works, shares, told = plan_digs(given.digs, shapes, costs, request)
    costs = replace(costs, shares=shares)
    horizon = Horizon(
        names=tuple(period_name(request.start, t) for t in range(count)),
        discounts=discounts(given.book, request.level, count, 1 / PERIODS_A_YEAR),
        nodes=len(touched) + len(placed.sites),
        roots=placed.roots,
        us=np.concatenate([us, placed.nodes]).astype(np.int64),
        vs=np.concatenate([vs, len(touched) + np.arange(len(placed.sites))]).astype(np.int64),
        own=_own_costs(given, request, costs, shapes),
        sites=tuple(site.id for site in placed.sites),
        site_nodes=len(touched) + np.arange(len(placed.sites), dtype=np.int64),
        prizes=_prizes(placed.sites, count),
        deadlines=np.array([_deadline(site, request) for site in placed.sites], np.int64),
        works=works,
        budgets=None if request.budget_eur is None else np.full(count, float(request.budget_eur)),
        carry_over=request.carry_over,
    )
    notes = [*placed.notes, *_out_of_reach(us, vs, placed), *told]
    built = Built(horizon, np.concatenate([chosen, np.full(len(placed.sites), -1)]), notes, costs=costs)
    names = [site.name for site in placed.sites]
    return grant(built, request.wishes, given.streets.names, names) if request.wishes else built


def _prizes(sites: Sequence[DemandSite], periods: int) -> Floats:
    """Return what each site earns in each half-year."""
    earned = np.array([site.prize_eur_per_year / PERIODS_A_YEAR for site in sites])
    return np.asarray(np.round(np.repeat(earned[:, None], periods, axis=1), 2))


@dataclass(frozen=True)
class _Placed:
    """Sites that want fibre with the node and the metres to it of each, the roots' nodes, and what is to be told."""

    sites: list[DemandSite]
    nodes: Ints
    ways_m: Floats
    roots: Ints
    notes: list[str]


def _place(sites: Sequence[DemandSite], xy: Floats, lit: Ints, box_m: Box | None) -> _Placed:
    """Return sites near a street and the roots."""
    inside = [p for p in sites if box_m is None or (box_m[0] <= p.x_m <= box_m[2] and box_m[1] <= p.y_m <= box_m[3])]
    if not inside:
        raise UsageError("No site lies in the part of the town that is asked for; import some with `sites import`.")
    nodes, far = nearest_nodes(xy, np.array([[p.x_m, p.y_m] for p in inside]))
    is_near = far <= FURTHEST_SITE_M
    notes = [
        f"Site {site.name!r} lies {metres:.0f} m from the nearest street and is left out."
        for site, metres, near in zip(inside, far, is_near, strict=True)
        if not near
    ]
    is_root = np.array([site.has_fibre for site in inside], np.bool_)
    roots = np.union1d(nodes[is_root & is_near], lit)
    if not len(roots):
        raise UsageError(
            "No place or cable route with fibre lies in the part of the town that is asked for; a plan needs one to "
            "begin from."
        )
    wanted = np.flatnonzero(~is_root & is_near)
    if not len(wanted):
        raise UsageError("No site that wants fibre lies near a street of the part of the town that is asked for.")
    return _Placed([inside[k] for k in wanted], nodes[wanted], far[wanted], roots, notes)


def _out_of_reach(us: Ints, vs: Ints, placed: _Placed) -> list[str]:
    """Tell of sites to which no street leads from a place with fibre."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    size = int(max(us.max(initial=0), vs.max(initial=0))) + 1
    _, part = connected_components(coo_matrix((np.ones(len(us)), (us, vs)), (size, size)), directed=False)
    reached = set(part[placed.roots].tolist())
    lost = [site.name for site, node in zip(placed.sites, placed.nodes, strict=True) if part[node] not in reached]
    return [f"No street leads from a place with fibre to site {name!r}; it cannot be connected." for name in lost]


def _price(given: PlanInputs, request: PlanRequest, chosen: Ints, placed: _Placed) -> Costs:
    """Return how the chosen edges and the ways into buildings are priced."""
    streets, book, level = given.streets, given.book, request.level
    techniques = frozenset(request.techniques)
    surfaces = [surface_of(streets.kinds[e], streets.surfaces[e]) for e in chosen]
    prices = {s: own_eur_per_m(book, s, level, techniques).eur for s in Surface}
    dug, free = np.array([prices[surface] for surface in surfaces]), _free_shares(given, chosen)
    per_m = free * np.minimum(pulled_eur_per_m(book, level).eur, dug) + (1 - free) * dug
    digs = {dig.id: dig.laid for dig in given.digs}
    lengths = streets.graph.lengths_m[chosen]
    return Costs(lengths, surfaces, per_m, placed.ways_m, book, level, techniques, free, digs)


def _free_shares(given: PlanInputs, chosen: Ints) -> Floats:
    """Return which share of each edge may go through a free duct, where only a cable is paid."""
    share = np.zeros(len(chosen))
    if given.free_routes:
        lines = np.asarray(shapely.from_wkb(list(given.free_routes)), np.object_)
        found = match_edges(lines, given.streets.graph.shapes[chosen], within_m=MATCH_M)
        np.maximum.at(share, found.edges, np.where(found.shares >= LEAST_SHARE, found.shares, 0.0))
    return share


def _own_costs(given: PlanInputs, request: PlanRequest, costs: Costs, shapes: Any) -> Floats:
    """Return what each edge and each way into a building costs alone in each period; infinite where it is closed."""
    way_per_m = own_eur_per_m(given.book, Surface.VERGE_SOFT, request.level, costs.techniques).eur
    entry = given.book.price("building_entry").at(request.level) + costs.ways_m * way_per_m
    once = np.concatenate([costs.lengths_m * costs.per_m, entry])
    own = np.round(np.repeat(once[:, None], request.periods, axis=1), 2)
    own[: len(shapes)][_closed(shapes, given, request)] = math.inf
    return np.asarray(own)


def _closed(shapes: Any, given: PlanInputs, request: PlanRequest) -> Flags:
    """
    Return which edges are closed to digging of one's own in which period: where a protected surface covers a part of
    them.
    """
    closed = np.zeros((len(shapes), request.periods), np.bool_)
    for place in given.closed:
        first, last = period_index(request.start, place.since), period_index(request.start, place.until)
        if last < 0 or first >= request.periods:
            continue
        edges = [edge for edge, _ in opened_edges(place.shape, shapes)]
        closed[edges, max(0, first) : last + 1] = True
    return closed


def _edges_in(streets: Streets, box_m: Box | None) -> Ints:
    if box_m is None:
        return np.arange(len(streets.graph.us))
    return np.flatnonzero(shapely.intersects(streets.graph.shapes, shapely.box(*box_m)))


def _deadline(site: DemandSite, request: PlanRequest) -> int:
    """Return by the end of which half-year a site must be connected."""
    if site.connect_by is None:
        return NEVER
    last = period_index(request.start, site.connect_by)
    last -= site.connect_by < period_end(request.start, last)
    if last < 0:
        raise UsageError(f"Site {site.name!r} is to be connected by {site.connect_by}, before the first period ends.")
    return last if last < request.periods else NEVER
