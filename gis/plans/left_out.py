"""Why a plan connects no more: what each building left out would cost, what it would earn, and what stops it."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Any  # JSON documents

import numpy as np

from gis.planning import NEVER
from gis.plans.answers import PlanAnswer
from gis.plans.constraints import Built
from gis.plans.laid_ducts import connected_in
from gis.streets import Floats, Ints

Json = dict[str, Any]


class Limit(StrEnum):
    """What keeps a building out of a plan; `time` where nothing is known to, and the plan is not proven best."""

    NO_STREET = "no_street"
    CLOSED = "closed"
    BUDGET = "budget"
    DOES_NOT_PAY = "does_not_pay"
    TIME = "time"


def find_left_out(built: Built, answer: PlanAnswer, periods: Sequence[Json]) -> list[Json]:
    """
    Return the buildings that a plan does not connect, with what the cheapest way to each costs alone from what is laid
    then, and what it would earn from then on to the end, in the half-year where that is the best; EUR of the day.

    Each is looked at by itself: with a second one that shares its way it may pay all the same.
    """
    horizon = built.horizon
    lost = np.flatnonzero(connected_in(built, answer.build) == NEVER)
    if not len(lost):
        return []
    ways = np.array([_ways_eur(built, answer, t)[horizon.site_nodes[lost]] for t in range(horizon.periods)])
    reached = np.isfinite(_distances(built, _joined(built, answer, -1), np.ones(len(horizon.us))))
    return [
        _describe(built, answer, int(site), ways[:, k], bool(reached[horizon.site_nodes[site]]), periods)
        for k, site in enumerate(lost)
    ]


def _describe(
    built: Built, answer: PlanAnswer, site: int, ways: Floats, is_reached: bool, periods: Sequence[Json]
) -> Json:
    horizon = built.horizon
    later = horizon.prizes[site][::-1].cumsum()[::-1]
    worth = (horizon.prizes[site] * horizon.discounts)[::-1].cumsum()[::-1] - horizon.discounts * ways
    if not is_reached:
        limit, at = Limit.NO_STREET, None
    elif not np.isfinite(ways).any():
        limit, at = Limit.CLOSED, None
    else:
        pays = np.flatnonzero(worth > 0)
        affordable = [t for t in pays if ways[t] <= _free_eur(built, periods, int(t))]
        at = int(np.argmax(np.where(np.isfinite(ways), worth, -math.inf)))
        limit = _by_money(answer, pays=len(pays) > 0, affordable=len(affordable) > 0)
    return {
        "site": horizon.sites[site],
        "half_year": None if at is None else horizon.names[at],
        "cost_eur": None if at is None else round(float(ways[at]), 2),
        "earns_eur": None if at is None else round(float(later[at]), 2),
        "limit": limit.value,
    }


def _by_money(answer: PlanAnswer, *, pays: bool, affordable: bool) -> Limit:
    """Return what stops a building to which a way can be dug; of a plan proven best that is a closing, if not money."""
    if not pays:
        return Limit.DOES_NOT_PAY
    if not affordable:
        return Limit.BUDGET
    return Limit.CLOSED if answer.optimal else Limit.TIME


def _free_eur(built: Built, periods: Sequence[Json], period: int) -> float:
    """Return what may still be spent in a period without taking it from a later one."""
    if built.budgets is None:
        return math.inf
    left = [p["left_eur"] for p in periods]
    return float(min(left[period:]) if built.horizon.carry_over else left[period])


def _joined(built: Built, answer: PlanAnswer, period: int) -> Ints:
    """Return the edges that are laid by the end of a period."""
    return np.array([duct.edge for duct in answer.build if duct.period <= period], np.int64)


def _ways_eur(built: Built, answer: PlanAnswer, period: int) -> Floats:
    """Return what the cheapest way to each node costs alone in a period, what is laid by then being free."""
    return _distances(built, _joined(built, answer, period), built.horizon.own[:, period])


def _distances(built: Built, laid: Ints, prices: Floats) -> Floats:
    """Return the sum of prices to each node from the roots, laid edges being free."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    horizon = built.horizon
    prices = prices.copy()
    prices[laid] = 0.0
    usable = np.flatnonzero(np.isfinite(prices))
    order = usable[np.argsort(prices[usable], kind="stable")]
    low, high = np.minimum(horizon.us[order], horizon.vs[order]), np.maximum(horizon.us[order], horizon.vs[order])
    _, first = np.unique(low * horizon.nodes + high, return_index=True)  # of parallel edges the cheapest
    kept = order[first]
    tiny = 1e-9  # a weight of nothing would be no edge
    size = horizon.nodes + 1
    heads = np.concatenate([horizon.us[kept], np.full(len(horizon.roots), horizon.nodes)])
    tails = np.concatenate([horizon.vs[kept], horizon.roots])
    weights = np.concatenate([prices[kept], np.zeros(len(horizon.roots))]) + tiny
    graph = coo_matrix((weights, (heads, tails)), (size, size)).tocsr()
    return np.asarray(dijkstra(graph, directed=False, indices=horizon.nodes)[: horizon.nodes])
