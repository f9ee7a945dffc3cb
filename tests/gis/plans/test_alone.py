"""Serving the same buildings without anybody's digs, by hand."""

from dataclasses import replace
from typing import Any

import numpy as np

from gis.planning import Horizon, PlannedDig, serving_alone
from gis.plans.alone import alone_instance, compare_alone
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.constraints import Built

# A dig makes the long way of 300 EUR, edges 0 and 1, cheap in the second half-year; the short one, edge 2, is 200 EUR.
DIG = PlannedDig("pipe", (1,), (0.0,), 1, 0, np.array([0, 1]), np.array([40.0, 40.0]))
GIVEN: dict[str, Any] = {
    "names": ("2027-H1", "2027-H2"), "discounts": np.array([1.0, 0.9]), "nodes": 5, "roots": np.array([0]),
    "us": np.array([0, 1, 0, 2, 2]), "vs": np.array([1, 2, 2, 3, 4]),
    "own": np.repeat([[150.0], [150.0], [200.0], [10.0], [10.0]], 2, axis=1),
    "sites": ("school", "library"), "site_nodes": np.array([3, 4]), "prizes": np.full((2, 2), 500.0),
    "deadlines": np.array([-1, -1]), "works": (DIG,), "budgets": np.array([50.0, 100.0]), "carry_over": True,
}  # fmt: skip
BUILT = Built(Horizon(**GIVEN), np.array([0, 1, 2, -1, -1]))
PLAN = PlanAnswer(
    0, 0, 0, True, 0, 0, (LaidDuct(0, 1, "pipe"), LaidDuct(1, 1, "pipe"), LaidDuct(3, 1, None)), {"pipe": 1}
)


def found(objective: float, bound: float) -> PlanAnswer:
    return PlanAnswer(objective, bound, 0, False, 0, 0, (), {})


def test_whom_the_plan_connects_is_due_and_nothing_else_counts() -> None:
    alone = alone_instance(BUILT, PLAN)
    assert (alone.sites, alone.works, alone.budgets) == (("school",), (), None)
    assert alone.discounts.tolist() == [1.0]  # prices do not change, so that waiting gains nothing
    assert (alone.deadlines.tolist(), alone.prizes.sum()) == ([0], 0)
    opened_late = replace(BUILT.horizon, own=np.where([[0], [0], [1], [0], [0]], [[np.inf, 200.0]], BUILT.horizon.own))
    assert serving_alone(opened_late, np.array([1, -1])).deadlines.tolist() == [1]


def test_the_best_alone_lies_between_its_bound_and_the_cheaper_of_its_plan_and_the_same_streets() -> None:
    # The plan pays 90 EUR; alone the short way costs 210, the same streets 310.
    best = compare_alone(BUILT, PLAN, found(210, 205))
    assert best is not None
    assert (best.at_least_eur, best.at_most_eur) == (115, 120)
    lazy = compare_alone(BUILT, PLAN, found(900, 100))
    assert lazy is not None
    assert (lazy.at_least_eur, lazy.at_most_eur) == (10, 220)
    assert compare_alone(BUILT, PLAN, None) is None
