"""Chances to dig once, by hand: near enough in place, time and length, with a range of money and a last day."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from gis.costs import Laid, PriceLevel, Surface, Utility, default_prices, trench_eur_per_m
from gis.sharing.joint_costs import JointCosts
from gis.sharing.opportunities import (
    Chance,
    Offer,
    PartyRules,
    Wanted,
    each_pair_once,
    fibre_routes,
    find_pairs,
    last_day_to_join,
    metres_opened,
    weigh,
)
from gis.sharing.trenches import Join, Trenches, Wish
from gis.streets.graph import Streets, build_graph

BOOK = default_prices()
HEAT, SEWER, POWER = Laid(Utility.HEAT, 1.2), Laid(Utility.SEWER, 2.8), Laid(Utility.POWER, 0.9)


def streets() -> Streets:
    """Four edges of a hundred metres from west to east, of asphalt."""
    lines = [shapely.LineString([(x, 0), (x + 100, 0)]) for x in range(0, 400, 100)]
    graph = build_graph(np.array(lines, np.object_))
    return Streets(graph, ["Ostas iela"] * 4, ["residential"] * 4, ["asphalt"] * 4, np.zeros(4, np.bool_))


def line(first: float, last: float, y: float = 0) -> Any:
    return shapely.LineString([(first, y), (last, y)])


def want(**changed: Any) -> Wanted:
    values: dict[str, Any] = {
        "id": "need", "owner": "Heat", "earliest": date(2027, 1, 1), "latest": date(2027, 12, 31),
        "shape": line(0, 400),
    }  # fmt: skip
    return Wanted(**(values | changed))


def offer(**changed: Any) -> Offer:
    values: dict[str, Any] = {
        "id": "pipe", "party": "Water", "starts_on": date(2027, 8, 2), "ends_on": date(2027, 10, 1), "tender_on": None,
        "shape": line(100, 400),
    }  # fmt: skip
    return Offer(**(values | changed))


def wishes_of(wanted: Wanted, offered: Offer, *more: Wish) -> dict[str, Wish]:
    mine, theirs = metres_opened([wanted.shape, offered.shape], streets())
    of = [Wish(wanted.id, wanted.owner, HEAT, mine, False), Wish(offered.id, offered.party, SEWER, theirs, True)]
    return {wish.id: wish for wish in (*of, *more)}


def find(
    wanted: Wanted,
    offered: Offer,
    rules: dict[str, PartyRules] | None = None,
    *more: Wish,
    joins: tuple[Join, ...] = (),
) -> list[Chance]:
    wishes, rules = wishes_of(wanted, offered, *more), rules or {}
    trenches = Trenches(wishes, joins)
    costs = JointCosts(BOOK, [Surface.CARRIAGEWAY_ASPHALT] * 4)
    pairs = find_pairs([wanted], [offered], wishes, rules)
    return [chance for pair in pairs if (chance := weigh(pair, trenches, costs, rules)) is not None]


def a_metre(level: PriceLevel, *laid: Laid) -> float:
    return trench_eur_per_m(BOOK, level, Surface.CARRIAGEWAY_ASPHALT, laid).eur_per_m


def test_a_pipe_beside_a_sewer_saves_what_their_trenches_have_in_common() -> None:
    (chance,) = find(want(), offer())
    assert (chance.length_m, chance.owner, chance.edges) == (300, "Heat", (1, 2, 3))
    both = [a_metre(level, HEAT) + a_metre(level, SEWER) - a_metre(level, HEAT, SEWER) for level in PriceLevel]
    found = (chance.saving.low_eur, chance.saving.mid_eur, chance.saving.high_eur)
    # Bringing two together costs 500, 2,000 or 8,000 EUR; cautious is the dearest of it.
    sums = [300 * both[0] - 8000, 300 * both[1] - 2000, 300 * both[2] - 500]
    # A dearer trench may be a wider one that shares less: the range reaches around the likely sum all the same.
    assert found == pytest.approx([min(sums[:2]), sums[1], max(sums[1:])], abs=0.01)
    assert chance.last_day == date(2027, 6, 7)  # eight weeks before 2 August
    assert sum(chance.saving.basis.values()) == pytest.approx(1, abs=1e-3)


def test_who_joins_a_trench_that_others_joined_saves_what_it_has_in_common_with_all_of_them() -> None:
    power = Wish("power", "Grid", POWER, {1: 100.0}, is_work=False)
    (chance,) = find(want(), offer(), None, power, joins=(Join("j", "power", "pipe", (1,)),))
    three = (
        a_metre(PriceLevel.MID, SEWER, POWER)
        + a_metre(PriceLevel.MID, HEAT)
        - a_metre(PriceLevel.MID, SEWER, POWER, HEAT)
    )
    two = a_metre(PriceLevel.MID, SEWER) + a_metre(PriceLevel.MID, HEAT) - a_metre(PriceLevel.MID, SEWER, HEAT)
    assert chance.saving.mid_eur == pytest.approx(100 * three + 200 * two - 2000, abs=0.01)


def test_what_is_dug_with_somebody_else_is_no_chance_there_any_more() -> None:
    other = Wish("other", "Roads", SEWER, {0: 100.0, 1: 100.0, 2: 100.0}, is_work=True)
    (chance,) = find(want(), offer(), None, other, joins=(Join("j", "need", "other", (0, 1)),))
    assert chance.edges == (2, 3)
    assert (
        find(
            want(),
            offer(),
            None,
            replace(other, metres=dict.fromkeys(range(4), 100.0)),
            joins=(Join("j", "need", "other", (0, 1, 2, 3)),),
        )
        == []
    )


def test_of_two_digs_that_could_join_each_other_the_later_one_joins() -> None:
    wishes = {"a": Wish("a", "A", HEAT, {0: 100.0}, True), "b": Wish("b", "B", SEWER, {0: 100.0}, True)}
    digs = [("a", "A", date(2027, 9, 1)), ("b", "B", date(2027, 7, 1))]
    wanted = [Wanted(name, party, day, day, line(0, 100)) for name, party, day in digs]
    offers = [Offer(name, party, day, None, None, line(0, 100)) for name, party, day in digs]
    (pair,) = each_pair_once(find_pairs(wanted, offers, wishes, {}))
    assert (pair.wanted, pair.offer.id) == ("a", "b")


def test_what_would_likely_cost_more_together_is_no_chance() -> None:
    """Ten metres in common save less than it costs to bring two together."""
    assert find(want(shape=line(390, 400)), offer()) == []


@pytest.mark.parametrize(
    ("wanted", "offered", "rules"),
    [
        ({"owner": "Water"}, {}, {}),  # nobody joins oneself
        ({"shape": line(0, 400, 20)}, {}, {}),  # 20 m aside
        ({"latest": date(2026, 12, 31)}, {}, {}),  # seven months before the work
        ({"earliest": date(2028, 5, 1), "latest": None}, {}, {}),  # seven months after it
        ({}, {"shape": line(0, 30)}, {}),  # 30 of 400 m are less than a tenth
        ({}, {"shape": line(0, 100)}, {"Heat": PartyRules(least_share=0.5)}),
        ({"after_work_id": "another"}, {}, {}),
    ],
)
def test_what_is_not_near_enough_is_no_chance(
    wanted: dict[str, Any], offered: dict[str, Any], rules: dict[str, PartyRules]
) -> None:
    assert find(want(**wanted), offer(**offered), rules) == []


def test_rules_of_a_party_reach_further_in_time() -> None:
    late = want(latest=date(2026, 12, 31))
    assert find(late, offer(), {"Heat": PartyRules(within_days=365)})


def test_a_need_that_hangs_on_a_work_waits_for_it_whenever_it_comes() -> None:
    assert find(want(after_work_id="pipe", latest=date(2020, 1, 1)), offer())


def test_the_last_day_comes_before_the_tender_where_that_is_known() -> None:
    assert last_day_to_join(offer(tender_on=date(2027, 3, 1)), PartyRules(join_weeks=2)) == date(2027, 2, 15)


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
