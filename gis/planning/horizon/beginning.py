"""The plans that are known at once: the one that lays nothing, those from elsewhere, and greedy ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gis.planning.horizon.found import FoundPlan
from gis.planning.horizon.greedy import greedy_plans, nothing_laid
from gis.planning.horizon.ground import Ground, make_ground
from gis.planning.horizon.problem import DuctPlan, Horizon, appraise


def begin(
    horizon: Horizon, report: Callable[[FoundPlan], None], known: Sequence[DuctPlan] = ()
) -> tuple[Ground, FoundPlan]:
    """
    Return the streets that matter and the best plan that is known at once; nothing is compiled for it.

    Args:
        horizon: What is given.
        report: Is called with each plan that is better than those before.
        known: Plans from elsewhere, of which those count that keep the rules here.
    """
    most = -float((horizon.prizes * horizon.discounts).sum())  # no plan earns more
    found = FoundPlan(None, None, most, 0)
    for plan in (nothing_laid(horizon), *known):
        found = take_better(horizon, found, plan, report)
    ground = make_ground(horizon)
    for plan in greedy_plans(horizon, ground):
        found = take_better(horizon, found, plan, report)
    return ground, found


def take_better(horizon: Horizon, found: FoundPlan, plan: DuctPlan, report: Callable[[FoundPlan], None]) -> FoundPlan:
    """Return what is found when a plan is known as well: it counts if it breaks no rule and is the best one."""
    worth = appraise(horizon, plan)
    if worth.faults or not worth.objective < found.objective:
        return found
    better = replace(found, plan=plan, worth=worth, bound=float(np.minimum(found.bound, worth.objective)))
    report(better)
    return better
