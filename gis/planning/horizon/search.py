"""
The search for a plan over several periods, with a proof of how good it is.

A greedy plan comes first, then the best plans on trees. The linear programme of directed cuts gives the bound, split by
when goals are connected; plans come from trees where it digs and from whole-number programmes over the streets that it
uses.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gis.planning.horizon.beginning import begin, take_better
from gis.planning.horizon.branching import Node, OpenNodes, split
from gis.planning.horizon.found import FoundPlan, NoPlanError
from gis.planning.horizon.greedy import cheapest_starts
from gis.planning.horizon.ground import Ground
from gis.planning.horizon.orders import OrderSearch
from gis.planning.horizon.problem import NEVER, DuctPlan, Horizon
from gis.planning.horizon.programme import HorizonProgramme
from gis.planning.horizon.start import cheapest_prices, find_shortfall, first_trees
from gis.planning.horizon.tree import solve_on_tree
from gis.planning.limits import SearchLimits
from gis.planning.linear_program import Solution
from gis.planning.networks import Flags, Floats, Ints
from gis.planning.steiner.trees import grow_tree

__all__ = ["FoundPlan", "NoPlanError", "solve_horizon"]

_START_CUTS = 500  # a period
_CUTS_A_GOAL = 4
_PATIENCE = 1  # rounds after which a cut that is not tight is dropped
_CORE = 1_000  # edges that the linear programme begins with
_SHARE_OF_A_TREE = 0.08  # of the time left
_SHARE_OF_ORDERS = 0.1  # of the time left
_CHANGES = 150_000  # of an order at once, times edges
_FEW = 1_500  # columns that are left to HiGHS whole
_PRICES_TRIED = 12  # of budgets, for the dual ascent of a node


def solve_horizon(
    horizon: Horizon,
    limits: SearchLimits,
    *,
    seed: int,
    report: Callable[[FoundPlan], None],
    begun: tuple[Ground, FoundPlan] | None = None,
) -> FoundPlan:
    """
    Return the best plan found until the limits are reached, with its proof.

    Args:
        horizon: What is given.
        limits: When to stop.
        seed: Of what is left to chance.
        report: Is called with whatever is better than before.
        begun: What is known at once (see `begin`), where that was asked before.

    Raises:
        NoPlanError: a site with a deadline is out of reach, or no plan keeps deadlines and budgets.
    """
    return _Search(horizon, limits, seed, report, begun or begin(horizon, report)).run()


class _Search:
    def __init__(
        self,
        horizon: Horizon,
        limits: SearchLimits,
        seed: int,
        report: Callable[[FoundPlan], None],
        begun: tuple[Ground, FoundPlan],
    ) -> None:
        self.horizon, self.limits, self.seed, self.report = horizon, limits, seed, report
        self.ground, self.found = begun
        self.values: Floats | None = None  # of the best plan, where the programme can say it
        self.linear: Solution | None = None  # the last linear programme of all windows

    def run(self) -> FoundPlan:
        self.parts = HorizonProgramme(self.horizon, self.ground, seed=self.seed, start_cuts=_START_CUTS, core=_CORE)
        if self.found.plan is None:
            self._refuse_impossible()
        self._raise_bound(self.parts.bound + self.parts.offset)
        self.parts.widen(self._edges_of_plan())
        self._first_trees()
        self._branch()
        if self.found.plan is None and self.found.bound == np.inf:
            raise NoPlanError("No plan keeps all deadlines within the budgets: raise a budget or move a deadline.")
        return self.found

    def _refuse_impossible(self) -> None:
        """
        Raise NoPlanError with the reason where it is simple: no street leads to a site, or no tree to those due is
        cheap enough.
        """
        horizon = self.horizon
        missed = [s for s in self.parts.ground.unreached if horizon.deadlines[s] != NEVER]
        if missed:
            raise NoPlanError(
                f"No street leads from a root to site {horizon.sites[missed[0]]!r}, which has a deadline."
            )
        short = find_shortfall(self.parts, self.limits, seed=self.seed)
        if short is None:
            return
        due = f"what is due by the end of {horizon.names[short.period]} (sites: {short.sites})"
        if not np.isfinite(short.least_eur):
            raise NoPlanError(f"No plan keeps all deadlines: {due} cannot all be reached by then. Move a deadline.")
        raise NoPlanError(
            f"No plan keeps all deadlines within the budgets: joining {due} costs at least {short.least_eur:,.0f} EUR, "
            f"and {short.given_eur:,.0f} EUR may be paid by then. Raise a budget or move a deadline."
        )

    def _first_trees(self) -> None:
        """Take the best plans on trees to all sites, and on those of better and better orders."""
        if not len(self.ground.goals):
            self._take(self.parts.nothing())
            return
        self._better_orders()
        for tree in first_trees(self.parts):
            self._solve_on_tree(tree)
        self._better_orders()

    def _better_orders(self) -> None:
        """Change the order in which goals are connected, and when works start, in turn, as long as that helps."""
        until = self.limits.until_share(_SHARE_OF_ORDERS)
        while not self._is_done() and time.monotonic() < until:
            before = self.found.objective
            self._search_orders(until)
            if len(laid := np.flatnonzero(self._edges_of_plan())):
                self._solve_on_tree(laid)
            if self.found.plan is None or self.found.objective >= before - 1e-6 * abs(self.found.objective):
                return

    def _search_orders(self, until: float) -> None:
        """Improve the order of the goals while works start as in the best plan."""
        plan, worth = self.found.plan, self.found.worth
        search = OrderSearch(
            self.horizon,
            self.ground,
            cheapest_starts(self.horizon) if plan is None else list(plan.starts),
            self.seed + self.limits.work,
        )
        if worth is not None:
            connected = worth.connected[self.ground.goal_sites]
            search.begin_with(np.where(connected == NEVER, self.horizon.periods, connected))
        changes = int(np.clip(_CHANGES // len(self.ground.edges), 10, 200))
        idle = 0
        for warmth in itertools.cycle((1.0, 0.5, 0.1)):
            before = search.objective
            search.improve(changes, warmth)
            self.limits.work += 1
            idle = 0 if search.objective < before else idle + 1
            if search.objective < before and self.found.objective > search.objective - self.ground.earned_anyway:
                self._offer(search.plan())
            if idle == 3 or self._is_done() or time.monotonic() > until:
                return

    def _is_done(self) -> bool:
        return self.limits.is_over or self.found.is_optimal or self.found.bound == np.inf

    def _branch(self) -> None:
        """Look at open nodes, those with the lowest bound first, until none can hold a better plan."""
        nodes = OpenNodes(Node(self.found.bound, 0, self.parts.window))
        while nodes and not self._is_done():
            node = nodes.pop()
            self._look_at(node, nodes)
            self._raise_bound(min(node.bound, nodes.bound) if self._is_open else nodes.bound)

    def _look_at(self, node: Node, nodes: OpenNodes) -> None:
        """Raise a node's bound, and split it, solve it whole, or find that it holds no better plan."""
        parts = self.parts
        self._is_open = True
        parts.set_window(node.window)
        answer = self._solve_linear(node, is_root=node.number == 0)
        if self._is_done() or (answer is None and node.bound < self._cutoff()):
            return
        self._is_open = False
        if answer is None or node.bound >= self._cutoff():
            return
        assert answer.values is not None
        if node.number % 4 == 0:
            self._try_tree(answer.values)
        if node.number == 0:
            self._search_near(answer.values)
            parts.set_window(node.window)
        worth = np.cumsum((self.ground.prizes * self.horizon.discounts)[:, ::-1], axis=1)[:, ::-1]
        halves = split(node.window, answer.values[parts.goal_columns], worth)
        if halves is None or self._count_left(answer, node.bound) <= _FEW:
            self._solve_whole(answer, node, nodes)
            return
        for window in halves:
            bound = max(node.bound, parts.ascend(window, _PRICES_TRIED) + parts.offset)
            self.limits.work += 1
            if bound < self._cutoff():
                nodes.push(window, bound)

    def _cutoff(self) -> float:
        """Return what a node's bound must be below to be looked at."""
        if self.found.worth is None:
            return np.inf
        return self.found.objective - 1e-8 * max(1.0, abs(self.found.objective), self.found.worth.duct_cost)

    def _solve_linear(self, node: Node, *, is_root: bool) -> Solution | None:
        """
        Add cuts and columns until a node's linear programme lacks none, or gains little; raise the node's bound.

        Return its last optimum, or None where there is none, in time or at all.
        """
        parts, history = self.parts, [node.bound]
        parts.push_bounds()
        while not self._is_done():
            answer = parts.solve(self.limits.until)
            self.limits.work += 1
            if answer.is_infeasible and not parts.active.all():
                parts.widen_by_half()
                continue
            if answer.is_infeasible:
                node.bound = np.inf
            if answer.values is None:
                return None
            node.bound = max(node.bound, answer.bound + parts.offset)
            history.append(node.bound)
            if is_root:
                self._learn(answer, node, len(history))
            parts.forget_slack(_PATIENCE)
            cuts = parts.separate(answer.values, _CUTS_A_GOAL)
            parts.add(cuts)
            if parts.missing.any() and len(cuts) < 10 * _CUTS_A_GOAL:
                if is_root:
                    self._search_near(answer.values)
                parts.widen(parts.missing)
            elif not cuts or node.bound >= self._cutoff() or self._gains_little(history):
                return answer
        return None

    def _learn(self, answer: Solution, node: Node, rounds: int) -> None:
        """Take from a linear programme of all windows what it tells: bound, what to leave out, now and then plans."""
        parts = self.parts
        assert answer.values is not None
        self._raise_bound(node.bound)
        self.linear = answer
        self._fix()
        if rounds % 6 == 2:
            self._raise_bound(parts.ascend(node.window, _PRICES_TRIED) + parts.offset)
            self._try_tree(answer.values)
            if not parts.active.all():
                self._better_orders()

    def _gains_little(self, history: list[float]) -> bool:
        """Whether the last rounds raised the bound by so little that splitting is better."""
        if len(history) < 6 or not np.isfinite(history[-5]):
            return False
        return history[-1] - history[-5] < 0.01 * (self._cutoff() - history[-1])

    def _raise_bound(self, bound: float) -> None:
        bound = min(bound, self.found.objective)
        if bound > self.found.bound:
            self._keep(replace(self.found, bound=bound))

    def _keep(self, found: FoundPlan) -> None:
        self.found = replace(found, work=self.limits.work)
        self.report(self.found)

    def _offer(self, plan: DuctPlan) -> bool:
        """Keep a plan if it is the best one that breaks no rule; return whether."""
        before = self.found
        self.found = take_better(self.horizon, replace(before, work=self.limits.work), plan, self.report)
        return self.found.objective < before.objective

    def _take(self, values: Floats) -> None:
        """Keep the plan of whole values if it is the best one; what it earns is what is really connected."""
        if self._offer(self.parts.plan_of(values)):
            self.values = values
            self._fix()

    def _edges_of_plan(self) -> Flags:
        laid = [] if self.found.plan is None else [duct.edge for duct in self.found.plan.ducts]
        return np.isin(self.ground.edges, laid)

    def _fix(self) -> None:
        """
        Take out of the programme what no plan better than the known one can hold, by the reduced costs of its last
        optimum over all windows.
        """
        if self.linear is None or self.linear.reduced is None or self.found.plan is None:
            return
        columns = self.parts.columns
        never = self.linear.reduced > self._margin(self.linear.bound + self.parts.offset)
        never[columns.first_goal : columns.first_start] = False
        self.parts.forbid(never)

    def _margin(self, bound: float) -> float:
        """Return what a column may cost at most, after the duals of a bound, in a plan better than the known one."""
        return self.found.objective - bound + 1e-6 * max(1.0, abs(bound)) if self.found.plan else np.inf

    def _near(self, answer: Solution, bound: float) -> Flags:
        """Return the ways of laying that a better plan could use."""
        assert answer.reduced is not None
        near = (answer.reduced <= self._margin(bound)) & (self.parts.upper > 0)
        return near[: self.parts.columns.first_goal]

    def _count_left(self, answer: Solution, bound: float) -> int:
        return int(self._near(answer, bound).sum())

    def _try_tree(self, values: Floats) -> None:
        """Grow a tree where the linear programme digs, and find the best plan on it."""
        ground = self.parts.ground
        wanted = ground.goals[values[self.parts.goal_columns[:, -1]] > 0.3]
        if not len(wanted):
            wanted = ground.goals
        cheapest = cheapest_prices(self.parts, self.horizon.periods - 1)
        weight = np.minimum(1, self.parts.edges_of(values))
        tree = grow_tree(ground.network, cheapest * (1 - weight) + 1e-6 * cheapest + 1e-9, 0, wanted)
        self._solve_on_tree(tree)

    def _solve_on_tree(self, tree: Ints) -> None:
        """Find the best plan on a tree of the ground."""
        if self._is_done():
            return
        until = self.limits.until_share(_SHARE_OF_A_TREE)
        answer = solve_on_tree(self.parts, tree, until, seed=self.seed, nodes=self.limits.branches())
        self.limits.count_branches(answer.branches)
        if answer.values is not None:
            self._take(answer.values)

    def _search_near(self, values: Floats) -> None:
        """Find plans on the streets that the linear programme and the best plan use."""
        self._solve_on((self.parts.edges_of(values) > 1e-6) | self._edges_of_plan(), 0.15)

    def _solve_on(self, edges: Flags, share: float) -> None:
        """Solve in whole numbers with these edges alone."""
        until = self.limits.until_share(share)
        while not self._is_done() and time.monotonic() < until:
            upper = np.where(self.parts.columns_on(edges), self.parts.upper, 0)
            answer = self.parts.solve_integers(until, upper, self.values, self.limits.branches())
            self.limits.count_branches(answer.branches)
            if answer.values is None:
                return
            self._take(answer.values)
            cuts = self.parts.separate(np.round(answer.values), 64)
            if not cuts:
                return
            self._try_tree(answer.values)
            self.parts.add(cuts)

    def _solve_whole(self, answer: Solution, node: Node, nodes: OpenNodes) -> None:
        """Solve a node in whole numbers, adding cuts until its answer is a plan; open it again if time is short."""
        parts = self.parts
        near = self._near(answer, node.bound)
        edges = np.zeros(len(self.ground.edges), np.bool_)
        edges[parts.columns.arcs[near] // 2] = True
        parts.widen(edges)
        upper = parts.upper.copy()
        upper[: parts.columns.first_goal][~near] = 0
        until = self.limits.until_share(min(0.9, 0.2 * (node.tries + 1)))
        while not self._is_done():
            solved = parts.solve_integers(until, upper, self.values, self.limits.branches())
            self.limits.count_branches(solved.branches)
            bound = np.inf if solved.is_infeasible else max(node.bound, solved.bound + parts.offset)
            cuts = []
            if solved.values is not None and bound < np.inf:
                self._take(solved.values)
                cuts = parts.separate(np.round(solved.values), 64)
            if bound >= self._cutoff() or (solved.is_optimal and not cuts):
                return
            node.bound = bound
            if not cuts or time.monotonic() > until:
                break
            assert solved.values is not None
            self._try_tree(solved.values)
            parts.add(cuts)
        nodes.push(node.window, node.bound, node.tries + 1)
