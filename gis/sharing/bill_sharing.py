"""
What digging together saves, and how the joint bill is shared.

Money is EUR without VAT. Parts of a bill are whole cents and add up to it exactly.
"""

import itertools
import math
from collections.abc import Mapping
from enum import StrEnum


class SharingRule(StrEnum):
    """How a joint bill is shared: who joins pays what it adds, by what each would pay alone, or by Shapley's value."""

    INCREMENTAL = "incremental"
    PROPORTIONAL = "proportional"
    SHAPLEY = "shapley"


def share_bill(rule: SharingRule, alone_eur: Mapping[str, float], joint_eur: float, lead: str) -> dict[str, float]:
    """
    Return what each party pays of a joint bill.

    Args:
        rule: How it is shared. Incremental: the lead pays what it would alone (at most all), the others the rest, by
            what each would pay alone. Proportional: by what each would pay alone. Shapley: each pays the mean, over all
            orders of joining, of what it adds (L. S. Shapley, A Value for n-Person Games, 1953), where some of the
            parties would save of the whole saving the part that all but the largest of them are of all but the largest
            of everybody.
        alone_eur: What each would pay alone.
        joint_eur: The bill.
        lead: Who digs anyway.

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
        parts = _shapley(alone_eur, joint_eur)
    return _to_cents(parts, joint_eur)


def _by_weight(weights: Mapping[str, float], total: float) -> dict[str, float]:
    whole = sum(weights.values())
    return {party: total * (weight / whole if whole else 1 / len(weights)) for party, weight in weights.items()}


def _incremental(alone: Mapping[str, float], joint: float, lead: str) -> dict[str, float]:
    others = {party: eur for party, eur in alone.items() if party != lead}
    paid = min(alone[lead], joint) if others else joint
    return {lead: paid, **(_by_weight(others, joint - paid) if others else {})}


def _shapley(alone: Mapping[str, float], joint: float) -> dict[str, float]:
    parties = sorted(alone)
    saving, rest = sum(alone.values()) - joint, sum(alone.values()) - max(alone.values())

    def bill(some: tuple[str, ...]) -> float:
        mine = [alone[party] for party in some]
        joined = (sum(mine) - max(mine, default=0.0)) / rest if rest else float(len(some) == len(parties))
        return sum(mine) - saving * joined

    parts = dict.fromkeys(parties, 0.0)
    count = len(parties)
    for party in parties:
        others = [other for other in parties if other != party]
        for size in range(count):
            weight = 1 / (count * math.comb(count - 1, size))
            for some in itertools.combinations(others, size):
                parts[party] += weight * (bill((*some, party)) - bill(some))
    return parts


def _to_cents(parts: Mapping[str, float], total: float) -> dict[str, float]:
    """Round parts to cents so that they add up to the total in cents: the largest remainders go up."""
    floors = {party: math.floor(eur * 100) for party, eur in parts.items()}
    left = round(total * 100) - sum(floors.values())
    order = sorted(parts, key=lambda party: (floors[party] - parts[party] * 100, party))
    for k in range(abs(left)):
        floors[order[k % len(order)]] += 1 if left > 0 else -1
    return {party: cents / 100 for party, cents in floors.items()}
