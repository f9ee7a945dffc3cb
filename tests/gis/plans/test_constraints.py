"""What a planner sets, put into an instance: the optimum with it is what brute force finds over plans that keep it."""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gis.planning.horizon.problem import NEVER, Duct, DuctPlan, Horizon, PlannedDig, appraise
from gis.planning.horizon.search import solve_horizon
from gis.planning.limits import SearchLimits
from gis.plans.constraints import Built, Wish, grant
from ventspils.core.errors import UsageError


def horizon(**changed: Any) -> Horizon:
    """
    Root 0, a site at 2: by 1 over two streets, or straight over a dear one; somebody digs in the second street in
    period 1.
    """
    own = np.array([[10.0, 10.0], [20.0, 20.0], [45.0, 45.0]])
    values: dict[str, Any] = {
        "names": ("a", "b"),
        "discounts": np.array([1.0, 0.9]), "nodes": 3, "roots": np.array([0]), "us": np.array([0, 1, 0]),
        "vs": np.array([1, 2, 2]),
        "own": own, "sites": ("s",), "site_nodes": np.array([2]), "prizes": np.array([[30.0, 40.0]]),
        "deadlines": np.array([NEVER]),
        "works": (PlannedDig("w", (1,), (0.0,), 1, 0, np.array([1]), np.array([4.0])),),
        "budgets": None, "carry_over": True,
    }  # fmt: skip
    return Horizon(**(values | changed))


def built(**changed: Any) -> Built:
    return Built(horizon(**changed), np.array([0, 1, 2]))


STREETS = ["First", "Second", "Straight"]


def best(found: Built) -> float:
    """Return the value of the best plan with what is laid whatever else."""
    plan = solve_horizon(found.horizon, SearchLimits(math.inf, 1000), seed=0, report=lambda _: None)
    assert plan.is_optimal
    return plan.objective + sum(found.horizon.discounts[f.period] * f.cost_eur for f in found.fixed)


def brute(keeps: Any) -> float:
    """Return the value of the best of all plans that keep something, over the instance without wishes."""
    given, values = horizon(), []
    choices = [
        [None, *((t, w) for t in (0, 1) for w in ((None, 0) if e == 1 and t == 1 else (None,)))] for e in range(3)
    ]
    for chosen in itertools.product(*choices):
        ducts = [Duct(e, c[0], c[1]) for e, c in enumerate(chosen) if c is not None]
        if keeps({d.edge: d.period for d in ducts}):
            values.append(appraise(given, DuctPlan(tuple(ducts), (1,))).objective)
    return min(values)


@pytest.mark.parametrize(
    ("wishes", "keeps"),
    [
        ([], lambda laid: True),
        ([Wish("Second", (), None, "never", None)], lambda laid: 1 not in laid),
        ([Wish("first", (), None, "not_in", 0)], lambda laid: laid.get(0) != 0),
        ([Wish(None, (2,), None, "lay_in", 0)], lambda laid: laid.get(2) == 0),
        ([Wish("Second", (), None, "lay_in", 1)], lambda laid: laid.get(1) == 1),
        ([Wish("First", (), None, "lay_in", 1), Wish("Straight", (), None, "never", None)],
         lambda laid: laid.get(0) == 1 and 2 not in laid),
    ],
)  # fmt: skip
def test_the_best_plan_with_wishes_is_the_best_of_all_that_keep_them(wishes: list[Wish], keeps: Any) -> None:
    assert best(grant(built(), wishes, STREETS, [])) == pytest.approx(brute(keeps))


def test_a_street_that_is_laid_in_somebodys_dig_is_laid_at_its_price() -> None:
    (laid,) = grant(built(), [Wish("Second", (), None, "lay_in", 1)], STREETS, []).fixed
    assert (laid.cost_eur, laid.work) == (4.0, "w")


def test_what_is_laid_whatever_else_is_taken_off_the_budget() -> None:
    given = built(budgets=np.array([50.0, 5.0]))
    wish = Wish("Straight", (), None, "lay_in", 0)
    assert grant(given, [wish], STREETS, []).horizon.budgets.tolist() == [5.0, 5.0]
    with pytest.raises(UsageError, match="budget up to period 0 is too small"):
        grant(built(budgets=np.array([40.0, 90.0])), [wish], STREETS, [])
    # Money of the first period that the second needs is not there to be spent in the first.
    later = Wish("Straight", (), None, "lay_in", 1)
    assert grant(built(budgets=np.array([50.0, 5.0])), [later], STREETS, []).horizon.budgets.tolist() == [10.0, 0.0]


def test_a_street_that_is_closed_cannot_be_laid() -> None:
    own = horizon().own.copy()
    own[2, 0] = math.inf
    with pytest.raises(UsageError, match="is closed then"):
        grant(replace(built(), horizon=horizon(own=own)), [Wish("Straight", (), None, "lay_in", 0)], STREETS, [])


def test_a_street_that_somebody_closed_is_not_laid_alone_and_stays_closed_to_everybody() -> None:
    resurfacing = PlannedDig("r", (0,), (0.0,), 1, 5, np.array([2]), np.array([9.0]))
    given = built(works=(resurfacing,))
    with pytest.raises(UsageError, match="is closed then"):
        grant(given, [Wish("Straight", (), None, "lay_in", 1)], STREETS, [])
    after = grant(given, [Wish("Straight", (), None, "not_in", 0)], STREETS, []).horizon
    assert np.isinf(after.own[2]).all()


def test_what_is_set_twice_is_refused() -> None:
    wishes = [Wish("Straight", (), None, "lay_in", 0), Wish(None, (2,), None, "never", None)]
    with pytest.raises(UsageError, match="is set twice"):
        grant(built(), wishes, STREETS, [])
