"""How a joint bill is shared: hand calculation, and laws that hold for every bill."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.sharing.bill_sharing import SharingRule, share_bill

RULES = list(SharingRule)
bills = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 10**8).map(lambda c: c / 100), min_size=1, max_size=5)


def test_three_rules_share_one_bill_as_by_hand() -> None:
    alone, due = {"water": 60_000.0, "fibre": 20_000.0}, {"water": 6_000.0, "fibre": 6_000.0}
    found = {rule: share_bill(rule, alone, 66_000, "water", due) for rule in SharingRule}
    assert found[SharingRule.INCREMENTAL] == {"water": 60_000.0, "fibre": 6_000.0}
    assert found[SharingRule.PROPORTIONAL] == {"water": 49_500.0, "fibre": 16_500.0}
    # Each of two saves half of the 14,000 EUR.
    assert found[SharingRule.SHAPLEY] == {"water": 53_000.0, "fibre": 13_000.0}


@pytest.mark.parametrize("rule", RULES)
@given(alone=bills, share=st.floats(0, 1.2))
def test_the_parts_add_up_to_the_bill_to_the_cent(rule: SharingRule, alone: dict[str, float], share: float) -> None:
    joint = round(sum(alone.values()) * share, 2)
    due = {party: eur * (k + 1) for k, (party, eur) in enumerate(sorted(alone.items()))}
    parts = share_bill(rule, alone, joint, min(alone), due)
    assert set(parts) == set(alone)
    assert sum(Fraction(str(part)) for part in parts.values()) == Fraction(str(joint))


@pytest.mark.parametrize("rule", [SharingRule.PROPORTIONAL, SharingRule.SHAPLEY])
@given(eur=st.integers(1, 10**8), count=st.integers(2, 5), share=st.floats(0.3, 1))
def test_equals_pay_the_same_but_for_a_cent(rule: SharingRule, eur: int, count: int, share: float) -> None:
    alone = dict.fromkeys("abcde"[:count], eur / 100)
    parts = share_bill(rule, alone, round(sum(alone.values()) * share, 2), "a", dict.fromkeys(alone, 1.0))
    assert max(parts.values()) - min(parts.values()) <= 0.0101


@pytest.mark.parametrize("rule", RULES)
@given(alone=bills)
def test_nobody_pays_more_together_than_alone_where_something_is_saved(
    rule: SharingRule, alone: dict[str, float]
) -> None:
    joint = round(max(alone.values()) + 0.3 * (sum(alone.values()) - max(alone.values())), 2)
    lead = max(alone, key=alone.__getitem__)
    parts = share_bill(rule, alone, joint, lead, {})
    assert all(parts[party] <= eur + 0.0101 for party, eur in alone.items())


def test_by_shapley_a_contract_is_shared_as_the_plan_was() -> None:
    alone, due = {"water": 60_000.0, "fibre": 20_000.0, "heat": 40_000.0}, {"water": 10.0, "fibre": 5.0, "heat": 25.0}
    # 32,000 EUR are saved: 10/40, 5/40 and 25/40 of it.
    assert share_bill(SharingRule.SHAPLEY, alone, 88_000, "water", due) == {
        "water": 52_000.0, "fibre": 16_000.0, "heat": 20_000.0
    }  # fmt: skip


def test_nobody_is_paid_for_joining() -> None:
    parts = share_bill(SharingRule.SHAPLEY, {"a": 100.0, "b": 900.0}, 500, "a", {"a": 9.0, "b": 1.0})
    assert parts == {"a": 50.0, "b": 450.0}


@pytest.mark.parametrize(
    ("alone", "joint", "lead"),
    [({}, 1.0, "a"), ({"a": 1.0}, 1.0, "b"), ({"a": -1.0}, 1.0, "a"), ({"a": 1.0}, float("nan"), "a")],
)
def test_a_bill_without_parties_or_with_no_sums_is_refused(alone: dict[str, float], joint: float, lead: str) -> None:
    with pytest.raises(ValueError, match="needs parties"):
        share_bill(SharingRule.PROPORTIONAL, alone, joint, lead, {})
