"""No bound by dual ascent is above the best of all plans, whatever the prices of the budgets."""

import numpy as np
import pytest

from gis.planning.horizon.bounds import PeriodAscent, Window
from gis.planning.horizon.branching import split
from gis.planning.horizon.ground import make_ground
from gis.planning.horizon.problem import Horizon
from gis.planning.horizon.programme import HorizonProgramme
from tests.gis.planning.horizon.test_search import _best_of_all, _random_horizon, _street

SEEDS = range(2_000, 2_030)


def _programme(horizon: Horizon) -> HorizonProgramme:
    return HorizonProgramme(horizon, make_ground(horizon), seed=0, start_cuts=50, core=100)


def _ascent(parts: HorizonProgramme) -> PeriodAscent:
    return PeriodAscent(parts.horizon, parts.ground, parts.columns, parts._money)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_bound_is_above_the_best_of_all_plans(seed: int) -> None:
    horizon = _random_horizon(seed)
    best, parts = _best_of_all(horizon), _programme(horizon)
    ascent, chance = _ascent(parts), np.random.default_rng(seed)
    added = parts.offset + parts._least_shifts
    assert parts.bound + parts.offset <= best + 1e-6
    for _ in range(5):
        paid = -chance.exponential(1.0, len(parts.of_money))
        assert ascent.at(parts.costs, paid, ascent.free()).bound + added <= best + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_two_windows_hold_between_them_all_plans_of_one(seed: int) -> None:
    """The lower bound of the halves is no more than the best plan, however often windows are split."""
    horizon = _random_horizon(seed)
    best, parts = _best_of_all(horizon), _programme(horizon)
    chance, open_windows = np.random.default_rng(seed), [parts.window]
    for _ in range(6):
        window = open_windows.pop(int(chance.integers(len(open_windows))))
        halves = split(window, chance.random(parts.goal_columns.shape), np.ones(parts.goal_columns.shape))
        open_windows += [window] if halves is None else halves
    bounds = [parts.ascend(window, 5) + parts.offset for window in open_windows]
    assert min(bounds) <= best + 1e-6


def test_one_sites_way_around_is_no_other_sites_way() -> None:
    """Two sites of 40 EUR behind one street of 100 EUR: neither is worth it, and together they are not either."""
    horizon = _street(
        sites=("a", "b"), site_nodes=np.array([1, 2]), prizes=np.array([[0.0, 40.0], [0.0, 40.0]]),
        deadlines=np.array([-1, -1]), works=(), own=np.array([[100.0, 100.0], [0.0, 0.0]]),
    )  # fmt: skip
    parts = _programme(horizon)
    assert parts.bound + parts.offset == pytest.approx(0)


def test_a_street_that_opens_late_costs_what_could_have_been_earned_before() -> None:
    horizon = _street(
        prizes=np.array([[150.0, 150.0]]), works=(), own=np.array([[np.inf, 100.0], [100.0, 100.0]]),
    )  # fmt: skip
    parts = _programme(horizon)
    assert parts.bound + parts.offset == pytest.approx(0)  # 200 EUR of ducts would earn 150


def test_a_goal_whose_windows_are_split_is_connected_by_then_or_later() -> None:
    window = Window(np.array([0]), np.array([3]))
    halves = split(window, np.array([[0.0, 0.5, 1.0]]), np.array([[30.0, 20.0, 10.0]]))
    assert halves is not None
    assert [(int(w.earliest[0]), int(w.latest[0])) for w in halves] == [(0, 1), (2, 3)]


def test_a_window_in_which_each_goal_is_connected_whole_is_not_split() -> None:
    window = Window(np.array([0]), np.array([3]))
    assert split(window, np.array([[0.0, 1.0, 1.0]]), np.array([[30.0, 20.0, 10.0]])) is None
