"""Chances to dig once, by hand: near enough in place, time and length, with a range of money and a last day."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from gis.costs.prices import Basis, OwnPrice, default_prices
from gis.sharing.opportunities import (
    Offer,
    PartyRules,
    Wanted,
    fibre_routes,
    find_chances,
    last_day_to_join,
    save_by_sharing,
)
from gis.streets.graph import Streets, build_graph

BOOK = default_prices()


def streets() -> Streets:
    """Four edges of a hundred metres from west to east, of asphalt."""
    lines = [shapely.LineString([(x, 0), (x + 100, 0)]) for x in range(0, 400, 100)]
    graph = build_graph(np.array(lines, np.object_))
    return Streets(graph, ["Ostas iela"] * 4, ["residential"] * 4, ["asphalt"] * 4, np.zeros(4, np.bool_))


def line(first: float, last: float, y: float = 0) -> Any:
    return shapely.LineString([(first, y), (last, y)])


def want(**changed: Any) -> Wanted:
    values: dict[str, Any] = {
        "id": "need", "owner": "Fibre", "is_fibre": True, "earliest": date(2027, 1, 1), "latest": date(2027, 12, 31),
        "shape": line(0, 400),
    }  # fmt: skip
    return Wanted(**(values | changed))


def offer(**changed: Any) -> Offer:
    values: dict[str, Any] = {
        "id": "pipe", "party": "Water", "starts_on": date(2027, 8, 2), "ends_on": date(2027, 10, 1), "tender_on": None,
        "depth_m": None, "shape": line(100, 400),
    }  # fmt: skip
    return Offer(**(values | changed))


def find(wanted: Wanted, offered: Offer, rules: dict[str, PartyRules] | None = None) -> list[Any]:
    return find_chances([wanted], [offered], streets(), BOOK, rules or {})


def test_a_duct_beside_a_pipe_saves_its_trench_less_what_joining_adds() -> None:
    (chance,) = find(want(), offer())
    # 300 m at 60, 100, 160 EUR; joining adds 35, 15, 8 EUR a metre and 8,000, 2,000, 500 EUR once.
    assert (chance.length_m, chance.owner) == (300, "Fibre")
    assert chance.saving.low_eur == 300 * (60 - 35) - 8000 == -500
    assert chance.saving.mid_eur == 300 * (100 - 15) - 2000 == 23_500
    assert chance.saving.high_eur == 300 * (160 - 8) - 500 == 45_100
    assert chance.saving.trench_eur == {"low": 18_000, "mid": 30_000, "high": 48_000}
    assert chance.last_day == date(2027, 6, 7)  # eight weeks before 2 August
    # The trenches (30,000) are published, what joining adds (4,500) derived, the coordination (2,000) assumed.
    assert chance.saving.basis == pytest.approx(
        {"published": 30_000 / 36_500, "derived": 4_500 / 36_500, "assumption": 2_000 / 36_500}, abs=1e-4
    )


def test_a_duct_in_a_shallow_dig_pays_for_the_rest_of_its_depth() -> None:
    (chance,) = find(want(), offer(depth_m=0.3))  # of 0.8, 0.6, 0.4 m of a duct, in soft ground at 40, 20, 10 EUR
    assert chance.saving.low_eur == 300 * (60 - 35 - 40 * 5 / 8) - 8000 == -8000
    assert chance.saving.mid_eur == 300 * (100 - 15 - 20 / 2) - 2000
    assert chance.saving.high_eur == 300 * (160 - 8 - 10 / 4) - 500
    whole = 30_000 + 4_500 + 3_000 + 2_000
    assert chance.saving.basis == pytest.approx(
        {"published": 33_000 / whole, "derived": 4_500 / whole, "assumption": 2_000 / whole}, abs=1e-4
    )


def test_where_ones_own_trench_is_cheaper_nobody_joins() -> None:
    """Grass at 20 EUR beside a dig that opens the surface alone: joining would cost 15 and 20 EUR."""
    town = replace(streets(), surfaces=["asphalt", "grass", "grass", "grass"])
    alone = save_by_sharing({0: 100.0}, True, town, BOOK, (0.0, None))
    both = save_by_sharing({0: 100.0, 1: 100.0, 2: 100.0}, True, town, BOOK, (0.0, None))
    assert alone.mid_eur == both.mid_eur == 100 * (100 - 15 - 20) - 2000
    assert both.trench_eur["mid"] == 10_000 + 4_000
    assert both.basis["derived"] == pytest.approx(1500 / (14_000 + 1_500 + 2_000 + 2_000), abs=1e-4)


def test_two_pipes_save_as_far_down_as_both_go() -> None:
    (chance,) = find(want(is_fibre=False, owner="Heat", depth_m=1.5), offer(depth_m=0.3))
    assert chance.saving.mid_eur == pytest.approx(2 * 300 * 100 * 0.28 / 5 - 2000)
    (deep,) = find(want(is_fibre=False, owner="Heat", depth_m=1.5), offer(depth_m=2.0))
    assert deep.saving.mid_eur == pytest.approx(2 * 300 * 100 * 0.28 - 2000)


def test_two_pipes_in_one_trench_save_the_published_share_of_the_joint_bill() -> None:
    (chance,) = find(want(is_fibre=False, owner="Heat"), offer())
    assert chance.saving.mid_eur == pytest.approx(2 * 300 * 100 * 0.28 - 2000)


@pytest.mark.parametrize(
    ("wanted", "offered", "rules"),
    [
        ({"owner": "Water"}, {}, {}),  # nobody joins oneself
        ({"shape": line(0, 400, 20)}, {}, {}),  # 20 m aside
        ({"latest": date(2026, 12, 31)}, {}, {}),  # seven months before the work
        ({"earliest": date(2028, 5, 1), "latest": None}, {}, {}),  # seven months after it
        ({}, {"shape": line(0, 30)}, {}),  # 30 of 400 m are less than a tenth
        ({}, {"shape": line(0, 100)}, {"Fibre": PartyRules(least_share=0.5)}),
        ({"after_work_id": "another"}, {}, {}),
    ],
)
def test_what_is_not_near_enough_is_no_chance(
    wanted: dict[str, Any], offered: dict[str, Any], rules: dict[str, PartyRules]
) -> None:
    assert find(want(**wanted), offer(**offered), rules) == []


def test_rules_of_a_party_reach_further_in_time() -> None:
    late = want(latest=date(2026, 12, 31))
    assert find(late, offer(), {"Fibre": PartyRules(within_days=365)})


def test_a_need_that_hangs_on_a_work_waits_for_it_whenever_it_comes() -> None:
    assert find(want(after_work_id="pipe", latest=date(2020, 1, 1)), offer())


def test_the_last_day_comes_before_the_tender_where_that_is_known() -> None:
    assert last_day_to_join(offer(tender_on=date(2027, 3, 1)), PartyRules(join_weeks=2)) == date(2027, 2, 15)


def test_a_price_of_ones_own_takes_the_place_of_the_default() -> None:
    own = OwnPrice("trench.carriageway_asphalt", 80.0, Basis.CONTRACT, "K-12", date(2026, 5, 1))
    saving = save_by_sharing({0: 100.0}, True, streets(), BOOK.with_own([own]))
    assert saving.mid_eur == 100 * (80 - 15) - 2000
    assert saving.basis["contract"] == pytest.approx(8000 / (8000 + 1500 + 2000), abs=1e-4)


def test_fibre_goes_the_cheapest_way_from_where_it_is() -> None:
    lines = [
        shapely.LineString([(0, 0), (100, 0)]),
        shapely.LineString([(100, 0), (200, 0)]),
        shapely.LineString([(0, 0), (0, 50), (200, 50), (200, 0)]),
        shapely.LineString([(900, 0), (950, 0)]),
    ]
    graph = build_graph(np.array(lines, np.object_))
    surfaces = ["asphalt", "asphalt", "grass", "grass"]
    town = Streets(graph, [""] * 4, ["residential"] * 4, surfaces, np.zeros(4, np.bool_))
    root, school = (int(np.flatnonzero((graph.node_xy == xy).all(axis=1))[0]) for xy in ([0, 0], [200, 0]))
    island = int(np.flatnonzero((graph.node_xy == [900, 0]).all(axis=1))[0])
    found = fibre_routes(town, np.array([root]), np.array([school, island]), BOOK)
    assert found.tolist() == [2]  # 300 m of grass at 30 EUR are less than 200 m of asphalt at 110
