"""Why a plan connects no more, each limit by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gis.planning import Horizon
from gis.plans.constraints import Built
from gis.plans.left_out import find_left_out
from gis.plans.pool import fit_plan, lay_nothing
from gis.plans.report import describe_periods

INF = np.inf


def street(**changed: Any) -> Built:
    """A street of 100 EUR from fibre at node 0 to node 1, and from there the way into the school of 10 EUR."""
    given: dict[str, Any] = {
        "names": ("2027-H1", "2027-H2"), "discounts": np.array([1.0, 0.9]), "nodes": 3, "roots": np.array([0]),
        "us": np.array([0, 1]), "vs": np.array([1, 2]), "own": np.array([[100.0, 100.0], [10.0, 10.0]]),
        "sites": ("school",), "site_nodes": np.array([2]), "prizes": np.array([[80.0, 80.0]]),
        "deadlines": np.array([-1]), "works": (), "budgets": None, "carry_over": True,
    }  # fmt: skip
    return Built(Horizon(**(given | changed)), np.array([0, -1]))


@pytest.mark.parametrize(
    ("changed", "half_year", "cost", "earns", "limit"),
    [
        # 160 EUR from the first half-year on for 110: it pays, and nothing stops it but time.
        ({}, "2027-H1", 110, 160, "time"),
        ({"prizes": np.array([[50.0, 50.0]])}, "2027-H1", 110, 100, "does_not_pay"),
        ({"budgets": np.array([60.0, 20.0])}, "2027-H1", 110, 160, "budget"),
        # Both half-years' money is enough in the second one, where 80 EUR do not pay for 110: the first has too little.
        ({"budgets": np.array([60.0, 60.0])}, "2027-H1", 110, 160, "budget"),
        ({"own": np.array([[INF, INF], [10.0, 10.0]])}, None, None, None, "closed"),
        ({"roots": np.array([], np.int64)}, None, None, None, "no_street"),
        ({"own": np.array([[INF, 100.0], [10.0, 10.0]]), "prizes": np.array([[0.0, 200.0]])},
         "2027-H2", 110, 200, "time"),
    ],
)  # fmt: skip
def test_what_stops_a_building_is_named_with_what_it_would_cost_and_earn(
    changed: dict[str, Any], half_year: str | None, cost: float | None, earns: float | None, limit: str
) -> None:
    built = street(**changed)
    plan = fit_plan(built, lay_nothing())
    assert plan is not None
    (told,) = find_left_out(built, plan, describe_periods(built, plan))
    assert (told["half_year"], told["cost_eur"], told["earns_eur"]) == (half_year, cost, earns)
    assert told["limit"] == limit


def test_what_is_laid_already_is_not_paid_again() -> None:
    built = street(prizes=np.array([[0.0, 5.0]]))
    laid = replace(lay_nothing(), build=(built_duct(0, 0),))
    plan = fit_plan(built, laid)
    assert plan is not None
    (told,) = find_left_out(built, plan, describe_periods(built, plan))
    assert (told["cost_eur"], told["limit"]) == (10, "does_not_pay")


def built_duct(edge: int, period: int) -> Any:
    from gis.plans.answers import LaidDuct

    return LaidDuct(edge, period, None)
