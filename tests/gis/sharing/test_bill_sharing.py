"""How a joint bill is shared: hand calculation, and laws that hold for every bill."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.sharing.bill_sharing import SharingRule, share_bill

RULES = list(SharingRule)
bills = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 10**8).map(lambda c: c / 100), min_size=1, max_size=5)


def test_three_rules_share_one_bill_as_by_hand() -> None:
    alone = {"water": 60_000.0, "fibre": 20_000.0}
    assert share_bill(SharingRule.INCREMENTAL, alone, 66_000, "water") == {"water": 60_000.0, "fibre": 6_000.0}
    assert share_bill(SharingRule.PROPORTIONAL, alone, 66_000, "water") == {"water": 49_500.0, "fibre": 16_500.0}
    # Each of two saves half of the 14,000 EUR.
    assert share_bill(SharingRule.SHAPLEY, alone, 66_000, "water") == {"water": 53_000.0, "fibre": 13_000.0}


@pytest.mark.parametrize("rule", RULES)
@given(alone=bills, share=st.floats(0, 1.2))
def test_the_parts_add_up_to_the_bill_to_the_cent(rule: SharingRule, alone: dict[str, float], share: float) -> None:
    joint = round(sum(alone.values()) * share, 2)
    parts = share_bill(rule, alone, joint, min(alone))
    assert set(parts) == set(alone)
    assert sum(Fraction(str(part)) for part in parts.values()) == Fraction(str(joint))


@pytest.mark.parametrize("rule", [SharingRule.PROPORTIONAL, SharingRule.SHAPLEY])
@given(eur=st.integers(1, 10**8), count=st.integers(2, 5), share=st.floats(0.3, 1))
def test_equals_pay_the_same_but_for_a_cent(rule: SharingRule, eur: int, count: int, share: float) -> None:
    alone = dict.fromkeys("abcde"[:count], eur / 100)
    parts = share_bill(rule, alone, round(sum(alone.values()) * share, 2), "a")
    assert max(parts.values()) - min(parts.values()) <= 0.0101


@pytest.mark.parametrize("rule", RULES)
@given(alone=bills)
def test_nobody_pays_more_together_than_alone_where_something_is_saved(
    rule: SharingRule, alone: dict[str, float]
) -> None:
    joint = round(max(alone.values()) + 0.3 * (sum(alone.values()) - max(alone.values())), 2)
    lead = max(alone, key=alone.__getitem__)
    parts = share_bill(rule, alone, joint, lead)
    assert all(parts[party] <= eur + 0.0101 for party, eur in alone.items())


@given(alone=bills, share=st.floats(0.3, 1))
def test_shapley_is_the_mean_over_all_orders_of_joining(alone: dict[str, float], share: float) -> None:
    joint = round(sum(alone.values()) * share, 2)
    saving, rest = sum(alone.values()) - joint, sum(alone.values()) - max(alone.values())

    def bill(some: tuple[str, ...]) -> float:
        mine = [alone[p] for p in some]
        if not mine:
            return 0.0
        return sum(mine) - saving * ((sum(mine) - max(mine)) / rest if rest else float(len(some) == len(alone)))

    orders = list(itertools.permutations(sorted(alone)))
    expected = dict.fromkeys(alone, 0.0)
    for order in orders:
        for k, party in enumerate(order):
            expected[party] += (bill(order[: k + 1]) - bill(order[:k])) / len(orders)
    found = share_bill(SharingRule.SHAPLEY, alone, joint, min(alone))
    assert found == pytest.approx(expected, abs=0.0101 * len(alone), rel=1e-9)


@pytest.mark.parametrize(
    ("alone", "joint", "lead"),
    [({}, 1.0, "a"), ({"a": 1.0}, 1.0, "b"), ({"a": -1.0}, 1.0, "a"), ({"a": 1.0}, float("nan"), "a")],
)
def test_a_bill_without_parties_or_with_no_sums_is_refused(alone: dict[str, float], joint: float, lead: str) -> None:
    with pytest.raises(ValueError, match="needs parties"):
        share_bill(SharingRule.PROPORTIONAL, alone, joint, lead)
