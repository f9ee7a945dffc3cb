"""What a joint dig costs: by hand, Shapley's value by all orders, and sums that add up to the cent."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.costs import Laid, PriceLevel, Surface, Utility, coordination_eur, default_prices, trench_eur_per_m
from gis.sharing.cents import in_cents
from gis.sharing.joint_costs import JointCosts, shapley, shapley_saved
from gis.sharing.joint_digs import PricedDig, price_dig
from gis.sharing.trenches import Trench, Wish

BOOK = default_prices()
ASPHALT = Surface.CARRIAGEWAY_ASPHALT
COSTS = JointCosts(BOOK, [ASPHALT, Surface.VERGE_SOFT, Surface.FOOTWAY_PAVED])
SEWER, POWER, DUCT = Laid(Utility.SEWER, 2.8), Laid(Utility.POWER, 0.9), Laid(Utility.FIBRE)


def a_metre(level: PriceLevel, *laid: Laid) -> float:
    return trench_eur_per_m(BOOK, level, ASPHALT, laid).eur_per_m


def wish(name: str, laid: Laid, metres: dict[int, float], party: str = "") -> Wish:
    return Wish(name, party or name.title(), laid, metres, is_work=True)


def priced(*wishes: Wish, edges: tuple[int, ...] = (0,)) -> PricedDig:
    by_id = {each.id: each for each in wishes}
    trenches = [Trench(edge, frozenset(w.id for w in wishes if edge in w.metres)) for edge in edges]
    return price_dig(trenches, by_id, COSTS)


def test_two_clients_save_what_their_trenches_share_less_the_talking() -> None:
    dig = priced(wish("sewer", SEWER, {0: 200.0}), wish("power", POWER, {0: 200.0}))
    for level in PriceLevel:
        assert dig.alone["Sewer"][level] == pytest.approx(200 * a_metre(level, SEWER), abs=0.01)
    shared = a_metre(PriceLevel.MID, SEWER) + a_metre(PriceLevel.MID, POWER) - a_metre(PriceLevel.MID, SEWER, POWER)
    assert dig.saving["mid"] == pytest.approx(200 * shared - 2000, abs=0.01)
    assert dig.joint["mid"] == round(sum(each["mid"] for each in dig.alone.values()) - dig.saving["mid"], 2)
    (section,) = dig.sections
    assert section.saving_eur == dig.saving["mid"]
    assert [(c.party, c.work_id, c.metres) for c in section.clients] == [
        ("Power", "power", 200.0),
        ("Sewer", "sewer", 200.0),
    ]


def test_the_cautious_saving_takes_digging_at_its_cheapest_and_talking_at_its_dearest() -> None:
    dig = priced(wish("sewer", SEWER, {0: 200.0}), wish("power", POWER, {0: 200.0}))
    for level, talking in (("low", 8000), ("high", 500)):
        at = PriceLevel(level)
        shared = a_metre(at, SEWER) + a_metre(at, POWER) - a_metre(at, SEWER, POWER)
        ends = (200 * shared - talking, dig.saving["mid"])
        assert dig.saving[level] == pytest.approx(min(ends) if level == "low" else max(ends), abs=0.01)


def test_where_one_opens_less_of_a_section_only_that_is_shared() -> None:
    whole, half = wish("sewer", SEWER, {0: 200.0}), wish("power", POWER, {0: 80.0})
    assert COSTS.stretches([whole, half], 0) == [(80.0, (POWER, SEWER)), (120.0, (SEWER,))]
    expected = 80 * a_metre(PriceLevel.MID, POWER, SEWER) + 120 * a_metre(PriceLevel.MID, SEWER)
    assert COSTS.eur(PriceLevel.MID, [whole, half], 0) == pytest.approx(expected)


laid = st.builds(
    Laid,
    st.sampled_from([Utility.FIBRE, Utility.POWER, Utility.WATER, Utility.HEAT, Utility.SEWER, Utility.RESURFACING]),
    st.sampled_from([None, 0.9, 1.5, 2.8]),
)
wishes = st.lists(
    st.tuples(laid, st.dictionaries(st.integers(0, 2), st.floats(5, 400), min_size=1), st.sampled_from("abcde")),
    min_size=2,
    max_size=5,
).map(lambda rows: [wish(f"w{k}", what, metres, party) for k, (what, metres, party) in enumerate(rows)])


@given(wishes=wishes)
def test_sections_clients_and_parts_add_up_to_the_cent(wishes: list[Wish]) -> None:
    by_id = {each.id: each for each in wishes}
    groups = [Trench(e, frozenset(w.id for w in wishes if e in w.metres)) for e in range(3)]
    groups = [trench for trench in groups if len(trench.members) > 1]
    if not groups:
        return
    dig = price_dig(groups, by_id, COSTS)

    def cents(values: list[float]) -> Fraction:
        return sum((Fraction(str(round(v, 2))) for v in values), Fraction())

    alone = cents([each["mid"] for each in dig.alone.values()])
    assert alone - Fraction(str(dig.joint["mid"])) == Fraction(str(dig.saving["mid"]))
    assert cents([section.saving_eur for section in dig.sections]) == Fraction(str(dig.saving["mid"]))
    assert cents([c.alone_eur for section in dig.sections for c in section.clients]) == alone
    assert cents(list(dig.due.values())) == Fraction(str(dig.saving["mid"]))
    for party, parts in dig.parts.items():
        assert cents(list(parts.values())) == Fraction(str(dig.alone[party]["mid"]))
    for sums in (dig.joint, dig.saving, *dig.alone.values()):
        assert sums["low"] <= sums["mid"] <= sums["high"]


@given(wishes=wishes)
def test_what_is_due_to_each_is_the_mean_over_all_orders_of_joining(wishes: list[Wish]) -> None:
    here = [each for each in wishes if 0 in each.metres]
    if len(here) < 2:
        return
    parties = sorted({each.party for each in here})
    expected = dict.fromkeys(parties, 0.0)
    orders = list(itertools.permutations(parties))

    def bill(some: tuple[str, ...]) -> float:
        return COSTS.eur(PriceLevel.MID, [w for w in here if w.party in some], 0)

    alone = {party: sum(COSTS.eur(PriceLevel.MID, [w], 0) for w in here if w.party == party) for party in parties}
    for order in orders:
        for k, party in enumerate(order):
            expected[party] += (alone[party] - bill(order[: k + 1]) + bill(order[:k])) / len(orders)
    found = shapley_saved(COSTS, Trench(0, frozenset(w.id for w in here)), {w.id: w for w in here})
    assert found == pytest.approx(expected, abs=1e-6)


def test_shapleys_value_of_a_published_game() -> None:
    """The glove game: two have a left glove, one a right one, and only a pair is worth something."""
    worth = {(): 0.0, ("a",): 0.0, ("b",): 0.0, ("c",): 0.0, ("a", "b"): 0.0, ("a", "c"): 1.0, ("b", "c"): 1.0}
    value = shapley(["a", "b", "c"], worth | {("a", "b", "c"): 1.0})
    assert value == pytest.approx({"a": 1 / 6, "b": 1 / 6, "c": 4 / 6})


@given(parts=st.dictionaries(st.text(), st.floats(-1e6, 1e6), min_size=1))
def test_parts_in_cents_add_up_and_none_is_a_cent_off(parts: dict[str, float]) -> None:
    found = in_cents(parts)
    assert sum(round(eur * 100) for eur in found.values()) == round(sum(parts.values()) * 100)
    assert all(abs(found[key] - eur) < 0.0101 for key, eur in parts.items())


def test_bringing_clients_together_costs_for_each_but_the_first() -> None:
    assert [coordination_eur(BOOK, PriceLevel.MID, clients) for clients in (1, 2, 4)] == [0, 2000, 6000]
