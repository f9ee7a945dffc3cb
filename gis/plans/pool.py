"""
Plans shared between searches: one found for an instance is known to every other in which it keeps the rules.

So forbidding a street never earns, more time is never worse, and a smaller budget never gives a better plan. A bound of
a problem that forbids less is a bound of the one that forbids more.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gis.planning import Duct, DuctPlan, PlannedDig, appraise, leading_somewhere
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.constraints import Built
from gis.plans.laid_ducts import costs, fixed_eur
from gis.plans.requests import PlanRequest

_SAME = 1e-7  # of the size of a plan: what differs less is worth the same, as the search has it


@dataclass(frozen=True)
class Searched:
    """An instance with the request that it comes from, and what its search answered: its plan and bound, or None."""

    built: Built
    request: PlanRequest
    answer: PlanAnswer | None

    def relaxes(self, other: "Searched") -> bool:
        """Whether every plan of the other is one of this: no more is set, and no less may be spent."""
        mine, its = self.request, other.request
        if (mine.level, mine.techniques, mine.carry_over) != (its.level, its.techniques, its.carry_over):
            return False
        richer = mine.budget_eur is None or (its.budget_eur is not None and mine.budget_eur >= its.budget_eur)
        return richer and (not mine.wishes or mine.wishes == its.wishes)


def share_plans(
    searched: Sequence[Searched], known: Sequence[PlanAnswer] = (), proven: Sequence[Searched] = ()
) -> list[PlanAnswer | None]:
    """
    Return for each search the best plan of all that keeps its rules, with the best bound that is proven for it.

    Args:
        searched: Instances over the same streets, sites and periods.
        known: More plans over them, as of earlier requests; of these the plans alone count, as prices may have changed.
        proven: Earlier searches of which the bounds count too, as nothing but the budget is another.
    """
    plans = [each.answer for each in searched if each.answer is not None]
    shared = []
    for each in searched:
        bounds = [s.answer.lower_bound for s in (*searched, *proven) if s.answer is not None and s.relaxes(each)]
        best = best_plan(each.built, [*plans, *known])
        shared.append(None if best is None else _certify(each, best, max([least_objective(each.built), *bounds])))
    return shared


def best_plan(built: Built, plans: Iterable[PlanAnswer]) -> PlanAnswer | None:
    """
    Return the best of some plans, without what leads to nobody, and of laying nothing, by an instance's prices and
    rules; None if none fits.
    """
    told = (*(lead_somewhere(built, plan) for plan in plans), lay_nothing())
    fitting = [fit for plan in told if (fit := fit_plan(built, plan)) is not None]
    return min(fitting, key=lambda plan: plan.objective, default=None)


def lead_somewhere(built: Built, plan: PlanAnswer) -> PlanAnswer:
    """Return a plan without ducts that are part of no way from fibre to a building."""
    edges = np.array([*(duct.edge for duct in plan.build), *(f.edge for f in built.fixed)], np.int64)
    leads = leading_somewhere(built.horizon, edges)[: len(plan.build)]
    return replace(plan, build=tuple(duct for duct, kept in zip(plan.build, leads, strict=True) if kept))


def lay_nothing() -> PlanAnswer:
    """Return the plan that lays nothing, of which nothing is proven."""
    return PlanAnswer(0.0, -math.inf, math.inf, False, 0.0, 0, (), {})


def least_objective(built: Built) -> float:
    """Return what no plan is worth less than: all prizes from the first period on, and nothing paid but what is set."""
    horizon = built.horizon
    return fixed_eur(built) - float((horizon.prizes * horizon.discounts).sum())


def fit_plan(built: Built, plan: PlanAnswer) -> PlanAnswer | None:
    """
    Return a plan as this instance values it, or None where it breaks a rule of it.

    Streets that are to be laid whatever else are laid when they are to be; a dig that cannot start as in the plan
    starts when it is planned.
    """
    ducts = _ducts_in(built, plan)
    if ducts is None:
        return None
    works = built.horizon.works
    starts = tuple(plan.starts[w.name] if plan.starts.get(w.name) in w.starts else planned_start(w) for w in works)
    worth = appraise(built.horizon, DuctPlan(ducts, starts))
    if worth.faults:
        return None
    fixed = {f.edge for f in built.fixed}
    return replace(
        plan,
        objective=float(worth.objective) + fixed_eur(built),
        build=(
            *(LaidDuct(d.edge, d.period, None if d.work is None else works[d.work].name) for d in ducts
              if d.edge not in fixed),
            *(LaidDuct(f.edge, f.period, f.work) for f in built.fixed),
        ),
        starts={work.name: start for work, start in zip(works, starts, strict=True)},
    )  # fmt: skip


def _ducts_in(built: Built, plan: PlanAnswer) -> tuple[Duct, ...] | None:
    """Return the ducts of a plan in the numbers of an instance; None where a dig is not known there."""
    number = {work.name: w for w, work in enumerate(built.horizon.works)}
    fixed = {f.edge for f in built.fixed}
    ducts = []
    for duct in plan.build:
        if duct.edge in fixed:
            continue
        work = None if duct.work is None else number.get(duct.work, -1)
        if work is not None and (work < 0 or duct.edge not in built.horizon.works[work].edges):
            return None
        ducts.append(Duct(duct.edge, duct.period, work))
    return (*ducts, *(Duct(f.edge, f.period, None) for f in built.fixed))


def planned_start(work: PlannedDig) -> int:
    """Return in which period a dig starts if nobody moves it."""
    return work.starts[int(np.argmin(work.shifts))]


def _certify(searched: Searched, plan: PlanAnswer, bound: float) -> PlanAnswer:
    """Return a plan with how good it is by a bound."""
    built, own = searched.built, searched.answer
    prices = zip(plan.build, costs(built, plan.build), strict=True)
    duct_cost = float(sum(built.horizon.discounts[duct.period] * eur for duct, eur in prices))
    bound = min(bound, plan.objective)
    off = plan.objective - bound
    return replace(
        plan,
        lower_bound=bound,
        gap=off / max(1.0, duct_cost),
        optimal=bool(off <= _SAME * max(1.0, abs(plan.objective), duct_cost)),
        seconds=own.seconds if own else 0.0,
        work=own.work if own else 0,
    )
