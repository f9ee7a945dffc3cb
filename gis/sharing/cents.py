"""Sums split into whole cents that add up to them."""

import math
from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def in_cents(parts: Mapping[Key, float], total_eur: float | None = None) -> dict[Key, float]:
    """
    Return parts in whole cents that add up to the total in cents: the largest remainders go up.

    Args:
        parts: In EUR, in the order in which equal remainders go up.
        total_eur: What they add up to; the sum of the parts unless told.
    """
    floors = {key: math.floor(eur * 100) for key, eur in parts.items()}
    total = math.fsum(parts.values()) if total_eur is None else total_eur
    left = round(total * 100) - sum(floors.values())
    order = sorted(parts, key=lambda key: floors[key] - parts[key] * 100)
    for k in range(abs(left)):
        floors[order[k % len(order)]] += 1 if left > 0 else -1
    return {key: cents / 100 for key, cents in floors.items()}
