"""
What a joint dig costs: each client alone, all together, and what that saves, section by section and client by client.

Money is EUR without VAT in whole cents, so that sections, clients and parts add up to the cent at the likely prices. A
range is of its own sum: low and high of two sums need not subtract.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any  # JSON documents

from gis.costs import PriceLevel
from gis.sharing.cents import in_cents
from gis.sharing.joint_costs import JointCosts, shapley_saved
from gis.sharing.trench_bills import TrenchBills
from gis.sharing.trenches import Trench, Wish

Range = dict[str, float]  # by level: low, mid, high


@dataclass(frozen=True)
class SectionClient:
    """What a client opens of a section, and what that costs alone at the likely prices."""

    party: str
    work_id: str
    metres: float
    alone_eur: float
    bill: int


@dataclass(frozen=True)
class SectionStretch:
    """Over how many metres of a section the one trench is of a kind, by the place of its bill."""

    metres: float
    bill: int


@dataclass(frozen=True)
class DigSection:
    """
    A trench on a street edge: who lies in it, over which stretches, and what that saves at the likely prices, talking
    included.
    """

    edge: int
    saving_eur: float
    clients: tuple[SectionClient, ...]
    stretches: tuple[SectionStretch, ...]

    def as_document(self) -> dict[str, Any]:
        """Return it as it is kept and given out."""
        parts = {name: [asdict(each) for each in getattr(self, name)] for name in ("clients", "stretches")}
        return asdict(self) | parts


@dataclass(frozen=True)
class PricedDig:
    """
    A joint dig in money.

    `alone` is by party, `parts` by party and part of the trench at the likely prices; `due` is how much of the likely
    saving is due to each party by Shapley's value; `basis` is which share of the money rests on what. `bills` are what
    sections and clients name by their place, `talking_eur` what bringing the clients together costs.
    """

    alone: Mapping[str, Range]
    joint: Range
    saving: Range
    parts: Mapping[str, Mapping[str, float]]
    due: Mapping[str, float]
    sections: tuple[DigSection, ...]
    basis: Mapping[str, float]
    bills: Sequence[Mapping[str, Any]]
    talking_eur: float


def price_dig(trenches: Sequence[Trench], wishes: Mapping[str, Wish], costs: JointCosts) -> PricedDig:
    """
    Return what a joint dig costs and saves.

    Args:
        trenches: Of the dig, each with two members or more.
        wishes: Of all members.
        costs: Prices.
    """
    members = [[wishes[member] for member in sorted(trench.members)] for trench in trenches]
    parties = sorted({wish.party for mine in members for wish in mine})
    edges = [trench.edge for trench in trenches]
    gross = {
        level: math.fsum(
            costs.saved(level, [[w] for w in mine], edge) for edge, mine in zip(edges, members, strict=True)
        )
        for level in PriceLevel
    }
    net, bills = costs.saving(gross, len(parties) - 1), TrenchBills(costs)
    talking_eur = costs.talking_eur(PriceLevel.MID, len(parties))
    sections = _sections(edges, members, bills, talking_eur)
    alone = _alone(parties, edges, members, sections, costs)
    saving = _ordered({level.value: net[level] for level in PriceLevel}, math.fsum(s.saving_eur for s in sections))
    return PricedDig(
        alone,
        _joint(alone, gross, saving, costs, len(parties)),
        saving,
        _parts(alone, edges, members, costs),
        _due(trenches, wishes, costs, parties, saving["mid"]),
        sections,
        costs.rests_on(list(zip(edges, members, strict=True)), len(parties) - 1),
        bills.documents,
        talking_eur,
    )


def _sections(
    edges: Sequence[int], members: Sequence[Sequence[Wish]], bills: TrenchBills, talking_eur: float
) -> tuple[DigSection, ...]:
    """Return the sections; what talking costs is spread over them by their metres."""
    costs = bills.costs
    metres = [max(wish.metres[edge] for wish in mine) for edge, mine in zip(edges, members, strict=True)]
    whole = math.fsum(metres)
    saved = {
        k: costs.saved(PriceLevel.MID, [[wish] for wish in mine], edge) - talking_eur * metres[k] / whole
        for k, (edge, mine) in enumerate(zip(edges, members, strict=True))
    }
    cents = in_cents(saved)
    return tuple(
        DigSection(
            edge,
            cents[k],
            tuple(_client(wish, edge, bills) for wish in mine),
            tuple(SectionStretch(m, bills.place_of(edge, laid)) for m, laid in costs.stretches(mine, edge)),
        )
        for k, (edge, mine) in enumerate(zip(edges, members, strict=True))
    )


def _client(wish: Wish, edge: int, bills: TrenchBills) -> SectionClient:
    alone = round(bills.costs.eur(PriceLevel.MID, [wish], edge), 2)
    return SectionClient(wish.party, wish.id, wish.metres[edge], alone, bills.place_of(edge, (wish.laid,)))


def _alone(
    parties: Sequence[str],
    edges: Sequence[int],
    members: Sequence[Sequence[Wish]],
    sections: Sequence[DigSection],
    costs: JointCosts,
) -> dict[str, Range]:
    found = {}
    for party in parties:
        likely = math.fsum(c.alone_eur for s in sections for c in s.clients if c.party == party)
        sums = {
            level.value: math.fsum(
                costs.eur(level, [wish], edge)
                for edge, mine in zip(edges, members, strict=True)
                for wish in mine
                if wish.party == party
            )
            for level in PriceLevel
        }
        found[party] = _ordered(sums, likely)
    return found


def _joint(
    alone: Mapping[str, Range], gross: Mapping[PriceLevel, float], saving: Range, costs: JointCosts, parties: int
) -> Range:
    """Return the bill of all together: at each level what the trench costs and what talking about it does."""
    every = {level: math.fsum(each[level.value] for each in alone.values()) for level in PriceLevel}
    talking = {level: costs.talking_eur(level, parties) for level in PriceLevel}
    sums = {level.value: every[level] - gross[level] + talking[level] for level in PriceLevel}
    return _ordered(sums, every[PriceLevel.MID] - saving["mid"])


def _parts(
    alone: Mapping[str, Range], edges: Sequence[int], members: Sequence[Sequence[Wish]], costs: JointCosts
) -> dict[str, dict[str, float]]:
    sums: dict[str, dict[str, float]] = {party: {} for party in alone}
    for edge, mine in zip(edges, members, strict=True):
        for wish in mine:
            for part, eur in costs.parts(wish, edge).items():
                sums[wish.party][part] = sums[wish.party].get(part, 0.0) + eur
    return {party: in_cents(parts, alone[party]["mid"]) for party, parts in sums.items()}


def _due(
    trenches: Sequence[Trench], wishes: Mapping[str, Wish], costs: JointCosts, parties: Sequence[str], saving: float
) -> dict[str, float]:
    """Return what is due to each party: of each trench its value there, less an equal part of what talking costs."""
    due = dict.fromkeys(parties, -costs.talking_eur(PriceLevel.MID, len(parties)) / len(parties))
    for trench in trenches:
        for party, eur in shapley_saved(costs, trench, wishes).items():
            due[party] += eur
    return in_cents(due, saving)


def _ordered(sums: Mapping[str, float], likely: float) -> Range:
    """Return a range in cents around the likely sum, which was put together from cents."""
    mid = round(likely, 2)
    return {"low": min(round(sums["low"], 2), mid), "mid": mid, "high": max(round(sums["high"], 2), mid)}
