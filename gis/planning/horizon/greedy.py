"""
A first plan at once: period by period, the site that earns most for each euro, as far as the budget reaches.

It needs no linear programme and nothing compiled, so that a slow machine has a plan soon, too. What is due by a
deadline is reserved in the budgets before anything else is laid.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from gis.planning.horizon.ground import ALONE, Ground
from gis.planning.horizon.problem import Duct, DuctPlan, Horizon
from gis.planning.networks import Flags, Floats, Ints

_NEXT_TO_NOTHING = 1e-9  # EUR for what is laid already, which a sparse graph cannot hold as 0
_CAUTIONS = (0.0, 0.8, 1.0, 1.3, np.inf)  # which share of what the deadlines seem to cost is kept; all: they come first
_ROUNDING = 1e-9


def nothing_laid(horizon: Horizon) -> DuctPlan:
    """Return the plan that lays nothing and lets each work start when that costs least."""
    return DuctPlan((), tuple(cheapest_starts(horizon)))


def cheapest_starts(horizon: Horizon) -> list[int]:
    """Return when each work starts if nobody asks it to move for a duct."""
    return [
        work.starts[int(np.argmin(np.array(work.shifts) * horizon.discounts[list(work.starts)]))]
        for work in horizon.works
    ]


def greedy_plans(horizon: Horizon, ground: Ground) -> Iterator[DuctPlan]:
    """
    Yield plans within the budgets that connect, period by period, what earns most for each euro.

    They differ in how much is kept for what is due; where deadlines cannot be kept in this way, a plan misses them.
    """
    starts = cheapest_starts(horizon)
    for caution in _CAUTIONS if (ground.deadlines < horizon.periods).any() else _CAUTIONS[:1]:
        laying = _Laying(horizon, ground, starts, caution)
        for period in range(horizon.periods) if caution == np.inf else ():
            laying.connect_due(period)
        for period in range(horizon.periods):
            laying.connect_due(period)
            laying.reckon(period)
            while laying.connect_best(period):
                pass
        yield laying.plan()


def prices_and_works(horizon: Horizon, ground: Ground, starts: list[int]) -> tuple[Floats, Ints]:
    """Return what laying each edge of the ground costs in each period if works start so, and with whom."""
    prices = horizon.own.copy()
    works = np.full(prices.shape, ALONE)
    opened = []
    for number, (work, start) in enumerate(zip(horizon.works, starts, strict=True)):
        for period in range(horizon.periods):
            if work.is_closed(start, period):
                prices[work.edges, period] = np.inf
            elif work.is_open(start, period):
                opened.append((number, period))
    for number, period in opened:
        work = horizon.works[number]
        cheaper = work.joints < prices[work.edges, period]
        prices[work.edges[cheaper], period] = work.joints[cheaper]
        works[work.edges[cheaper], period] = number
    return prices[ground.edges], works[ground.edges]


@dataclass
class _Laying:
    """What is laid so far, and the money that is left."""

    horizon: Horizon
    ground: Ground
    starts: list[int]
    caution: float
    when: Ints = field(init=False)  # period of each edge, T where it is not laid

    def __post_init__(self) -> None:
        horizon, ground = self.horizon, self.ground
        self.prices, self.works = prices_and_works(horizon, ground, self.starts)
        self.when = np.full(len(ground.edges), horizon.periods)
        self.left = np.full(horizon.periods, np.inf)  # what may still be paid up to (or in) each period
        if horizon.budgets is not None:
            self.left = np.cumsum(horizon.budgets) if horizon.carry_over else horizon.budgets.copy()
        earned = (ground.prizes * horizon.discounts)[:, ::-1]
        self.worth = np.cumsum(earned, axis=1)[:, ::-1]  # of a goal, from a period on
        self.open = np.ones(len(ground.goals), np.bool_)
        self.reserves: dict[int, float] = {}

    def reckon(self, period: int) -> None:
        """Reckon from a period on what must be kept for each deadline."""
        due = self.ground.deadlines[self.open & (self.ground.deadlines < self.horizon.periods)]
        self.reserves = {int(d): self._reserve(period, int(d)) for d in np.unique(due)}

    def _room(self) -> Floats:
        """Return what may be paid in each period."""
        return np.minimum.accumulate(self.left[::-1])[::-1] if self.horizon.carry_over else self.left

    def _cheapest(self, period: int) -> tuple[Floats, Ints]:
        """Return what each edge costs at its cheapest up to a period, as far as there is money, and when that is."""
        prices = self.prices[:, : period + 1].copy()
        prices[prices > self._room()[: period + 1] + _ROUNDING] = np.inf
        at = period - np.argmin(prices[:, ::-1], axis=1)  # of equal prices the latest
        least = np.take_along_axis(prices, at[:, None], 1)[:, 0]
        least[self.when <= period] = _NEXT_TO_NOTHING
        return np.maximum(least, _NEXT_TO_NOTHING), at

    def _ways(self, prices: Floats) -> tuple[Floats, Ints]:
        network = self.ground.network
        rows = (prices[network.arcs_out // 2], network.heads[network.arcs_out], network.first_out)
        each = sp.csr_matrix(rows, shape=(network.nodes, network.nodes))
        far, before = dijkstra(each, indices=0, return_predecessors=True)
        return far, before

    def _path(self, prices: Floats, before: Ints, node: int) -> list[int]:
        """Return the edges on the way to a node that are not laid yet."""
        network, edges = self.ground.network, []
        while node != 0:
            arcs = network.arcs_in[network.first_in[node] : network.first_in[node + 1]]
            arcs = arcs[network.tails[arcs] == before[node]]
            edges.append(int(arcs[np.argmin(prices[arcs // 2])]) // 2)
            node = int(before[node])
        return [e for e in edges if prices[e] > _NEXT_TO_NOTHING or self.when[e] == self.horizon.periods]

    def _reserve(self, period: int, deadline: int) -> float:
        """Return what connecting all that is due by a deadline costs from a period on, one after the other."""
        due = self.open & (self.ground.deadlines <= deadline)
        prices = np.where(self.when <= deadline, 0, self.prices[:, period : deadline + 1].min(axis=1))
        prices = np.maximum(prices, _NEXT_TO_NOTHING)
        spent = 0.0
        while due.any():
            far, before = self._ways(prices)
            nearest = np.flatnonzero(due)[np.argmin(far[self.ground.goals[due]])]
            if not np.isfinite(far[self.ground.goals[nearest]]):
                return np.inf
            spent += far[self.ground.goals[nearest]]
            prices[self._path(prices, before, int(self.ground.goals[nearest]))] = _NEXT_TO_NOTHING
            due[nearest] = False
        return spent

    def connect_due(self, period: int) -> None:
        """Connect what must be connected by the end of a period, the nearest first."""
        while (due := self.open & (self.ground.deadlines <= period)).any():
            prices, at = self._cheapest(period)
            far, before = self._ways(prices)
            nearest = np.flatnonzero(due)[np.argmin(far[self.ground.goals[due]])]
            if not self._lay(int(nearest), period, prices, at, before):
                self.open[nearest] = False  # it misses its deadline

    def connect_best(self, period: int) -> bool:
        """Connect the goal that earns most for each euro, if one pays and the money suffices; return whether."""
        prices, at = self._cheapest(period)
        far, before = self._ways(prices)
        cost = far[self.ground.goals]
        pays = self.open & (self.worth[:, period] > self.horizon.discounts[period] * cost)
        pays &= cost <= self._room()[period] + len(prices) * _NEXT_TO_NOTHING
        goals = np.flatnonzero(pays)
        for goal in goals[np.argsort(-self.worth[goals, period] / np.maximum(cost[goals], 1e-6), kind="stable")]:
            if self._is_affordable(int(goal), period, float(cost[goal])) and self._lay(
                int(goal), period, prices, at, before
            ):
                return True
        return False

    def _is_affordable(self, goal: int, period: int, cost: float) -> bool:
        """Whether what is due later can still be paid if a goal is connected now."""
        if not self.horizon.carry_over or not self.reserves or self.caution in (0.0, np.inf):
            return True
        if self._keeps(goal, cost):
            return True
        self.reckon(period)
        return self._keeps(goal, cost)

    def _keeps(self, goal: int, cost: float) -> bool:
        """Whether there is enough for each deadline after so much more is paid, for a goal that may itself be due."""
        return all(
            cost + self.caution * kept <= self.left[deadline] + _ROUNDING
            for deadline, kept in self.reserves.items()
            if self.ground.deadlines[goal] > deadline
        )

    def _lay(self, goal: int, period: int, prices: Floats, at: Ints, before: Ints) -> bool:
        """Lay the way to a goal, each edge when it is cheapest, or all of it in this period; return whether it can."""
        node = int(self.ground.goals[goal])
        if before[node] < 0 and node != 0:
            return False
        edges = np.array(self._path(prices, before, node), np.int64)
        for when in (at[edges], np.full(len(edges), period)):
            paid = np.zeros(self.horizon.periods)
            np.add.at(paid, when, self.prices[edges, when])
            left = self.left - (np.cumsum(paid) if self.horizon.carry_over else paid)
            if (left >= -_ROUNDING * np.maximum(1, np.abs(self.left))).all():
                self.left, self.when[edges] = left, when
                self._mark(before, period)
                self.open[goal] = False
                return True
        return False

    def _mark(self, before: Ints, period: int) -> None:
        """Note which goals are connected now."""
        prices = np.where(self.when <= period, _NEXT_TO_NOTHING, np.inf)
        far, _ = self._ways(prices)
        reached: Flags = np.isfinite(far[self.ground.goals])
        self.open &= ~reached

    def plan(self) -> DuctPlan:
        """Return what is laid as a plan."""
        laid = np.flatnonzero(self.when < self.horizon.periods)
        works = self.works[laid, self.when[laid]]
        edges = self.ground.edges[laid]
        return DuctPlan(
            tuple(
                Duct(int(e), int(t), None if w == ALONE else int(w))
                for e, t, w in zip(edges, self.when[laid], works, strict=True)
            ),
            tuple(self.starts),
        )
