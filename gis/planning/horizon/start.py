"""
Where the search for a plan begins: whether budgets can meet the deadlines at all, and trees on which first plans are
found.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gis.planning.horizon.problem import NEVER
from gis.planning.horizon.programme import HorizonProgramme
from gis.planning.limits import SearchLimits
from gis.planning.networks import Floats, Ints, make_network
from gis.planning.steiner.ascent import ascend
from gis.planning.steiner.reductions import Problem
from gis.planning.steiner.search import FoundTree, solve_steiner
from gis.planning.steiner.trees import grow_tree

_A_TINY_BIT = 1e-9  # EUR on each edge, so that of equal trees the one with fewer edges is grown
_ROUNDING = 1e-6  # as budgets are rounded
_SHARE_OF_TIME = 0.1  # for the proof of one deadline


@dataclass(frozen=True)
class Shortfall:
    """
    Joining the sites due by the end of `period` costs `least_eur` at least, more than the `given_eur` that may be paid
    by then.
    """

    period: int
    sites: int
    least_eur: float
    given_eur: float


def find_shortfall(parts: HorizonProgramme, limits: SearchLimits, *, seed: int) -> Shortfall | None:
    """
    Return the first deadline that no plan can meet within the budgets, or None if none is proven to be so.

    The proof is a tree over all sites due by then, each edge at its lowest price up to then: no plan pays less (dual
    ascent, and directed cuts where that leaves it open).
    """
    horizon = parts.horizon
    for period in _deadlines(parts):
        given = np.inf if horizon.budgets is None else float(horizon.budgets[: period + 1].sum())
        least = _least_bill(parts, period, given, limits, seed)
        if least == np.inf or least > given * (1 + _ROUNDING) + _ROUNDING:
            due = (horizon.deadlines != NEVER) & (horizon.deadlines <= period)
            return Shortfall(period, int(due.sum()), least, given)
    return None


def _deadlines(parts: HorizonProgramme) -> list[int]:
    return [int(d) for d in np.unique(parts.ground.deadlines) if d < parts.horizon.periods]


def _least_bill(parts: HorizonProgramme, period: int, enough: float, limits: SearchLimits, seed: int) -> float:
    """
    Return what joining all sites due by the end of a period costs at least, looking no further once `enough` is decided
    on.
    """
    ground, prices = parts.ground, cheapest_prices(parts, period)
    due = ground.goals[ground.deadlines <= period]
    usable = np.flatnonzero(np.isfinite(prices))
    prices, us, vs = prices[usable], ground.network.tails[2 * usable], ground.network.heads[2 * usable]
    network = make_network(ground.network.nodes, us, vs)
    bound, *_ = ascend(network, np.repeat(prices, 2), 0, due)
    if bound > enough or prices[grow_tree(network, prices, 0, due)].sum() <= enough:
        return bound
    problem = Problem(network.nodes, us, vs, prices, np.isin(np.arange(network.nodes), [0, *due]))
    search = SearchLimits(limits.until_share(_SHARE_OF_TIME), max(1.0, limits.rounds * _SHARE_OF_TIME))

    def look(found: FoundTree) -> None:
        if found.bound > enough or found.objective <= enough:
            search.until = -np.inf

    found = solve_steiner(problem, search, seed=seed, report=look)
    limits.work += search.work
    return max(bound, found.bound)


def first_trees(parts: HorizonProgramme) -> Iterator[Ints]:
    """
    Yield trees, as edges of the ground, that lead to all goals.

    First one that grows with the deadlines, to those due first at what digging costs by then and on to the next; then
    one grown to all at once.
    """
    ground, periods = parts.ground, parts.horizon.periods
    within = np.zeros(len(ground.edges), np.bool_)
    for period in [*_deadlines(parts), periods - 1]:
        goals = ground.goals[ground.deadlines <= period] if period < periods - 1 else ground.goals
        prices = np.where(within, 0.0, cheapest_prices(parts, period)) + _A_TINY_BIT
        within[grow_tree(ground.network, prices, 0, goals)] = True
    yield np.flatnonzero(within)
    yield grow_tree(ground.network, cheapest_prices(parts, periods - 1) + _A_TINY_BIT, 0, ground.goals)


def cheapest_prices(parts: HorizonProgramme, period: int) -> Floats:
    """
    Return what laying each edge costs at least up to the end of a period, in EUR; infinite where it cannot be laid by
    then.
    """
    columns = parts.columns
    by_then = columns.periods <= period
    prices = np.full(len(parts.ground.edges), np.inf)
    np.minimum.at(prices, columns.arcs[by_then] // 2, columns.prices[by_then])
    return prices
