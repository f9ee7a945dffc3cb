"""From streets, sites and works to an instance: every number by hand."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gis.costs.basis import rests_on
from gis.costs.prices import default_prices
from gis.planning.horizon.problem import NEVER, Horizon
from gis.planning.instance_files import read_instance, write_instance
from gis.plans.build import build_instance
from gis.plans.inputs import DemandSite, Dig, PlanInputs
from gis.plans.requests import Box, PlanRequest
from gis.streets.graph import Streets, build_graph
from ventspils.core.errors import UsageError

# By hand at the likely prices, as in the tests of ducts: a duct 0.6 m deep in a trench of 0.3 m, with its bed, what is
# carried away, what it crosses and the site; beside a water main DN 150 the trench is 0.1575 m wider.
MATERIAL = 4 + 2 + 600 / 150
BED, DISPOSAL, CROSSINGS = (0.3 * 0.25 - np.pi * 0.05**2 / 4) * 38, 0.3 * 0.25 * 28, 6 / 100 * 40
DUG = (0.3 * 0.6 * 40 + BED + DISPOSAL + CROSSINGS) * 1.15
OWN, SOFT = 0.6 * 135 + DUG + MATERIAL, 0.3 * 8 + DUG + MATERIAL
JOINT = 0.1575 * 135 + (0.1575 * 0.6 * 40 + BED + DISPOSAL) * 1.15 + MATERIAL


def streets() -> Streets:
    """Two hundred metres of asphalt in two edges, from west to east."""
    graph = build_graph(
        np.array([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(100, 0), (200, 0)])], np.object_)
    )
    return Streets(graph, ["Ostas iela"] * 2, ["residential"] * 2, ["asphalt"] * 2, np.zeros(2, np.bool_))


def place(name: str, x: float, **changed: Any) -> DemandSite:
    values = {"y_m": 0.0, "has_fibre": False, "prize_eur_per_year": 1000.0, "connect_by": None}
    return DemandSite(name, name, x, **(values | changed))


def dig(**changed: Any) -> Dig:
    values: dict[str, Any] = {
        "id": "w1", "title": "Pipe", "kind": "water", "starts_on": date(2027, 8, 1), "ends_on": date(2027, 9, 30),
        "earliest_on": None, "latest_on": None, "moving_eur_per_month": None, "depth_m": 1.8,
        "shape": shapely.box(100, -2, 200, 2),
    }  # fmt: skip
    return Dig(**(values | changed))


PLACES = [place("centre", 0, has_fibre=True), place("school", 200, y_m=30.0)]
REQUEST = PlanRequest(date(2027, 1, 1), 4, 20_000)


def given(digs: list[Dig], places: list[DemandSite] = PLACES) -> PlanInputs:
    return PlanInputs(streets(), digs, places, default_prices())


def build(digs: list[Dig], places: list[DemandSite] = PLACES, box_m: Box | None = None) -> Horizon:
    return build_instance(given(digs, places), REQUEST, box_m).horizon


def test_a_street_costs_its_metres_and_a_site_the_way_from_the_street_and_its_entry() -> None:
    horizon = build([])
    assert horizon.own[:2] == pytest.approx(np.full((2, 4), 100 * OWN), abs=0.01)
    assert horizon.own[2] == pytest.approx(np.full(4, 1200 + 30 * SOFT), abs=0.01)
    assert horizon.prizes.tolist() == [[500.0] * 4]
    assert horizon.budgets is not None
    assert horizon.budgets.tolist() == [20_000] * 4
    assert horizon.discounts == pytest.approx([1, 1.04**-0.5, 1.04**-1, 1.04**-1.5])


def test_a_work_makes_the_edges_that_it_opens_cheap_while_it_is_open() -> None:
    (work,) = build([dig()]).works
    assert (work.starts, work.duration, work.closes) == ((1,), 1, 0)
    found = dict(zip(work.edges.tolist(), work.joints.tolist(), strict=True))
    assert found[1] == pytest.approx(100 * JOINT, abs=0.01)


def test_where_a_work_covers_an_edge_in_part_the_rest_is_dug_alone() -> None:
    (work,) = build([dig(shape=shapely.box(100, -2, 147, 2))]).works  # with the 3 m around it half of the edge
    found = dict(zip(work.edges.tolist(), work.joints.tolist(), strict=True))
    assert found[1] == pytest.approx(50 * JOINT + 50 * OWN, rel=1e-3)


def test_a_new_surface_spares_what_it_makes_over_the_trench_and_no_soil() -> None:
    (work,) = build([dig(kind="resurfacing", depth_m=0.1)]).works
    found = dict(zip(work.edges.tolist(), work.joints.tolist(), strict=True))
    assert found[1] == pytest.approx(100 * (OWN - 0.6 * 35), abs=0.01)


def test_joining_a_dig_in_soft_ground_never_costs_more_than_digging_alone() -> None:
    town = replace(streets(), surfaces=["grass"] * 2)
    (work,) = build_instance(
        replace(given([dig(kind="resurfacing", depth_m=0.1)]), streets=town), REQUEST
    ).horizon.works
    assert work.joints[work.edges.tolist().index(1)] <= 100 * SOFT + 0.01


def test_works_that_do_not_say_how_deep_or_how_thick_count_as_is_usual_and_are_told() -> None:
    """A water main DN 150 lies 0.5 m below frost of 1.1 m, with 0.1 m of bed: also in a trench of 0.7 m and more."""
    built = build_instance(given([dig(depth_m=None)]), REQUEST)
    deep = build([dig(depth_m=1.7, diameter_mm=150)]).works[0]
    assert built.horizon.works[0].joints.tolist() == deep.joints.tolist()
    assert any("1 of 1 works do not say how deep they dig" in note for note in built.notes)
    told = build_instance(given([dig()]), REQUEST).notes
    assert not any("how deep" in note for note in told)


def test_works_of_a_kind_that_says_nothing_are_told() -> None:
    notes = build_instance(given([dig(kind="other")]), REQUEST).notes
    assert any("1 of 1 works do not say what they lay" in note for note in notes)


def test_what_a_duct_in_a_dig_costs_rests_on_every_price_in_it() -> None:
    built = build_instance(given([dig()]), REQUEST)
    assert built.costs is not None
    shares = rests_on(built.costs, [(1, 100 * JOINT, "w1")])
    # Derived: the surface; published: what is carried away, and the duct; assumed: the rest.
    by_hand = {"derived": 0.1575 * 135 / JOINT, "published": (DISPOSAL + 4) / JOINT}
    assert shares == pytest.approx(by_hand | {"assumption": 1 - sum(by_hand.values())}, abs=1e-3)


def test_what_is_dug_beside_a_dig_that_covers_half_an_edge_rests_on_both_prices() -> None:
    built = build_instance(given([dig(shape=shapely.box(100, -2, 147, 2))]), REQUEST)
    assert built.costs is not None
    shares = rests_on(built.costs, [(1, 50 * (JOINT + OWN), "w1")])
    assert shares["derived"] == pytest.approx((0.1575 + 0.6) * 135 / (JOINT + OWN), abs=2e-3)


@pytest.mark.parametrize(
    ("kind", "closes"), [("road", 10), ("seguma atjaunošana", 10), ("Fahrbahndecke", 10), ("gas", 0)]
)
def test_a_new_surface_in_any_language_closes_its_street_for_years_afterwards(kind: str, closes: int) -> None:
    (work,) = build([dig(kind=kind)]).works
    assert work.closes == closes


def test_a_work_moves_within_what_its_owner_allows_at_the_cost_that_is_told() -> None:
    movable = dig(earliest_on=date(2027, 1, 1), latest_on=date(2028, 6, 30), moving_eur_per_month=50.0)
    (work,) = build([movable]).works
    assert (work.starts, work.shifts) == ((0, 1, 2), (300.0, 0.0, 300.0))
    (still,) = build([dig(earliest_on=date(2027, 1, 1), latest_on=date(2028, 6, 30))]).works
    assert still.starts == (1,)


def test_a_work_under_way_is_open_for_what_is_left_of_it_and_one_that_is_over_not_at_all() -> None:
    (work,) = build([dig(starts_on=date(2026, 5, 1), ends_on=date(2027, 8, 31))]).works
    assert (work.starts, work.duration) == ((0,), 2)
    assert build([dig(starts_on=date(2025, 5, 1), ends_on=date(2026, 8, 31))]).works == ()
    assert build([dig(shape=shapely.box(900, 900, 901, 901))]).works == ()


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (date(2027, 6, 30), 0),
        (date(2027, 12, 30), 0),
        (date(2027, 12, 31), 1),
        (date(2035, 1, 1), NEVER),
        (None, NEVER),
    ],
)
def test_a_site_is_to_be_connected_by_the_end_of_a_half_year(day: date | None, period: int) -> None:
    places = [PLACES[0], place("school", 200, connect_by=day)]
    assert build([], places).deadlines.tolist() == [period]


@pytest.mark.parametrize(
    ("places", "box_m", "said"),
    [
        ([], None, "No site lies"),
        ([PLACES[1]], None, "No place or cable route with fibre"),
        ([PLACES[0]], None, "No site that wants fibre"),
        ([PLACES[0], place("far", 9000)], None, "No site that wants fibre"),
        (PLACES, (5000, 5000, 6000, 6000), "No street lies"),
        ([PLACES[0], place("late", 200, connect_by=date(2027, 3, 1))], None, "before the first period ends"),
    ],
)
def test_what_cannot_be_planned_is_told(places: list[DemandSite], box_m: Box | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        build([], places, box_m)


def test_a_site_far_from_every_street_is_left_out_and_named() -> None:
    built = build_instance(given([], [*PLACES, place("far", 9000)]), REQUEST)
    assert built.horizon.sites == ("school",)
    assert any("'far' lies 8800 m" in note for note in built.notes)


def test_an_instance_that_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    built = build_instance(given([dig()]), REQUEST)
    (tmp_path / "a.json").write_text(json.dumps(write_instance(built.horizon)))
    again = read_instance(tmp_path / "a.json")
    assert isinstance(again, Horizon)
    assert again.own.tolist() == built.horizon.own.tolist()
    assert (again.us.tolist(), again.vs.tolist()) == (built.horizon.us.tolist(), built.horizon.vs.tolist())
    assert again.works[0].joints.tolist() == built.horizon.works[0].joints.tolist()
