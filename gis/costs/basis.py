"""What the money of a plan rests on: invoices, contracts, published prices, derived ones, assumptions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gis.costs.prices import (
    TRENCH_ALONE,
    PriceBook,
    PriceLevel,
    Surface,
    Technique,
    Total,
    joint_eur_per_m,
    own_eur_per_m,
)
from gis.streets import Floats


@dataclass(frozen=True)
class Costs:
    """
    How an instance was priced: the length of each street edge, its surface, EUR a metre alone, and metres into each
    building.

    A metre alone is cheaper than its surface says where some of it goes through a duct that is free. `depths_m` are of
    works, by their ids, where they are known.
    """

    lengths_m: Floats
    surfaces: Sequence[Surface]
    per_m: Floats
    ways_m: Floats
    book: PriceBook
    level: PriceLevel
    techniques: frozenset[Technique] = TRENCH_ALONE
    depths_m: Mapping[str, float] = field(default_factory=dict)


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
    book, level = costs.book, costs.level
    total = Total()
    if edge >= len(costs.lengths_m):
        total.add(book.price("building_entry"), 1, level)
        way = own_eur_per_m(book, Surface.VERGE_SOFT, level, costs.techniques)
        total.add_all(way, float(costs.ways_m[edge - len(costs.lengths_m)]))
        return total
    metres, alone = float(costs.lengths_m[edge]), float(costs.per_m[edge])
    together = joint_eur_per_m(book, level, None if work is None else costs.depths_m.get(work))
    shared = 0.0
    if work is not None and alone > together.eur and metres:
        shared = min(1.0, max(0.0, (alone - eur / metres) / (alone - together.eur)))
    total.add_all(together, shared * metres)
    dug = own_eur_per_m(book, costs.surfaces[edge], level, costs.techniques)
    pulled = Total()
    pulled.add(book.price("cable.existing_duct"), 1, level)
    pulled.add(book.price("cable.fibre_96"), 1, level)
    free = (dug.eur - alone) / (dug.eur - pulled.eur) if dug.eur > pulled.eur else 0.0
    total.add_all(pulled, free * (1 - shared) * metres)
    total.add_all(dug, (1 - free) * (1 - shared) * metres)
    return total
