"""
The search for a plan over several periods, with a proof of how good it is.

The linear programme of directed cuts gives the bound; plans come from whole-number programmes over the streets that it
uses, and the columns that no better plan can use are fixed before the whole programme is solved.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gis.planning.horizon.problem import NEVER, DuctPlan, Horizon, Worth, appraise
from gis.planning.horizon.programme import HorizonProgramme
from gis.planning.horizon.start import cheapest_prices, find_shortfall, first_trees
from gis.planning.horizon.tree import solve_on_tree
from gis.planning.limits import SearchLimits
from gis.planning.linear_program import Solution
from gis.planning.networks import Flags, Floats, Ints
from gis.planning.steiner.trees import grow_tree
from ventspils.core.errors import VentspilsError

_START_CUTS = 500  # a period
_CUTS_A_GOAL = 16
_CORE = 1_000  # edges that the linear programme begins with
_SHARE_OF_A_TREE = 0.05  # of the time left
_SAME = 1e-7  # of the objective's size: two plans that differ less are worth the same


class NoPlanError(VentspilsError):
    """No plan keeps all deadlines within the budgets, or none was found."""


@dataclass(frozen=True)
class FoundPlan:
    """The best plan known, what it is worth, and a bound that no plan is worth less than; in discounted EUR."""

    plan: DuctPlan | None
    worth: Worth | None
    bound: float
    work: int

    @property
    def objective(self) -> float:
        """Return what the plan is worth; infinite without one."""
        return self.worth.objective if self.worth else np.inf

    @property
    def gap(self) -> float:
        """Return what may still be won, as a share of what the ducts cost."""
        return (self.objective - self.bound) / max(1.0, self.worth.duct_cost) if self.worth else np.inf

    @property
    def is_optimal(self) -> bool:
        """Whether no plan is better."""
        if self.worth is None:
            return False
        size = max(1.0, abs(self.objective), self.worth.duct_cost)
        return bool(self.objective - self.bound <= _SAME * size)


def solve_horizon(
    horizon: Horizon, limits: SearchLimits, *, seed: int, report: Callable[[FoundPlan], None]
) -> FoundPlan:
    """
    Return the best plan found until the limits are reached, with its proof.

    Raises:
        NoPlanError: a site with a deadline is out of reach, or no plan keeps deadlines and budgets.
    """
    return _Search(horizon, limits, seed, report).run()


class _Search:
    def __init__(self, horizon: Horizon, limits: SearchLimits, seed: int, report: Callable[[FoundPlan], None]) -> None:
        self.horizon, self.limits, self.seed, self.report = horizon, limits, seed, report
        self.parts = HorizonProgramme(horizon, seed=seed, start_cuts=_START_CUTS, core=_CORE)
        self.found = FoundPlan(None, None, -np.inf, 0)
        self.values: Floats | None = None  # of the best plan
        self.linear: Solution | None = None  # of the whole linear programme, the last

    def run(self) -> FoundPlan:
        self._refuse_impossible()
        self._raise_bound(self.parts.bound)
        self._start()
        while not self._is_done():
            values = self._solve_linear()
            if values is not None:
                self._search_near(values)
            if self.parts.active.all():
                break
            self.parts.widen_by_half()
        if self.parts.active.all():
            self._solve_whole()
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

    def _start(self) -> None:
        """Take the plan that lays nothing, and the best ones on trees to all sites."""
        self._take(self.parts.nothing())
        if not len(self.parts.ground.goals):
            return
        for tree in first_trees(self.parts):
            self._solve_on_tree(tree)

    def _is_done(self) -> bool:
        return self.limits.is_over or self.found.is_optimal or self.found.bound == np.inf

    def _solve_linear(self) -> Floats | None:
        """Add cuts until the linear programme violates none, or its share of time is gone; return its last values."""
        values = None
        rounds = 0
        while not self._is_done() and (self.limits.spent < 0.6 or values is None):
            answer = self.parts.solve(self.limits.until)
            self.limits.work += 1
            if answer.is_infeasible:
                if self.parts.active.all():
                    self._keep(replace(self.found, bound=self.found.objective))
                break
            if answer.values is None:
                break
            values = answer.values
            self.parts.forget_slack(8)
            self._raise_bound(answer.bound)
            if rounds % 10 == 0:
                self._try_tree(values)
            self.linear = answer if self.parts.active.all() else None
            self._fix()
            cuts = self.parts.separate(values, _CUTS_A_GOAL)
            if not cuts:
                break
            self.parts.add(cuts)
            rounds += 1
        if values is not None and not self.parts.active.all():
            self._raise_bound(self.parts.bound_everywhere())
        return values

    def _raise_bound(self, bound: float) -> None:
        bound = min(bound + self.parts.offset, self.found.objective)
        if bound > self.found.bound:
            self._keep(replace(self.found, bound=bound))

    def _keep(self, found: FoundPlan) -> None:
        self.found = replace(found, work=self.limits.work)
        self.report(self.found)

    def _take(self, values: Floats) -> None:
        """Keep the plan of whole values if it is the best one; what it earns is what is really connected."""
        plan = self.parts.plan_of(values)
        worth = appraise(self.horizon, plan)
        if not worth.faults and worth.objective < self.found.objective:
            self.values = values
            self._keep(replace(self.found, plan=plan, worth=worth, bound=min(self.found.bound, worth.objective)))
            self.parts.widen(self._edges_of_plan())
            self._fix()

    def _edges_of_plan(self) -> Flags:
        laid = [] if self.found.plan is None else [duct.edge for duct in self.found.plan.ducts]
        return np.isin(self.parts.ground.edges, laid)

    def _fix(self) -> None:
        """
        Take out of the programme what no plan better than the known one can hold, by the reduced costs of its last
        optimum.
        """
        if self.linear is None or self.linear.reduced is None or self.found.plan is None:
            return
        objective, reduced = self.linear.objective, self.linear.reduced
        margin = self.found.objective - self.parts.offset - objective + 1e-6 * max(1.0, abs(objective))
        never = (reduced > margin) & (self.parts.lower < 1)
        always = reduced < -margin
        if (never & (self.parts.upper > 0)).any() or (always & (self.parts.lower < 1)).any():
            self.parts.upper[never] = 0
            self.parts.lower[always] = 1
            self.parts.push_bounds()

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
        self._solve_on((self.parts.edges_of(values) > 1e-6) | self._edges_of_plan(), 0.5)

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

    def _solve_whole(self) -> None:
        """Solve the whole programme in whole numbers, adding cuts until its answer is a plan."""
        while not self._is_done():
            answer = self.parts.solve_integers(self.limits.until, self.parts.upper, self.values, self.limits.branches())
            self.limits.count_branches(answer.branches)
            if answer.is_infeasible:
                self._keep(replace(self.found, bound=self.found.objective))
                return
            self._raise_bound(answer.bound)
            if answer.values is None:
                return
            self._take(answer.values)
            cuts = self.parts.separate(np.round(answer.values), 64)
            if not cuts and answer.is_optimal:
                self._raise_bound(answer.bound)
                return
            self.parts.add(cuts)
