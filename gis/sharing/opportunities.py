"""
Chances to dig once: what is wanted, beside which work, near enough in place and time, and what sharing the trench would
save.

Both are held as the street edges that they open, so that what they share is metres of street. Money is EUR without VAT,
as a range: low takes the trench at its cheapest and joining at its dearest, high the other way round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.costs import PriceBook, PriceLevel, Surface, Total, common_depth, joining_eur_per_m, own_eur_per_m, surface_of
from gis.streets import LEAST_SHARE, MATCH_M, Ints, Streets, match_edges

FIBRE = "fibre"
FIBRE_KINDS = ("fibre", "fiber", "telecom", "optical", "broadband")
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
    """
    A need, another dig, or fibre: whose it is, when and where it may be (the town's CRS), how deep; it may hang on one
    work.
    """

    id: str
    owner: str
    is_fibre: bool
    earliest: date | None
    latest: date | None
    shape: BaseGeometry
    after_work_id: str | None = None
    depth_m: float | None = None


@dataclass(frozen=True)
class Offer:
    """A work that one may join; `depth_m` is how deep it digs, None where nobody said so."""

    id: str
    party: str
    starts_on: date
    ends_on: date | None
    tender_on: date | None
    depth_m: float | None
    shape: BaseGeometry


@dataclass(frozen=True)
class Saving:
    """
    Money as a range, and which share of the likely sum rests on what.

    `trench_eur` is what a trench of one's own costs over the common metres at each level.
    """

    low_eur: float
    mid_eur: float
    high_eur: float
    basis: Mapping[str, float]
    trench_eur: Mapping[str, float]


@dataclass(frozen=True)
class Chance:
    """
    What is wanted beside a work, over how many common metres of street, what that saves, and the
    last day to say so.
    """

    wanted: str
    work: str
    owner: str
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


def find_chances(
    wanted: Sequence[Wanted],
    offers: Sequence[Offer],
    streets: Streets,
    book: PriceBook,
    rules: Mapping[str, PartyRules],
) -> list[Chance]:
    """
    Return all chances, those that save most first.

    Args:
        wanted: What parties want.
        offers: Works that may be joined.
        streets: The town's streets.
        book: Prices.
        rules: Of each party; one that has none keeps to the defaults.
    """
    if not wanted or not offers:
        return []
    shapes = streets.graph.shapes
    wants, gives = _shapes([w.shape for w in wanted]), _shapes([o.shape for o in offers])
    of_wants, of_gives = _opened(wants, shapes), _opened(gives, shapes)
    furthest = max((rules.get(w.owner, PartyRules()).within_m for w in wanted), default=0.0)
    near, beside = shapely.STRtree(gives).query(wants, predicate="dwithin", distance=furthest)
    found = []
    for a, b in zip(near.tolist(), beside.tolist(), strict=True):
        chance = _weigh(wanted[a], offers[b], of_wants[a], of_gives[b], streets, book, rules)
        if chance is not None:
            found.append(chance)
    return sorted(found, key=lambda c: (-c.saving.mid_eur, c.wanted, c.work))


def _shapes(shapes: Sequence[BaseGeometry]) -> np.ndarray:
    found = np.empty(len(shapes), np.object_)
    found[:] = shapes
    return found


def _opened(digs: np.ndarray, edges: np.ndarray) -> list[dict[int, float]]:
    """Return for each dig the edges that it opens with the share covered."""
    found = match_edges(digs, edges, within_m=MATCH_M)
    opened: list[dict[int, float]] = [{} for _ in range(len(digs))]
    for dig, edge, share in zip(found.digs.tolist(), found.edges.tolist(), found.shares.tolist(), strict=True):
        if share >= LEAST_SHARE:
            opened[dig][edge] = share
    return opened


def _weigh(
    wanted: Wanted,
    offer: Offer,
    wants: Mapping[int, float],
    gives: Mapping[int, float],
    streets: Streets,
    book: PriceBook,
    rules: Mapping[str, PartyRules],
) -> Chance | None:
    rule = rules.get(wanted.owner, PartyRules())
    if wanted.id == offer.id or wanted.owner == offer.party:
        return None
    if wanted.after_work_id is not None:
        if wanted.after_work_id != offer.id:
            return None
    elif not is_near_in_time(wanted, offer, rule):
        return None
    if shapely.distance(wanted.shape, offer.shape) > rule.within_m:
        return None
    lengths = {edge: float(streets.graph.shapes[edge].length) for edge in wants}
    common = {edge: lengths[edge] * min(share, gives[edge]) for edge, share in wants.items() if edge in gives}
    whole, metres = sum(lengths[edge] * share for edge, share in wants.items()), sum(common.values())
    least = (
        0.0 if wanted.id == FIBRE else rule.least_share * whole
    )  # all fibre of a town is one demand: every part of it counts
    if not metres or metres < least:
        return None
    saving = save_by_sharing(common, wanted.is_fibre, streets, book, (offer.depth_m, wanted.depth_m))
    if saving.high_eur <= 0:
        return None
    last_day = last_day_to_join(offer, rules.get(offer.party, PartyRules()))
    return Chance(wanted.id, offer.id, wanted.owner, round(metres, 1), saving, last_day)


def save_by_sharing(
    common_m: Mapping[int, float],
    is_fibre: bool,
    streets: Streets,
    book: PriceBook,
    depths_m: tuple[float | None, float | None] = (None, None),
) -> Saving:
    """
    Return what sharing saves over metres of street edges.

    A duct saves its own trench and costs the increment of the open one, and the rest of its depth where that is not
    deep enough; where its own trench is cheaper, it is dug alone. Of two pipes that share a trench, each of which would
    have had one of its own, the published share of the joint bill of civil works in town is saved, as far down as both
    go. Meeting and drawing together costs a fixed sum, once.

    Args:
        common_m: Metres that both open, by street edge.
        is_fibre: Whether it is a duct that joins.
        streets: The town's streets.
        book: Prices.
        depths_m: How deep the open trench goes, and how deep lies what joins; None where nobody said so.
    """
    by_surface: dict[Surface, float] = {}
    for edge, metres in common_m.items():
        surface = surface_of(streets.kinds[edge], streets.surfaces[edge])
        by_surface[surface] = by_surface.get(surface, 0.0) + metres
    sums, trenches = {}, {}
    for level, opposite in (
        (PriceLevel.LOW, PriceLevel.HIGH),
        (PriceLevel.MID, PriceLevel.MID),
        (PriceLevel.HIGH, PriceLevel.LOW),
    ):
        digging = {surface: book.price(f"trench.{surface.value}").at(level) for surface in by_surface}
        trench = sum(digging[surface] * metres for surface, metres in by_surface.items())
        trenches[level.value] = round(trench, 2)
        common = common_depth(book, opposite, *depths_m)
        if is_fibre:
            joining = joining_eur_per_m(book, opposite, common).eur
            gross = sum(max(0.0, digging[surface] - joining) * metres for surface, metres in by_surface.items())
        else:
            gross = 2 * trench * book.price("joint.saving_share_civil_urban").at(level) * common
        sums[level] = round(gross - book.price("joint.coordination_fixed").at(opposite), 2)
    basis = _rests_on(by_surface, is_fibre, book, common_depth(book, PriceLevel.MID, *depths_m))
    return Saving(sums[PriceLevel.LOW], sums[PriceLevel.MID], sums[PriceLevel.HIGH], basis, trenches)


def _rests_on(by_surface: Mapping[Surface, float], is_fibre: bool, book: PriceBook, common: float) -> dict[str, float]:
    """Return which share of the likely money rests on what; a share of trenches that are counted already adds none."""
    total = Total()
    total.add(book.price("joint.coordination_fixed"), 1, PriceLevel.MID)
    joining = joining_eur_per_m(book, PriceLevel.MID, common)
    for surface, metres in by_surface.items():
        trench = book.price(f"trench.{surface.value}")
        total.add(trench, metres, PriceLevel.MID)
        if is_fibre and joining.eur < trench.mid:
            total.add_all(joining, metres)
    return {basis.value: round(share, 4) for basis, share in sorted(total.shares().items())}


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
