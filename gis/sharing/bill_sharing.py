"""
What digging together saves, and how the joint bill is shared.

Money is EUR without VAT. Parts of a bill are whole cents and add up to it exactly.
"""

import math
from collections.abc import Mapping
from enum import StrEnum

from gis.sharing.cents import in_cents


class SharingRule(StrEnum):
    """How a joint bill is shared: who joins pays what it adds, by what each would pay alone, or by Shapley's value."""

    INCREMENTAL = "incremental"
    PROPORTIONAL = "proportional"
    SHAPLEY = "shapley"


def share_bill(
    rule: SharingRule, alone_eur: Mapping[str, float], joint_eur: float, lead: str, due_eur: Mapping[str, float]
) -> dict[str, float]:
    """
    Return what each party pays of a joint bill.

    Args:
        rule: How it is shared. Incremental: the lead pays what it would alone (at most all), the others the rest, by
            what each would pay alone. Proportional: by what each would pay alone. Shapley: each pays what it would
            alone less its part of the saving, by what was due to each when the dig was planned.
        alone_eur: What each would pay alone.
        joint_eur: The bill.
        lead: Who digs anyway.
        due_eur: What of the planned saving was due to each by Shapley's value; where that is not known, nothing was to
            be saved, or somebody would pay less than nothing, the bill is shared by what each would pay alone.

    Raises:
        ValueError: nobody pays, the lead is none of them, or a sum is below nothing or no number.
    """
    sums = [*alone_eur.values(), joint_eur]
    if not alone_eur or lead not in alone_eur or not all(math.isfinite(x) and x >= 0 for x in sums):
        raise ValueError("a joint bill needs parties with their bills alone, one of whom leads")
    if rule is SharingRule.INCREMENTAL:
        parts = _incremental(alone_eur, joint_eur, lead)
    elif rule is SharingRule.PROPORTIONAL:
        parts = _by_weight(alone_eur, joint_eur)
    else:
        parts = _by_shapley(alone_eur, joint_eur, due_eur)
    return in_cents(dict(sorted(parts.items())), joint_eur)


def _by_weight(weights: Mapping[str, float], total: float) -> dict[str, float]:
    whole = sum(weights.values())
    return {party: total * (weight / whole if whole else 1 / len(weights)) for party, weight in weights.items()}


def _incremental(alone: Mapping[str, float], joint: float, lead: str) -> dict[str, float]:
    others = {party: eur for party, eur in alone.items() if party != lead}
    paid = min(alone[lead], joint) if others else joint
    return {lead: paid, **(_by_weight(others, joint - paid) if others else {})}


def _by_shapley(alone: Mapping[str, float], joint: float, due: Mapping[str, float]) -> dict[str, float]:
    saving, planned = math.fsum(alone.values()) - joint, math.fsum(due.values())
    if planned <= 0 or due.keys() != alone.keys():
        return _by_weight(alone, joint)
    parts = {party: eur - saving * due[party] / planned for party, eur in alone.items()}
    return parts if min(parts.values()) >= 0 else _by_weight(alone, joint)
