"""
Against digging alone at its best: the cheapest way to give the same buildings fibre by the same half-years without
anybody's digs.
"""

import math
from dataclasses import dataclass

import numpy as np

from gis.planning import Horizon, serving_alone
from gis.plans.answers import PlanAnswer
from gis.plans.constraints import Built
from gis.plans.laid_ducts import connected_in, costs


@dataclass(frozen=True)
class AloneRange:
    """What that costs more than the plan, between two proven sums, in EUR of the day."""

    at_least_eur: float
    at_most_eur: float


def alone_instance(built: Built, plan: PlanAnswer) -> Horizon:
    """Return the instance of serving alone whom a plan connects."""
    return serving_alone(built.horizon, connected_in(built, plan.build))


def compare_alone(built: Built, plan: PlanAnswer, found: PlanAnswer | None) -> AloneRange | None:
    """
    Return how much more the same service costs alone, or None where that is not known or cannot be had alone at all.

    The plan's own streets, each dug alone, are one way to serve; it counts where no street of them is closed.

    Args:
        built: The instance of the plan.
        plan: It.
        found: What the search for that service answered, whose bound is the least that it can cost.
    """
    if found is None or not math.isfinite(found.lower_bound):
        return None
    set_eur = sum(f.alone_eur for f in built.fixed)
    paid = sum(costs(built, plan.build))
    fixed = {f.edge for f in built.fixed}
    own = built.horizon.own
    routes = sum(float(np.min(own[d.edge, : d.period + 1])) for d in plan.build if d.edge not in fixed)
    at_most = round(min(found.objective, routes) + set_eur - paid, 2)
    if not math.isfinite(at_most):
        return None
    return AloneRange(min(round(found.lower_bound + set_eur - paid, 2), at_most), at_most)
