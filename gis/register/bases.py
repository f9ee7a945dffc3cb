"""What the money of a plan rests on: invoices, contracts, published prices, derived ones, assumptions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gis.costs.prices import (
    TRENCH_ALONE,
    Basis,
    Level,
    PriceBook,
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
    How an instance was priced: the length of each street edge, its surface, EUR a metre alone, and metres into each building.

    A metre alone is cheaper than its surface says where some of it goes through a duct that is free. `depths_m` are of works, by
    their ids, where they are known.
    """

    lengths_m: Floats
    surfaces: Sequence[Surface]
    per_m: Floats
    ways_m: Floats
    book: PriceBook
    level: Level
    techniques: frozenset[Technique] = TRENCH_ALONE
    depths_m: Mapping[str, float] = field(default_factory=dict)


def rests_on(costs: Costs, laid: Iterable[tuple[int, float, str | None]]) -> dict[str, float]:
    """
    Return which share of what was laid rests on what.

    Args:
        costs: How the instance was priced.
        laid: Edges of the instance with what each costs in EUR, and the work in which it is laid, if any.
    """
    sums: dict[Basis, float] = {}
    for edge, eur, work in laid:
        for basis, part in _parts(costs, edge, eur, work).items():
            sums[basis] = sums.get(basis, 0.0) + part
    whole = sum(sums.values())
    return {basis.value: round(part / whole, 4) for basis, part in sorted(sums.items())} if whole else {}


def _parts(costs: Costs, edge: int, eur: float, work: str | None) -> dict[Basis, float]:
    book, level = costs.book, costs.level
    total = Total()
    if edge >= len(costs.lengths_m):
        total.add(book.price("building_entry"), 1, level)
        way = own_eur_per_m(book, Surface.VERGE_SOFT, level, costs.techniques)
        _add(total, way, float(costs.ways_m[edge - len(costs.lengths_m)]))
        return total.by_basis
    metres, alone = float(costs.lengths_m[edge]), float(costs.per_m[edge])
    together = joint_eur_per_m(book, level, None if work is None else costs.depths_m.get(work))
    shared = 0.0
    if work is not None and alone > together.eur and metres:
        shared = min(1.0, max(0.0, (alone - eur / metres) / (alone - together.eur)))
    _add(total, together, shared * metres)
    dug = own_eur_per_m(book, costs.surfaces[edge], level, costs.techniques)
    pulled = Total()
    pulled.add(book.price("cable.existing_duct"), 1, level)
    pulled.add(book.price("cable.fibre_96"), 1, level)
    free = (dug.eur - alone) / (dug.eur - pulled.eur) if dug.eur > pulled.eur else 0.0
    _add(total, pulled, free * (1 - shared) * metres)
    _add(total, dug, (1 - free) * (1 - shared) * metres)
    return total.by_basis


def _add(total: Total, part: Total, amount: float) -> None:
    for basis, eur in part.by_basis.items():
        total.by_basis[basis] = total.by_basis.get(basis, 0.0) + eur * amount
