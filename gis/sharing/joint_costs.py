"""
What lies in one trench costs, alone and together, over metres of street sections.

Where clients open a section over different lengths, they are taken to lie beside each other as far as they can: the
shorter stretch within the longer one. Money is EUR without VAT.
"""

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gis.costs import Laid, PriceBook, PriceLevel, Surface, Total, TrenchPrice, coordination_eur, trench_eur_per_m
from gis.sharing.trenches import Trench, Wish

MOST_CLIENTS = 12  # whose orders of joining are all looked at; 2^12 sets of them
_OPPOSITE = {PriceLevel.LOW: PriceLevel.HIGH, PriceLevel.MID: PriceLevel.MID, PriceLevel.HIGH: PriceLevel.LOW}


@dataclass
class JointCosts:
    """
    Prices a metre of what lies together, looked up once for each kind of street and set of pipes.

    Args:
        book: Prices.
        surfaces: Of each street edge.
    """

    book: PriceBook
    surfaces: Sequence[Surface]
    _known: dict[tuple[PriceLevel, Surface, tuple[Laid, ...]], TrenchPrice] = field(default_factory=dict)

    def stretches(self, wishes: Iterable[Wish], edge: int) -> list[tuple[float, tuple[Laid, ...]]]:
        """Return the stretches of a section, each with its metres and what lies side by side there."""
        lying = sorted(((wish.metres[edge], wish.laid) for wish in wishes), key=lambda each: (each[0], _order(each[1])))
        found, before = [], 0.0
        for k, (metres, _) in enumerate(lying):
            if metres > before:
                found.append((metres - before, tuple(sorted((laid for _, laid in lying[k:]), key=_order))))
                before = metres
        return found

    def price(self, level: PriceLevel, edge: int, laid: tuple[Laid, ...]) -> TrenchPrice:
        """Return what a metre of a trench with all this costs on an edge."""
        key = level, self.surfaces[edge], laid
        if key not in self._known:
            self._known[key] = trench_eur_per_m(self.book, level, self.surfaces[edge], laid)
        return self._known[key]

    def eur(self, level: PriceLevel, wishes: Collection[Wish], edge: int) -> float:
        """Return what one trench for all these wishes costs on an edge."""
        return sum(metres * self.price(level, edge, laid).eur_per_m for metres, laid in self.stretches(wishes, edge))

    def parts(self, wish: Wish, edge: int) -> dict[str, float]:
        """Return what a wish costs alone on an edge at the likely price, by part of the trench."""
        price = self.price(PriceLevel.MID, edge, (wish.laid,))
        return {part.value: eur * wish.metres[edge] for part, eur in price.parts.items()}

    def saved(self, level: PriceLevel, groups: Sequence[Collection[Wish]], edge: int) -> float:
        """Return what is saved where groups that would dig apart lie in one trench on an edge."""
        together = [wish for group in groups for wish in group]
        return sum(self.eur(level, group, edge) for group in groups) - self.eur(level, together, edge)

    def saving(self, gross: Mapping[PriceLevel, float], more_clients: int) -> dict[PriceLevel, float]:
        """
        Return what is saved after talking with so many more clients; low takes digging at its cheapest and talking at
        its dearest.
        """
        return {level: gross[level] - self.talking_eur(_OPPOSITE[level], more_clients + 1) for level in gross}

    def talking_eur(self, level: PriceLevel, clients: int) -> float:
        """Return what it costs to bring so many clients together."""
        return coordination_eur(self.book, level, clients)

    def rests_on(self, trenches: Iterable[tuple[int, Collection[Wish]]], more_clients: int) -> dict[str, float]:
        """Return which share of the likely money of digging alone and of talking rests on what."""
        total = Total()
        total.add(self.book.price("joint.coordination_fixed"), more_clients, PriceLevel.MID)
        for edge, wishes in trenches:
            for wish in wishes:
                price = self.price(PriceLevel.MID, edge, (wish.laid,))
                total.add_all(price.by_basis, wish.metres[edge])
        return {basis.value: round(share, 4) for basis, share in sorted(total.shares().items())}


def _order(laid: Laid) -> tuple[str, float, float]:
    return laid.utility.value, laid.depth_m or -1.0, laid.diameter_mm or -1.0


def shapley_saved(costs: JointCosts, trench: Trench, wishes: Mapping[str, Wish]) -> dict[str, float]:
    """
    Return how much of what a trench saves is due to each party: the mean, over all orders of joining, of what it adds
    to the saving (L. S. Shapley, A Value for n-Person Games, 1953); of more than twelve parties, by what each would pay
    alone.
    """
    by_party: dict[str, list[Wish]] = {}
    for member in sorted(trench.members):
        by_party.setdefault(wishes[member].party, []).append(wishes[member])
    parties = sorted(by_party)
    if len(parties) > MOST_CLIENTS:
        return _by_cost(costs, trench.edge, by_party)
    saved = {
        some: costs.saved(PriceLevel.MID, [[wish] for party in some for wish in by_party[party]], trench.edge)
        for size in range(1, len(parties) + 1)
        for some in itertools.combinations(parties, size)
    } | {(): 0.0}
    return shapley(parties, saved)


def shapley(players: Sequence[str], worth: Mapping[tuple[str, ...], float]) -> dict[str, float]:
    """Return Shapley's value of each player; `worth` is of every set of them, as a sorted tuple."""
    count = len(players)
    parts = dict.fromkeys(players, 0.0)
    for player in players:
        others = [other for other in players if other != player]
        for size in range(count):
            weight = 1 / (count * math.comb(count - 1, size))
            for some in itertools.combinations(others, size):
                parts[player] += weight * (worth[tuple(sorted((*some, player)))] - worth[some])
    return parts


def _by_cost(costs: JointCosts, edge: int, by_party: Mapping[str, Sequence[Wish]]) -> dict[str, float]:
    alone = {party: sum(costs.eur(PriceLevel.MID, [wish], edge) for wish in mine) for party, mine in by_party.items()}
    every = [[wish] for mine in by_party.values() for wish in mine]
    saved, whole = costs.saved(PriceLevel.MID, every, edge), sum(alone.values())
    return {party: saved * eur / whole if whole else 0.0 for party, eur in alone.items()}
