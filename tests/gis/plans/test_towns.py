"""Towns at the edge of sense, planned all the same: what is worth a billion or nothing, prices and budgets of zero."""

import math
from dataclasses import replace
from typing import Any

import pytest

from gis.planning.horizon.search import solve_horizon
from gis.planning.limits import SearchLimits
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.build import build_instance
from gis.plans.inputs import PlanInputs
from gis.plans.report import describe_plan
from gis.plans.requests import PlanRequest
from tests.gis.plans.test_build import REQUEST, dig, given, place


def planned(town: PlanInputs, request: PlanRequest = REQUEST) -> Any:
    """Return what is told of the best plan."""
    built = build_instance(town, request)
    best = solve_horizon(built.horizon, SearchLimits(rounds=50), seed=0, report=lambda found: None)
    assert best.plan is not None
    names = [work.name for work in built.horizon.works]
    build = tuple(LaidDuct(d.edge, d.period, None if d.work is None else names[d.work]) for d in best.plan.ducts)
    starts = dict(zip(names, best.plan.starts, strict=True))
    answer = PlanAnswer(best.objective, best.bound, best.gap, best.is_optimal, 0, 0, build, starts)
    return describe_plan(built, answer, None, "v", town.streets.names)


def town_worth(prize_eur: float) -> PlanInputs:
    return given([dig()], [place("centre", 0, has_fibre=True), place("school", 200, prize_eur_per_year=prize_eur)])


def test_a_building_worth_a_billion_is_connected_as_soon_as_money_allows_and_no_street_becomes_dearer() -> None:
    told = planned(town_worth(1e9), replace(REQUEST, budget_eur=None))
    assert told["periods"][0]["sites_connected"] == ["school"]
    assert told["savings"]["same_routes_joint_eur"] <= told["savings"]["same_routes_alone_eur"] < 1e5
    assert told["certificate"]["optimal"]


def test_a_building_worth_nothing_is_left_out_as_it_does_not_pay() -> None:
    told = planned(town_worth(0.0))
    assert sum(p["edges"] for p in told["periods"]) == 0
    assert [(each["site"], each["limit"], each["earns_eur"]) for each in told["left_out"]] == [
        ("school", "does_not_pay", 0)
    ]


def test_a_budget_below_the_first_euro_lays_nothing_and_is_what_stops_it() -> None:
    told = planned(town_worth(1e6), replace(REQUEST, budget_eur=0.5))
    assert [p["left_eur"] for p in told["periods"]] == [0.5, 1.0, 1.5, 2.0]
    assert [each["limit"] for each in told["left_out"]] == ["budget"]


def test_where_digging_costs_nothing_everything_is_connected_and_nothing_is_saved() -> None:
    town = town_worth(1000.0)
    book = town.book
    free = replace(book, prices={n: replace(p, low=0.0, mid=0.0, high=0.0) for n, p in book.prices.items()})
    told = planned(replace(town, book=replace(free, prices={**free.prices, **_kept(book)})))
    assert told["periods"][0]["sites_connected"] == ["school"]
    assert (told["savings"]["same_routes_alone_eur"], told["savings"]["same_routes_saving_eur"]) == (0, 0)
    assert math.isfinite(told["certificate"]["gap"])


def _kept(book: Any) -> dict[str, Any]:
    """What is no price: depths, widths, shares, spacings."""
    return {name: price for name, price in book.prices.items() if not price.unit.startswith("EUR")}


def test_works_that_open_no_street_leave_the_plan_as_it_is_and_are_told() -> None:
    import shapely

    far = dig(shape=shapely.box(5000, 5000, 5100, 5001))
    told = planned(given([far]))
    assert [p["works_used"] for p in told["periods"]] == [[]] * 4
    assert "1 of 1 works open no street of this plan in its time." in told["notes"]


@pytest.mark.parametrize("carry_over", [True, False])
def test_the_list_of_streets_adds_up_to_what_the_half_years_cost(carry_over: bool) -> None:
    told = planned(town_worth(1e6), replace(REQUEST, budget_eur=40_000, carry_over=carry_over))
    for t, period in enumerate(told["periods"]):
        rows = [row for row in told["streets"] if row["period"] == t]
        assert sum(row["cost_eur"] for row in rows) == pytest.approx(period["cost_eur"], abs=0.02)
        assert sum(row["alone_eur"] for row in rows) == pytest.approx(period["alone_eur"], abs=0.02)
        assert sum(row["sections"] for row in rows) == period["edges"]
    ostas = [row for row in told["streets"] if row["street"] == "Ostas iela"]
    assert sum(row["metres"] for row in ostas) == 200
    assert {row["surface"] for row in ostas} == {"carriageway_asphalt"}
    # A cable chamber every 150 m; 6 lines cross 100 m of a trench of one's own.
    assert sum(row["chambers"] for row in ostas) == pytest.approx(200 / 150, abs=0.11)
    alone_m = sum(row["metres"] for row in ostas if row["work_id"] is None)
    assert sum(row["crossings"] for row in ostas) == pytest.approx(alone_m * 6 / 100, abs=0.11)
    assert {(row["work_id"], row["depth_m"]) for row in ostas} <= {(None, 0.6), ("w1", 1.8)}
