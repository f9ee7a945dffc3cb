"""
Bills of trenches as the ledger keeps them: what a metre is added up from, each item with its price and its source.

A joint dig has one bill for each kind of street and set of pipes in it; its sections tell over how many metres each
holds, so that every sum can be recomputed from what is kept.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # JSON documents

from gis.costs import Laid, PriceLevel
from gis.sharing.joint_costs import JointCosts

Json = dict[str, Any]


@dataclass
class TrenchBills:
    """The bills of a dig at the likely prices, each kept once and called by its place."""

    costs: JointCosts
    documents: list[Json] = field(default_factory=list)
    _places: dict[tuple[str, tuple[Laid, ...]], int] = field(default_factory=dict)

    def place_of(self, edge: int, laid: tuple[Laid, ...]) -> int:
        """Return the place of the bill for a trench with all this on an edge."""
        surface = self.costs.surfaces[edge]
        key = surface.value, laid
        if key not in self._places:
            self._places[key] = len(self.documents)
            self.documents.append(self._describe(edge, laid))
        return self._places[key]

    def _describe(self, edge: int, laid: tuple[Laid, ...]) -> Json:
        items = [
            {
                "part": item.part.value, "price": item.price.name, "unit": item.price.unit, "amount": item.amount,
                "unit_eur": item.unit_eur, "basis": item.price.basis.value, "sources": list(item.price.sources),
                "year": item.price.year,
            }
            for item in self.costs.price(PriceLevel.MID, edge, laid).items
        ]  # fmt: skip
        lines = [
            {"utility": each.utility.value, "depth_m": each.depth_m, "diameter_mm": each.diameter_mm} for each in laid
        ]
        return {"surface": self.costs.surfaces[edge].value, "laid": lines, "items": items}


def eur_per_m(bill: Mapping[str, Any]) -> float:
    """Return what a metre costs by a bill that was kept."""
    return math.fsum(item["amount"] * item["unit_eur"] for item in bill["items"])


def alone_eur(section: Mapping[str, Any], bills: Sequence[Mapping[str, Any]]) -> float:
    """Return what the clients of a section pay alone by their bills."""
    return math.fsum(client["metres"] * eur_per_m(bills[client["bill"]]) for client in section["clients"])


def joint_eur(section: Mapping[str, Any], bills: Sequence[Mapping[str, Any]]) -> float:
    """Return what the one trench of a section costs by its bills."""
    return math.fsum(part["metres"] * eur_per_m(bills[part["bill"]]) for part in section["stretches"])
