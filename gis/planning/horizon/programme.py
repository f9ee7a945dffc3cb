"""
The planner's programme: which arc is laid when and at which price, when works start, and when goals are connected.

Directed cuts over arcs laid so far (Wong 1984; Koch and Martin 1998), here for every period. All roots are one node,
and sites at one node are one goal. Taking the latest edge out of a circle connects nothing later than before, so that
some best plan is a tree, each edge of which is laid once and leads away from the root in every period.
"""

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from gis.planning.horizon.bounds import TOO_DEAR, Cut, PeriodAscent, Window
from gis.planning.horizon.ground import ALONE, Ground, make_columns
from gis.planning.horizon.problem import Duct, DuctPlan, Horizon
from gis.planning.horizon.rules import Layout, money_rules, tree_rules, work_rules
from gis.planning.linear_program import ConstraintRows, Programme, Solution, stack_rows
from gis.planning.networks import Flags, Floats, Ints
from gis.planning.steiner.cuts import find_cuts

_VIOLATED = 1e-3
_WORTH_IT = 1e-3  # EUR
_EVALUATIONS = 100  # of the dual ascent, for the first bound


class HorizonProgramme:
    """The programme of a horizon, its cuts, and the way from its values to a plan."""

    def __init__(self, horizon: Horizon, ground: Ground, *, seed: int, start_cuts: int, core: int) -> None:
        self.horizon, self.ground, self._seed = horizon, ground, seed
        self.columns = make_columns(horizon, self.ground)
        columns, periods = self.columns, horizon.periods
        arcs = len(ground.network.heads)
        self._laid = [
            sp.csr_matrix((np.ones(len(which)), (columns.arcs[which], which)), shape=(arcs, columns.count))
            for which in (np.flatnonzero(columns.periods <= t) for t in range(periods))
        ]
        self.costs = self._costs()
        goals = columns.first_goal + np.arange(len(ground.goals) * periods).reshape(-1, periods)
        self.goal_columns = goals
        self.offset = -ground.earned_anyway + sum(
            horizon.discounts[w.starts[0]] * w.shifts[0] for w in horizon.works if len(w.starts) == 1
        )
        self.whole = np.ones(columns.count, np.bool_)
        self.whole[goals.ravel()] = False  # as large as whole capacities allow
        layout = Layout(horizon, ground, columns, goals, self._laid[-1])
        self._money = money_rules(layout)
        self.of_money = np.zeros(len(self._money.lower))  # duals of the last optimum, or of the ascent
        self.work_and_money = stack_rows([*work_rules(layout), self._money])
        self.rules = stack_rows([*tree_rules(layout), self.work_and_money])
        self._by_column = sp.csc_matrix(self.rules.matrix)
        self._ascent = PeriodAscent(horizon, ground, columns, self._money)
        self._least_shifts = float(self.costs @ self.nothing())
        self._never = np.zeros(columns.count, np.bool_)  # columns that no better plan can hold
        self.set_window(self._ascent.free())
        self._cuts: list[Cut] = []
        self._programme: Programme | None = None
        self._columns_in: Ints = np.zeros(0, np.int64)
        self._rules_in: Ints = np.zeros(0, np.int64)
        self.missing = np.zeros(len(ground.edges), np.bool_)  # inactive edges that the last optimum would use
        self._begin(start_cuts, core)

    def _begin(self, start_cuts: int, core: int) -> None:
        """Find a first bound, with the cuts that the linear programme begins with."""
        _, self.of_money = self._ascent.raise_prices(self.costs, self.of_money, self.window, _EVALUATIONS)
        first = self._ascent.at(self.costs, self.of_money, self.window, keep_cuts=start_cuts, ways=True)
        self.bound = first.bound + self._least_shifts
        self._nearest = np.argsort(first.off, kind="stable")  # edges of the ground
        self.active = np.zeros(len(first.off), np.bool_)
        self.active[self._nearest[:core]] = True
        self._load()
        self.add(first.cuts)

    def set_window(self, window: Window) -> None:
        """Let goals be connected in these periods alone."""
        self.window = window
        periods = np.arange(self.horizon.periods)
        self.lower, self.upper = np.zeros(self.columns.count), np.where(self._never, 0.0, 1.0)
        self.lower[self.goal_columns[periods >= window.latest[:, None]]] = 1
        self.upper[self.goal_columns[periods < window.earliest[:, None]]] = 0

    def ascend(self, window: Window, evaluations: int) -> float:
        """Return a bound for a window by dual ascent, at prices of the budgets near those that were good last."""
        costs = np.where(self._never, TOO_DEAR, self.costs)
        bound, _ = self._ascent.raise_prices(costs, self.of_money, window, evaluations)
        return bound + self._least_shifts

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

    def _load(self) -> None:
        """
        Make the linear programme of the active edges' columns, which goes on from where the one before stood; of the
        rules, those that these columns could break.
        """
        before, columns, rows = self._programme, self._columns_in, self._rules_in
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
        if before:
            places = np.flatnonzero(np.isin(self._columns_in, columns))
            self._programme.go_on_from(before, places, np.flatnonzero(np.isin(self._rules_in, rows)))

    def push_bounds(self) -> None:
        """Let the programme know what `lower` and `upper` are now."""
        assert self._programme is not None
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

    def forget_slack(self, patience: int) -> None:
        """Drop cuts that have not been tight for so many rounds."""
        assert self._programme is not None
        kept = self._programme.forget_slack(patience)
        self._cuts = [self._cuts[k] for k in kept]

    def solve(self, until: float) -> Solution:
        """
        Solve the linear programme of the active columns; the bound and the reduced costs are those of the whole.

        An edge is laid once, so that columns outside cannot be worth more than the best of each edge; edges where that
        is more than nothing are `missing`.
        """
        assert self._programme is not None
        answer = self._programme.solve(until)
        if answer.values is None:
            return answer
        duals = self._programme.duals
        of_rules = np.zeros(len(self.rules.lower))
        of_rules[self._rules_in] = duals[: len(self._rules_in)]
        self.of_money = np.minimum(0.0, of_rules[len(of_rules) - len(self.of_money) :])
        reduced = self._reduced_costs(of_rules, duals[len(self._rules_in) :])
        is_outside = self.upper > 0
        is_outside[self._columns_in] = False
        outside = np.flatnonzero(is_outside)
        least = np.zeros(len(self.active))
        np.minimum.at(least, self.columns.arcs[outside] // 2, reduced[outside])
        self.missing = least < -_WORTH_IT
        bound = answer.bound + float(least.sum())
        return replace(answer, values=self._spread(answer.values), bound=bound, reduced=reduced)

    def _reduced_costs(self, of_rules: Floats, of_cuts: Floats) -> Floats:
        """Return what each column, active or not, costs after the duals of rules and cuts."""
        taken = np.zeros((len(self.ground.network.heads), self.horizon.periods))
        earned = np.zeros(self.goal_columns.shape)
        for cut, dual in zip(self._cuts, of_cuts.tolist(), strict=True):
            if dual:
                taken[cut.arcs, cut.period] += dual
                earned[cut.goal, cut.period] += dual
        taken = np.cumsum(taken[:, ::-1], axis=1)[:, ::-1]
        reduced: Floats = self.costs - of_rules @ self.rules.matrix
        reduced[: self.columns.first_goal] -= taken[self.columns.arcs, self.columns.periods]
        reduced[self.goal_columns] += earned
        return reduced

    def solve_integers(self, until: float, upper: Floats, known: Floats | None, nodes: int) -> Solution:
        """
        Solve in whole numbers over the active columns, with other bounds for this time, beginning with a plan that is
        known.
        """
        inside = self._columns_in
        assert self._programme is not None
        begin = None if known is None else known[inside]
        answer = self._programme.solve_integers(until, self.whole[inside], upper[inside], nodes=nodes, known=begin)
        return answer if answer.values is None else replace(answer, values=self._spread(answer.values))

    def _spread(self, values: Floats) -> Floats:
        every = np.zeros(self.columns.count)
        every[self._columns_in] = values
        return every

    def add(self, cuts: list[Cut]) -> None:
        """Add cuts to the programme."""
        assert self._programme is not None
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

    def forbid(self, columns: Flags) -> None:
        """Take columns out for good."""
        self._never |= columns
        self.upper[self._never] = 0
        self.push_bounds()

    def columns_on(self, edges: Flags) -> Flags:
        """Return which columns are left if only these edges of the ground may be laid."""
        kept = np.ones(self.columns.count, np.bool_)
        kept[: self.columns.first_goal] = edges[self.columns.arcs // 2]
        return kept


def _work(number: int) -> int | None:
    return None if number == ALONE else number
