"""
The planner's programme: which arc is laid when and at which price, when works start, and when goals are connected.

Directed cuts over arcs laid so far (Wong 1984; Koch and Martin 1998), here for every period. All roots are one node,
and sites at one node are one goal. Taking the latest edge out of a circle connects nothing later than before, so that
some best plan is a tree, each edge of which is laid once and leads away from the root in every period.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from gis.planning.horizon.ground import ALONE, make_columns, make_ground
from gis.planning.horizon.problem import Duct, DuctPlan, Horizon
from gis.planning.linear_program import ConstraintRows, Programme, Solution, stack_rows
from gis.planning.networks import Flags, Floats, Ints, make_network
from gis.planning.steiner.ascent import ascend, through_costs
from gis.planning.steiner.cuts import find_cuts

_VIOLATED = 1e-3
_TOO_DEAR = 1e12  # EUR, for what cannot be laid


@dataclass(frozen=True)
class Cut:
    """At least as much of these arcs is laid up to a period as the goal is connected in it."""

    goal: int
    period: int
    arcs: Ints


class HorizonProgramme:
    """The programme of a horizon, its cuts, and the way from its values to a plan."""

    def __init__(self, horizon: Horizon, *, seed: int, start_cuts: int, core: int) -> None:
        self.horizon, self._seed = horizon, seed
        self.ground = make_ground(horizon)
        self.columns = make_columns(horizon, self.ground)
        columns, ground, periods = self.columns, self.ground, horizon.periods
        arcs = len(ground.network.heads)
        self._laid = [
            sp.csr_matrix((np.ones(len(which)), (columns.arcs[which], which)), shape=(arcs, columns.count))
            for which in (np.flatnonzero(columns.periods <= t) for t in range(periods))
        ]
        self.costs = self._costs()
        self.lower, self.upper = np.zeros(columns.count), np.ones(columns.count)
        goals = columns.first_goal + np.arange(len(ground.goals) * periods).reshape(-1, periods)
        self.goal_columns = goals
        self.lower[goals[np.arange(periods) >= ground.deadlines[:, None]]] = 1
        self.offset = -ground.earned_anyway + sum(
            horizon.discounts[w.starts[0]] * w.shifts[0] for w in horizon.works if len(w.starts) == 1
        )
        self.whole = np.ones(columns.count, np.bool_)
        self.whole[goals.ravel()] = False  # as large as whole capacities allow
        self._money = stack_rows(self._money_rules(), columns.count)
        self._of_money = np.zeros(len(self._money.lower))  # duals of the last optimum
        self.work_and_money = stack_rows([*self._work_rules(), self._money])
        self.rules = stack_rows([*self._tree_rules(), self.work_and_money])
        self._by_column = sp.csc_matrix(self.rules.matrix)
        self._cuts: list[Cut] = []
        self.bound, cuts, off = self._ascend(self.costs, start_cuts)
        self._nearest = np.argsort(off, kind="stable")  # edges of the ground
        self.active = np.zeros(len(off), np.bool_)
        self.active[self._nearest[:core]] = True
        self._load()
        self.add(cuts)

    def _costs(self) -> Floats:
        columns, horizon = self.columns, self.horizon
        shifts = [
            horizon.works[w].shifts[horizon.works[w].starts.index(s)]
            for w, s in zip(columns.start_works, columns.start_periods, strict=True)
        ]
        return np.concatenate(
            [
                columns.prices * horizon.discounts[columns.periods],
                -(self.ground.prizes * horizon.discounts).ravel(),
                np.array(shifts, np.float64) * horizon.discounts[columns.start_periods],
            ]
        )

    def _tree_rules(self) -> list[ConstraintRows]:
        """
        Return: an edge is laid once; nodes are entered once at most, goals as connected; nothing begins or ends
        nowhere.
        """
        columns, ground, network = self.columns, self.ground, self.ground.network
        arcs, count, last = len(network.heads), columns.count, self._laid[-1]
        ones = np.ones(arcs)
        each = np.arange(arcs)
        into = sp.csr_matrix((ones, (network.heads, each)), shape=(network.nodes, arcs))
        out = sp.csr_matrix((ones, (network.tails, each)), shape=(network.nodes, arcs))
        goal_last = sp.csr_matrix(
            (np.ones(len(ground.goals)), (np.arange(len(ground.goals)), self.goal_columns[:, -1])),
            shape=(len(ground.goals), count),
        )
        pairs = sp.csr_matrix((ones, (each // 2, each)), shape=(arcs // 2, arcs))
        others = np.setdiff1d(np.arange(1, network.nodes), ground.goals)
        onward = np.flatnonzero((network.tails != 0) & (network.heads != 0))
        pick = sp.csr_matrix((np.ones(len(onward)), (np.arange(len(onward)), onward)), shape=(len(onward), arcs))
        back = sp.csr_matrix((np.ones(len(onward)), (np.arange(len(onward)), onward ^ 1)), shape=(len(onward), arcs))
        earlier = self.goal_columns[:, :-1].ravel()
        later = self.goal_columns[:, 1:].ravel()
        steps = np.arange(len(earlier))
        growing = sp.csr_matrix((np.ones(len(steps)), (steps, later)), shape=(len(steps), count)) - sp.csr_matrix(
            (np.ones(len(steps)), (steps, earlier)), shape=(len(steps), count)
        )
        return [
            ConstraintRows.at_most(1, pairs @ last),
            ConstraintRows.equal(0, into[ground.goals] @ last - goal_last),
            ConstraintRows.at_most(1, into[others] @ last),
            ConstraintRows.at_least(0, (out[others] - into[others]) @ last),
            ConstraintRows.at_least(0, (into[network.tails[onward]] - back - pick) @ last),
            ConstraintRows.at_least(0, growing),
        ]

    def _work_rules(self) -> list[ConstraintRows]:
        """Return: a work starts once; joint laying needs it open; laying alone needs it not closed."""
        columns, horizon = self.columns, self.horizon
        rows: list[ConstraintRows] = []
        for w, work in enumerate(horizon.works):
            starts = np.flatnonzero(columns.start_works == w)
            if not len(starts):
                continue
            periods = columns.start_periods[starts]
            rows.append(ConstraintRows.equal(1, _row(columns.count, columns.first_start + starts)))
            for e in np.flatnonzero(np.isin(self.ground.edges, work.edges)):
                here = np.flatnonzero(columns.arcs // 2 == e)
                for t in range(horizon.periods):
                    now = here[columns.periods[here] == t]
                    joint, alone = now[columns.works[now] == w], now[columns.works[now] == ALONE]
                    is_open = np.array([work.is_open(s, t) for s in periods])
                    is_closed = np.array([work.is_closed(s, t) for s in periods])
                    if len(joint):
                        rows.append(
                            ConstraintRows.at_most(
                                0,
                                _row(columns.count, joint) - _row(columns.count, columns.first_start + starts[is_open]),
                            )
                        )
                    if len(alone) and is_closed.any():
                        rows.append(
                            ConstraintRows.at_most(
                                1,
                                _row(columns.count, alone)
                                + _row(columns.count, columns.first_start + starts[is_closed]),
                            )
                        )
        return rows

    def _money_rules(self) -> list[ConstraintRows]:
        columns, horizon = self.columns, self.horizon
        if horizon.budgets is None:
            return []
        rows = []
        for t in range(horizon.periods):
            which = np.flatnonzero(columns.periods <= t if horizon.carry_over else columns.periods == t)
            given = float(horizon.budgets[: t + 1].sum() if horizon.carry_over else horizon.budgets[t])
            rows.append(ConstraintRows.at_most(given, _row(columns.count, which, columns.prices[which])))
        return rows

    def _ascend(self, costs: Floats, most: int) -> tuple[float, list[Cut], Floats]:
        """
        Return a bound, cuts to begin with, at most so many a period, and how far each edge is off the way to any goal.

        Dual ascent period by period over what the cuts before have left of each period's prices; a cut for a period
        takes from all periods up to it. A goal that need not be connected yet has a way around, which costs what it
        earns in the period and what the periods before have left of theirs.
        """
        ground, periods = self.ground, self.horizon.periods
        network, number = ground.network, {int(node): g for g, node in enumerate(ground.goals)}
        left = self._prices_by_period(costs)
        prizes = ground.prizes * self.horizon.discounts
        bound = float(self.costs @ self.nothing() - prizes.sum())
        found: list[Cut] = []
        off = np.full(len(ground.edges), np.inf)
        over = np.zeros(len(ground.goals))
        for t in range(periods):
            mine = np.flatnonzero(ground.deadlines >= t)
            if not len(mine):
                break
            free = mine[ground.deadlines[mine] > t]
            wider = make_network(
                network.nodes,
                np.concatenate([network.tails[::2], np.zeros(len(free), np.int64)]),
                np.concatenate([network.heads[::2], ground.goals[free]]),
            )
            prices = left[:, : t + 1].min(axis=1)
            around = prizes[free, t] + over[free]
            raised, reduced, cuts, grown_by = ascend(
                wider, np.concatenate([prices, np.repeat(around, 2)]), 0, ground.goals[mine], keep_cuts=most
            )
            bound += raised
            over[free] = reduced[len(prices) :: 2]
            reduced = reduced[: len(prices)]
            found += [
                Cut(number[int(node)], t, np.sort(cut[cut < len(prices)]))
                for cut, node in zip(cuts, grown_by, strict=True)
            ]
            left[:, : t + 1] -= (prices - reduced)[:, None]
            through = through_costs(network, reduced, 0, ground.goals[mine])
            off = np.minimum(off, through.reshape(-1, 2).min(axis=1))
        return bound, found, off

    def _prices_by_period(self, costs: Floats) -> Floats:
        """
        Return what each arc costs at least in each period, discounted, of shape (arcs, T); 1e12 where it cannot be
        laid.
        """
        columns = self.columns
        prices = np.full((len(self.ground.network.heads), self.horizon.periods), _TOO_DEAR)
        np.minimum.at(prices, (columns.arcs, columns.periods), costs[: columns.first_goal])
        return prices

    def _load(self) -> None:
        """
        Make the linear programme of the active edges' columns; of the rules, those that these
        columns could break.
        """
        self._columns_in = np.flatnonzero(self.columns_on(self.active))
        matrix = sp.csr_matrix(self._by_column[:, self._columns_in])
        least = np.asarray(matrix.minimum(0).sum(axis=1)).ravel()
        most = np.asarray(matrix.maximum(0).sum(axis=1)).ravel()
        self._rules_in = np.flatnonzero((least < self.rules.lower) | (most > self.rules.upper))
        rules = ConstraintRows(
            self.rules.lower[self._rules_in], self.rules.upper[self._rules_in], matrix[self._rules_in]
        )
        self._programme = Programme(self.costs[self._columns_in], self.upper[self._columns_in], rules, seed=self._seed)
        self._programme.add(self._rows_of(self._cuts))
        self.push_bounds()

    def push_bounds(self) -> None:
        """Let the programme know what `lower` and `upper` are now."""
        self._programme.set_bounds(self.lower[self._columns_in], self.upper[self._columns_in])

    def widen(self, edges: Flags) -> None:
        """Let these edges of the ground be active as well."""
        if (edges & ~self.active).any():
            self.active |= edges
            self._load()

    def widen_by_half(self) -> None:
        """Let half as many edges again be active, those next to the way first."""
        outside = self._nearest[~self.active[self._nearest]]
        more = np.zeros(len(self.active), np.bool_)
        more[outside[: int(self.active.sum()) // 2 + 1]] = True
        self.widen(more)

    def bound_everywhere(self) -> float:
        """
        Return a bound that holds for all columns, active or not.

        A dual ascent at prices that rise by what the budgets' duals make of them (Lagrange), less what those duals are
        paid for.
        """
        paid = np.minimum(0.0, self._of_money)
        bound, _, _ = self._ascend(self.costs - paid @ self._money.matrix, 0)
        return max(self.bound, bound + float(paid @ self._money.upper))

    def forget_slack(self, patience: int) -> None:
        """Drop cuts that have not been tight for so many rounds."""
        kept = self._programme.forget_slack(patience)
        self._cuts = [self._cuts[k] for k in kept]

    def solve(self, until: float) -> Solution:
        """Solve the linear programme of the active columns; it bounds and prices the whole once all are."""
        answer = self._programme.solve(until)
        if answer.values is None:
            return answer
        duals = np.zeros(len(self.rules.lower))
        duals[self._rules_in] = self._programme.duals[: len(self._rules_in)]
        self._of_money = duals[len(duals) - len(self._of_money) :]
        if self.active.all():
            return answer
        return replace(answer, values=self._spread(answer.values), bound=-np.inf, reduced=None)

    def solve_integers(self, until: float, upper: Floats, known: Floats | None, nodes: int) -> Solution:
        """
        Solve in whole numbers over the active columns, with other bounds for this time, beginning with a plan that is
        known.
        """
        inside = self._columns_in
        begin = None if known is None else known[inside]
        answer = self._programme.solve_integers(until, self.whole[inside], upper[inside], nodes=nodes, known=begin)
        return answer if answer.values is None else replace(answer, values=self._spread(answer.values))

    def _spread(self, values: Floats) -> Floats:
        every = np.zeros(self.columns.count)
        every[self._columns_in] = values
        return every

    def add(self, cuts: list[Cut]) -> None:
        """Add cuts to the programme."""
        self._cuts += cuts
        self._programme.add(self._rows_of(cuts))

    def _rows_of(self, cuts: list[Cut]) -> ConstraintRows:
        """Return the rows of cuts over the active columns, in their order."""
        order = np.argsort([cut.period for cut in cuts], kind="stable")
        rows = []
        for t in range(self.horizon.periods):
            now = [cuts[k] for k in order if cuts[k].period == t]
            sizes = np.cumsum([0, *(len(cut.arcs) for cut in now)])
            flat = np.concatenate([np.empty(0, np.int64), *(cut.arcs for cut in now)])
            arcs = sp.csr_matrix((np.ones(len(flat)), flat, sizes), shape=(len(now), len(self.ground.network.heads)))
            goals = sp.csr_matrix(
                (np.ones(len(now)), (np.arange(len(now)), self.goal_columns[[cut.goal for cut in now], t])),
                shape=(len(now), self.columns.count),
            )
            rows.append(ConstraintRows.at_least(0, (arcs @ self._laid[t] - goals)[:, self._columns_in]))
        stacked = stack_rows(rows)
        return ConstraintRows(stacked.lower, stacked.upper, stacked.matrix[np.argsort(order)])

    def separate(self, values: Floats, most: int) -> list[Cut]:
        """
        Return cuts that the values violate, for each goal and period, and for other periods that the same arcs cut as
        well.
        """
        found: dict[tuple[int, int, bytes], Cut] = {}
        capacities = [np.clip(laid @ values, 0, 1) for laid in self._laid]
        wanted = values[self.goal_columns]
        for g, node in enumerate(self.ground.goals.tolist()):
            for t in reversed(range(self.horizon.periods)):
                if wanted[g, t] <= _VIOLATED:
                    break
                for arcs in find_cuts(self.ground.network, capacities[t], 0, node, float(wanted[g, t]), most=most):
                    ordered = np.sort(arcs)
                    for s in range(self.horizon.periods):
                        if s == t or capacities[s][ordered].sum() < wanted[g, s] - _VIOLATED:
                            found.setdefault((g, s, ordered.tobytes()), Cut(g, s, ordered))
        return list(found.values())

    def plan_of(self, values: Floats) -> DuctPlan:
        """Return the plan that whole values stand for, connected or not."""
        columns = self.columns
        laid = np.flatnonzero(values[: columns.first_goal] > 0.5)
        ducts = tuple(
            Duct(int(self.ground.edges[columns.arcs[k] // 2]), int(columns.periods[k]), _work(int(columns.works[k])))
            for k in laid
        )
        starts = [work.starts[0] for work in self.horizon.works]
        for k in np.flatnonzero(values[columns.first_start :] > 0.5):
            starts[columns.start_works[k]] = int(columns.start_periods[k])
        return DuctPlan(ducts, tuple(starts))

    def nothing(self) -> Floats:
        """Return the values of the plan that lays nothing and lets each work start when that costs least."""
        values = np.zeros(self.columns.count)
        shifts = self.costs[self.columns.first_start :]
        for w in np.unique(self.columns.start_works):
            mine = np.flatnonzero(self.columns.start_works == w)
            values[self.columns.first_start + mine[np.argmin(shifts[mine])]] = 1
        return values

    def edges_of(self, values: Floats) -> Floats:
        """Return how much of each edge of the ground is laid in the end."""
        return np.asarray(self._laid[-1] @ values).reshape(-1, 2).sum(axis=1)

    def columns_on(self, edges: Flags) -> Flags:
        """Return which columns are left if only these edges of the ground may be laid."""
        kept = np.ones(self.columns.count, np.bool_)
        kept[: self.columns.first_goal] = edges[self.columns.arcs // 2]
        return kept


def _work(number: int) -> int | None:
    return None if number == ALONE else number


def _row(count: int, places: Ints, values: Floats | None = None) -> sp.csr_matrix:
    ones = np.ones(len(places)) if values is None else values
    return sp.csr_matrix((ones, (np.zeros(len(places), np.int64), places)), shape=(1, count))
