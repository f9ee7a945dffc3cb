"""
Chances to dig once: what is wanted, beside which work, near enough in place and time, and what sharing the trench would
save.

Both are held as the street edges that they open, so that what they share is metres of street. What a chance saves is
what joining changes: the work's trench as it is now, with whoever joined it already, against the same with one more.
Money is EUR without VAT, as a range: low takes the trench at its cheapest and talking at its dearest, high the other
way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.costs import PriceBook, PriceLevel, Surface, own_eur_per_m, surface_of
from gis.sharing.joint_costs import JointCosts
from gis.sharing.trenches import Trenches, Wish
from gis.streets import LEAST_SHARE, MATCH_M, Ints, Streets, match_edges

FIBRE = "fibre"
_DEFAULT_JOIN_WEEKS = 8


@dataclass(frozen=True)
class PartyRules:
    """
    What a party counts as near: metres, days, and the share of what it wants that is to be common; weeks to say so
    before.
    """

    within_m: float = 5.0
    within_days: int = 183
    least_share: float = 0.1
    join_weeks: int = _DEFAULT_JOIN_WEEKS


@dataclass(frozen=True)
class Wanted:
    """A need or another dig: whose it is, when and where it may be (the town's CRS); it may hang on one work."""

    id: str
    owner: str
    earliest: date | None
    latest: date | None
    shape: BaseGeometry
    after_work_id: str | None = None


@dataclass(frozen=True)
class Offer:
    """A work that one may join."""

    id: str
    party: str
    starts_on: date
    ends_on: date | None
    tender_on: date | None
    shape: BaseGeometry


@dataclass(frozen=True)
class Pair:
    """
    Something wanted beside a work, near enough in place and time, and the edges that both open; `is_planned` where a
    plan says so.
    """

    wanted: str
    owner: str
    offer: Offer
    edges: tuple[int, ...]
    is_planned: bool = False


@dataclass(frozen=True)
class Saving:
    """Money as a range, and which share of the likely sum rests on what."""

    low_eur: float
    mid_eur: float
    high_eur: float
    basis: Mapping[str, float]


@dataclass(frozen=True)
class Chance:
    """
    What is wanted beside a work, on which street edges and over how many common metres, what that saves, and the last
    day to say so.
    """

    wanted: str
    work: str
    owner: str
    edges: tuple[int, ...]
    length_m: float
    saving: Saving
    last_day: date


def last_day_to_join(offer: Offer, rules: PartyRules) -> date:
    """
    Return the last day on which one may still join a work: weeks before it is tendered, or starts where that is not
    known.
    """
    return (offer.tender_on or offer.starts_on) - timedelta(weeks=rules.join_weeks)


def is_near_in_time(wanted: Wanted, offer: Offer, rules: PartyRules) -> bool:
    """Whether a work lies within so many days of when something is wanted; what has no dates may be at any time."""
    slack = timedelta(days=rules.within_days)
    ends = offer.ends_on or offer.starts_on
    too_late = wanted.latest is not None and offer.starts_on > wanted.latest + slack
    too_early = wanted.earliest is not None and ends < wanted.earliest - slack
    return not (too_late or too_early)


def metres_opened(shapes: Sequence[BaseGeometry], streets: Streets) -> list[dict[int, float]]:
    """Return for each shape (the town's CRS) how many metres of which street edge it opens."""
    edges, lengths = streets.graph.shapes, streets.graph.lengths_m
    digs = _shapes(shapes)
    found = match_edges(digs, edges, within_m=MATCH_M)
    opened: list[dict[int, float]] = [{} for _ in range(len(digs))]
    for dig, edge, share in zip(found.digs.tolist(), found.edges.tolist(), found.shares.tolist(), strict=True):
        if share >= LEAST_SHARE:
            opened[dig][edge] = round(share * float(lengths[edge]), 2)
    return opened


def find_pairs(
    wanted: Sequence[Wanted], offers: Sequence[Offer], wishes: Mapping[str, Wish], rules: Mapping[str, PartyRules]
) -> list[Pair]:
    """
    Return what is near enough to a work of somebody else, in place, in time and over enough of its length.

    Args:
        wanted: What parties want.
        offers: Works that may be joined.
        wishes: All of both, with the metres that they open.
        rules: Of each party; one that has none keeps to the defaults.
    """
    if not wanted or not offers:
        return []
    furthest = max(rules.get(w.owner, PartyRules()).within_m for w in wanted)
    tree = shapely.STRtree(_shapes([o.shape for o in offers]))
    near, beside = tree.query(_shapes([w.shape for w in wanted]), predicate="dwithin", distance=furthest)
    found = []
    for a, b in zip(near.tolist(), beside.tolist(), strict=True):
        edges = _common(wanted[a], offers[b], wishes, rules.get(wanted[a].owner, PartyRules()))
        if edges:
            found.append(Pair(wanted[a].id, wanted[a].owner, offers[b], edges))
    return found


def _shapes(shapes: Sequence[BaseGeometry]) -> np.ndarray:
    found = np.empty(len(shapes), np.object_)
    found[:] = shapes
    return found


def _common(wanted: Wanted, offer: Offer, wishes: Mapping[str, Wish], rule: PartyRules) -> tuple[int, ...]:
    """Return the edges that both open, none where they are not near enough by the rule."""
    if wanted.id == offer.id or wanted.owner == offer.party:
        return ()
    if wanted.after_work_id is not None:
        if wanted.after_work_id != offer.id:
            return ()
    elif not is_near_in_time(wanted, offer, rule):
        return ()
    if shapely.distance(wanted.shape, offer.shape) > rule.within_m:
        return ()
    mine, theirs = wishes[wanted.id].metres, wishes[offer.id].metres
    common = {edge: min(metres, theirs[edge]) for edge, metres in mine.items() if edge in theirs}
    return tuple(sorted(common)) if sum(common.values()) >= rule.least_share * sum(mine.values()) else ()


def weigh(pair: Pair, trenches: Trenches, costs: JointCosts, rules: Mapping[str, PartyRules]) -> Chance | None:
    """
    Return the chance of a pair as things are joined now: on the edges where it is still free; None where nothing is
    left, or where it would likely save nothing and no plan wants it.
    """
    edges = trenches.free_edges(pair.wanted, pair.offer.id, pair.edges)
    if not edges:
        return None
    wishes = trenches.wishes
    groups = {
        edge: [[wishes[m] for m in sorted(trenches.members(edge, wish))] for wish in (pair.wanted, pair.offer.id)]
        for edge in edges
    }
    gross = {level: sum(costs.saved(level, groups[edge], edge) for edge in edges) for level in PriceLevel}
    more = trenches.more_parties(pair.wanted, pair.offer.id)
    sums = {level: round(eur, 2) for level, eur in costs.saving(gross, more).items()}
    likely = sums[PriceLevel.MID]
    if likely <= 0 and not pair.is_planned:
        return None
    one, other = wishes[pair.wanted].metres, wishes[pair.offer.id].metres
    basis = costs.rests_on([(edge, [w for group in groups[edge] for w in group]) for edge in edges], more)
    # What a trench shares need not grow with prices: a dearer one may be wider where others lie.
    saving = Saving(min(sums[PriceLevel.LOW], likely), likely, max(sums[PriceLevel.HIGH], likely), basis)
    metres = round(sum(min(one[edge], other[edge]) for edge in edges), 1)
    last_day = last_day_to_join(pair.offer, rules.get(pair.offer.party, PartyRules()))
    return Chance(pair.wanted, pair.offer.id, pair.owner, edges, metres, saving, last_day)


def each_pair_once(pairs: Sequence[Pair]) -> list[Pair]:
    """Of two digs that could join each other, keep the pair in which the later one joins the earlier."""
    kept: dict[frozenset[str], Pair] = {}
    for pair in sorted(pairs, key=lambda each: (each.offer.starts_on, each.offer.id, each.wanted)):
        kept.setdefault(frozenset((pair.wanted, pair.offer.id)), pair)
    return list(kept.values())


def fibre_routes(streets: Streets, roots: Ints, nodes: Ints, book: PriceBook) -> Ints:
    """
    Return the street edges on the cheapest ways from places with fibre to nodes that want it, each dug alone.

    Args:
        streets: The town's streets.
        roots: Nodes with fibre.
        nodes: Nodes that want it; those that no way reaches are left out.
        book: Prices.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    graph = streets.graph
    if not len(roots) or not len(nodes):
        return np.empty(0, np.int64)
    per_m = {surface: own_eur_per_m(book, surface, PriceLevel.MID).eur for surface in Surface}
    prices = np.array([per_m[surface_of(k, s)] for k, s in zip(streets.kinds, streets.surfaces, strict=True)])
    costs = np.maximum(graph.lengths_m * prices, 1e-6)
    order = np.argsort(-costs, kind="stable")
    cheapest = {}
    for edge, u, v in zip(order.tolist(), graph.us[order].tolist(), graph.vs[order].tolist(), strict=True):
        cheapest[min(u, v), max(u, v)] = edge  # of two edges between the same nodes the cheaper one is written last
    edges = np.fromiter(cheapest.values(), np.int64)
    matrix = coo_matrix((costs[edges], (graph.us[edges], graph.vs[edges])), (graph.nodes, graph.nodes)).tocsr()
    _, before, _ = dijkstra(matrix, directed=False, indices=roots, min_only=True, return_predecessors=True)
    used: set[int] = set()
    for node in nodes.tolist():
        while before[node] >= 0:
            previous = int(before[node])
            used.add(cheapest[min(previous, node), max(previous, node)])
            node = previous
    return np.array(sorted(used), np.int64)
