"""
A bound for all periods at once, by dual ascent, without a linear programme.

A cut for a goal by the end of a period takes from every way of laying up to then, so that the last period comes first:
what it takes counts for all. A goal that need not be connected has a way around, which costs what it could earn; it
leads to a copy of the goal that nobody passes through, so that one goal's way around is no other's. What a goal has
earned up to a period is the most that its cuts up to then may take together.

Budgets come in by prices (Lagrange): a euro paid in a period costs more where money is short, and the budgets are paid
for at these prices. Any prices give a bound; those that give a good one are looked for period by period.
"""

from dataclasses import dataclass

import numpy as np

from gis.planning.horizon.ground import Columns, Ground
from gis.planning.horizon.problem import Horizon
from gis.planning.linear_program import ConstraintRows
from gis.planning.networks import Floats, Ints, make_network
from gis.planning.steiner.ascent import ascend, through_costs

TOO_DEAR = 1e12  # EUR, for what cannot be laid
_STEP = 0.3  # of a budget's price at first
_FINE = 0.02  # the last step


@dataclass(frozen=True)
class Cut:
    """At least as much of these arcs is laid up to a period as the goal is connected in it."""

    goal: int
    period: int
    arcs: Ints


@dataclass(frozen=True)
class Window:
    """In which periods goals may first be connected: not before `earliest`, and by the end of `latest` (T: never)."""

    earliest: Ints
    latest: Ints


@dataclass(frozen=True)
class PeriodBound:
    """A bound, what gave it, and how far each edge is off the way to any goal."""

    bound: float
    cuts: list[Cut]
    off: Floats


class PeriodAscent:
    """The dual ascent over the periods of one horizon, at changing prices and windows."""

    def __init__(self, horizon: Horizon, ground: Ground, columns: Columns, money: ConstraintRows) -> None:
        self.horizon, self.ground, self.columns, self.money = horizon, ground, columns, money
        network, goals = ground.network, len(ground.goals)
        self.copies = network.nodes + np.arange(goals)
        self.wide = make_network(
            network.nodes + goals,
            np.concatenate([network.tails[::2], np.zeros(goals, np.int64), ground.goals]),
            np.concatenate([network.heads[::2], self.copies, self.copies]),
        )
        self.prizes = ground.prizes * horizon.discounts

    def free(self) -> Window:
        """Return windows that the deadlines alone close."""
        return Window(np.zeros(len(self.ground.goals), np.int64), self.ground.deadlines)

    def raise_prices(self, costs: Floats, paid: Floats, window: Window, evaluations: int) -> tuple[float, Floats]:
        """
        Return a bound and the prices of the budgets (0 or less) that give it, beginning with those given.

        Costs are those of the columns. One price after the other moves up or down, by steps that shrink.
        """
        best, prices = self.at(costs, paid, window).bound, paid.copy()
        steps = np.full(len(prices), _STEP)
        while evaluations > 0 and len(prices) and steps.max() > _FINE:
            for k in range(len(prices)):
                steps[k] *= 0.5
                for step in (-2 * steps[k], 2 * steps[k]):
                    moved = prices.copy()
                    moved[k] = min(0.0, moved[k] + step)
                    if moved[k] == prices[k]:
                        continue
                    evaluations -= 1
                    bound = self.at(costs, moved, window).bound
                    if bound > best:
                        best, prices, steps[k] = bound, moved, 3 * steps[k]
                        break
        return best, prices

    def at(self, costs: Floats, paid: Floats, window: Window, *, keep_cuts: int = 0, ways: bool = False) -> PeriodBound:
        """
        Return the bound at such prices of the budgets, without what is earned or paid anyway.

        Args:
            costs: Of the columns, of which those of laying count.
            paid: Price of each budget, 0 or less.
            window: When goals may be connected.
            keep_cuts: Return at most so many cuts a period.
            ways: Whether to tell how far edges are off the way.
        """
        left = self._by_period(costs - paid @ self.money.matrix if len(paid) else costs)
        earns = np.where(np.arange(self.horizon.periods) >= window.earliest[:, None], self.prizes, 0.0)
        room = np.cumsum(earns, axis=1)
        room[np.arange(self.horizon.periods) >= window.latest[:, None]] = TOO_DEAR
        bound = float(np.minimum(paid, 0) @ self.money.upper) - float(earns.sum()) if len(paid) else -float(earns.sum())
        cuts: list[Cut] = []
        off = np.full(len(self.ground.edges), np.inf)
        arcs = len(self.ground.network.heads)
        for period in reversed(range(self.horizon.periods)):
            around = np.minimum(room[:, period:].min(axis=1), TOO_DEAR)
            around[window.earliest > period] = 0
            mine = np.flatnonzero(around > 0)
            if not len(mine):
                continue
            prices = left[:, : period + 1].min(axis=1)
            raised, reduced, found, grown_by = ascend(
                self.wide, self._with_ways_around(prices, around), 0, self.copies[mine], keep_cuts=keep_cuts
            )
            bound += raised
            room[:, period:] -= (around - reduced[arcs : arcs + 2 * len(around) : 2])[:, None]
            left[:, : period + 1] -= (prices - reduced[:arcs])[:, None]
            cuts += [
                Cut(int(node) - self.ground.network.nodes, period, np.sort(cut[cut < arcs]))
                for cut, node in zip(found, grown_by, strict=True)
            ]
            if ways:
                through = through_costs(self.wide, reduced, 0, self.copies[mine])[:arcs]
                off = np.minimum(off, through.reshape(-1, 2).min(axis=1))
        return PeriodBound(bound, cuts, off)

    def _with_ways_around(self, prices: Floats, around: Floats) -> Floats:
        """Return the costs of all arcs: streets, ways around to the copies, and from goals to their copies."""
        never = np.full(len(around), 1e3 * TOO_DEAR)
        return np.concatenate(
            [
                prices,
                np.column_stack([around, never]).ravel(),
                np.column_stack([np.zeros(len(around)), never]).ravel(),
            ]
        )

    def _by_period(self, costs: Floats) -> Floats:
        """Return what each arc costs at least in each period, of shape (arcs, T); 1e12 where it cannot be laid."""
        columns = self.columns
        prices = np.full((len(self.ground.network.heads), self.horizon.periods), TOO_DEAR)
        np.minimum.at(prices, (columns.arcs, columns.periods), costs[: columns.first_goal])
        return prices
