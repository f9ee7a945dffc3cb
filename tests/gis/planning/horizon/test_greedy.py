"""Plans that are there at once keep the budgets, and are not empty where something pays."""

import numpy as np
import pytest

from gis.planning.horizon.beginning import begin
from gis.planning.horizon.greedy import cheapest_starts, greedy_plans, nothing_laid
from gis.planning.horizon.ground import make_ground
from gis.planning.horizon.orders import OrderSearch
from gis.planning.horizon.problem import Duct, appraise
from tests.gis.planning.horizon.test_search import _best_of_all, _random_horizon, _street

SEEDS = range(3_000, 3_100)


@pytest.mark.parametrize("seed", SEEDS)
def test_greedy_plans_break_no_rule_but_deadlines(seed: int) -> None:
    horizon = _random_horizon(seed)
    for plan in greedy_plans(horizon, make_ground(horizon)):
        assert [fault for fault in appraise(horizon, plan).faults if "deadline" not in fault] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_known_at_once_is_between_nothing_and_the_best(seed: int) -> None:
    horizon = _random_horizon(seed)
    best = _best_of_all(horizon)
    _, found = begin(horizon, lambda _: None)
    nothing = appraise(horizon, nothing_laid(horizon))
    assert found.bound <= best + 1e-6
    assert best - 1e-6 <= found.objective
    assert nothing.faults or found.objective <= nothing.objective


def test_a_site_that_pays_is_connected_at_once() -> None:
    _, found = begin(_street(prizes=np.array([[100.0, 100.0]])), lambda _: None)
    assert found.plan is not None
    assert set(found.plan.ducts) == {Duct(0, 0, None), Duct(1, 0, 0)}
    assert found.objective == 100 + 20 - 200


def test_of_two_sites_the_one_that_earns_more_for_each_euro_comes_first() -> None:
    """100 EUR a period: the near site costs 100 and earns 150 a period, the far one 200 and 160."""
    horizon = _street(
        sites=("near", "far"), site_nodes=np.array([1, 2]), prizes=np.array([[150.0, 150.0], [160.0, 160.0]]),
        deadlines=np.array([-1, -1]), works=(), budgets=np.array([100.0, 100.0]), carry_over=True,
    )  # fmt: skip
    _, found = begin(horizon, lambda _: None)
    assert found.worth is not None
    assert found.worth.connected.tolist() == [0, 1]


def test_the_plan_that_lays_nothing_is_told_first_where_no_deadline_forbids_it() -> None:
    told = []
    begin(_street(prizes=np.array([[100.0, 100.0]])), told.append)
    assert [found.objective for found in told] == [0, -80]


def test_a_plan_from_elsewhere_counts_if_it_keeps_the_rules_here() -> None:
    horizon = _street(own=np.array([[np.inf, 100.0], [100.0, 100.0]]))  # greedy does not lay ahead of the first street
    _, elsewhere = begin(horizon, lambda _: None, [nothing_laid(horizon)])
    best = type(nothing_laid(horizon))((Duct(1, 0, 0), Duct(0, 1, None)), (0,))
    _, found = begin(horizon, lambda _: None, [best])
    assert found.objective == 20 + 100 - 150 <= elsewhere.objective
    broken = type(best)((Duct(0, 0, None), Duct(1, 0, 0)), (0,))
    _, found = begin(horizon, lambda _: None, [broken])
    assert found.objective == elsewhere.objective


@pytest.mark.parametrize("seed", SEEDS)
def test_an_order_is_worth_what_its_plan_is_worth(seed: int) -> None:
    horizon = _random_horizon(seed)
    ground = make_ground(horizon)
    if not len(ground.goals):
        return
    search = OrderSearch(horizon, ground, cheapest_starts(horizon), seed)
    search.improve(30, 1.0)
    if search.objective > 1e14:
        return  # a deadline is missed
    shifts = appraise(horizon, nothing_laid(horizon)).objective + ground.earned_anyway
    worth = appraise(horizon, search.plan())
    assert [fault for fault in worth.faults if "deadline" not in fault] == []
    assert worth.objective == pytest.approx(search.objective + shifts - ground.earned_anyway, abs=1e-6)
