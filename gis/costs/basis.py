"""What the money of a plan rests on: invoices, contracts, published prices, derived ones, assumptions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gis.costs.ducts import joint_eur_per_m, own_eur_per_m
from gis.costs.prices import TRENCH_ALONE, PriceBook, PriceLevel, Surface, Technique, Total
from gis.costs.utilities import Laid
from gis.streets import Floats


@dataclass(frozen=True)
class Costs:
    """
    How an instance was priced: the length of each street edge, its surface, EUR a metre alone, and metres into each
    building.

    A metre alone is cheaper than its surface says where some of it goes through a duct that is free: `free` is that
    share of each edge. `digs` is what lies in the trench of works, by their ids, and `shares` which share of an edge
    each of them opens.
    """

    lengths_m: Floats
    surfaces: Sequence[Surface]
    per_m: Floats
    ways_m: Floats
    book: PriceBook
    level: PriceLevel
    techniques: frozenset[Technique] = TRENCH_ALONE
    free: Floats = field(default_factory=lambda: np.empty(0))
    digs: Mapping[str, Laid] = field(default_factory=dict)
    shares: Mapping[str, Mapping[int, float]] = field(default_factory=dict)


def pulled_eur_per_m(book: PriceBook, level: PriceLevel) -> Total:
    """Return what a metre of cable through a duct that is free costs."""
    total = Total()
    total.add(book.price("cable.existing_duct"), 1, level)
    total.add(book.price("cable.fibre_96"), 1, level)
    return total


def rests_on(costs: Costs, laid: Iterable[tuple[int, float, str | None]]) -> dict[str, float]:
    """
    Return which share of what was laid rests on what.

    Args:
        costs: How the instance was priced.
        laid: Edges of the instance with what each costs in EUR, and the work in which it is laid, if any.
    """
    whole = Total()
    for edge, eur, work in laid:
        whole.add_all(_parts(costs, edge, eur, work), 1)
    return {basis.value: round(share, 4) for basis, share in sorted(whole.shares().items())}


def _parts(costs: Costs, edge: int, eur: float, work: str | None) -> Total:
    """Return what a duct on an edge rests on, as much as was paid."""
    book, level = costs.book, costs.level
    total = Total()
    if edge >= len(costs.lengths_m):
        total.add(book.price("building_entry"), 1, level)
        way = own_eur_per_m(book, Surface.VERGE_SOFT, level, costs.techniques)
        total.add_all(way, float(costs.ways_m[edge - len(costs.lengths_m)]))
        return total
    alone = _alone(costs, edge)
    dig = None if work is None else costs.digs.get(work)
    share = costs.shares.get(work, {}).get(edge, 0.0) if work is not None else 0.0
    if dig is not None:
        joint = joint_eur_per_m(book, costs.surfaces[edge], level, dig, costs.techniques)
        share = share if joint.eur < alone.eur else 0.0
        total.add_all(joint, share)
    total.add_all(alone, 1 - share)
    paid = Total()
    paid.add_all(total, eur / total.eur if total.eur else 0.0)
    return paid


def _alone(costs: Costs, edge: int) -> Total:
    free = float(costs.free[edge]) if len(costs.free) else 0.0
    dug = own_eur_per_m(costs.book, costs.surfaces[edge], costs.level, costs.techniques)
    pulled = pulled_eur_per_m(costs.book, costs.level)
    total = Total()
    total.add_all(min(pulled, dug, key=lambda one: one.eur), free)
    total.add_all(dug, 1 - free)
    return total
