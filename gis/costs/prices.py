"""
What digging costs: parameters with a low, a middle and a high value and where they come from, and the town's own prices
before them.

Money is EUR without VAT unless a name says otherwise. A total keeps its parts, so that it always tells how much of it
rests on invoices, contracts, published prices, derived ones and assumptions.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from importlib import resources

import numpy as np

from gis.streets import Floats
from ventspils.core.errors import UsageError


class PriceLevel(StrEnum):
    """Which end of a range is meant."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


# What a price of one's own may be, by its name or its unit; others are sums of money.
_BOUNDS = {
    "duct.depth": (0.1, 5.0),
    "handhole.spacing": (1.0, 1e5),
    "m": (0.0, 30.0),
    "mm": (1.0, 4000.0),
    "each/100 m": (0.0, 1000.0),
    "years": (0.0, 50.0),
    "share": (0.0, 1.0),
    "share/year": (0.0, 1.0),
}


class Basis(StrEnum):
    """What a price rests on, the firmest first."""

    INVOICE = "invoice"
    CONTRACT = "contract"
    PUBLISHED = "published"
    DERIVED = "derived"
    ASSUMPTION = "assumption"


@dataclass(frozen=True)
class Price:
    """One parameter: its value at each level in its unit, what it rests on, and of which year it is."""

    name: str
    unit: str
    low: float
    mid: float
    high: float
    basis: Basis
    sources: tuple[str, ...]
    year: int
    note: str = ""

    def at(self, level: PriceLevel) -> float:
        """Return the value at a level."""
        return {PriceLevel.LOW: self.low, PriceLevel.MID: self.mid, PriceLevel.HIGH: self.high}[level]


@dataclass(frozen=True)
class OwnPrice:
    """A price of the town's own, from a contract or an invoice, with the document and its date."""

    name: str
    value: float
    basis: Basis
    document: str
    dated: date


@dataclass(frozen=True)
class PriceBook:
    """All parameters, the town's own in the place of defaults, and how sources are called in full."""

    prices: Mapping[str, Price]
    months_without_digging: Mapping[PriceLevel, tuple[int, ...]]
    sources: Mapping[str, str]
    currency: str
    price_year: int
    index: str

    def price(self, name: str) -> Price:
        """
        Return a parameter.

        Raises:
            UsageError: there is none of that name.
        """
        found = self.prices.get(name)
        if found is None:
            raise UsageError(f"Price {name!r} is unknown; known are {', '.join(sorted(self.prices))}.")
        return found

    def with_own(self, own: Sequence[OwnPrice]) -> "PriceBook":
        """
        Return the book with the town's own prices; of several for one parameter the latest counts.

        Raises:
            UsageError: a parameter that is unknown, a value below nothing, or a basis that is no document.
        """
        prices = dict(self.prices)
        for each in sorted(own, key=lambda one: one.dated):
            default = self.price(each.name)
            if each.basis not in (Basis.CONTRACT, Basis.INVOICE) or not each.document.strip():
                raise UsageError(
                    f"Price {each.name!r}: a price of your own needs a contract or an invoice, with its document."
                )
            least, most = _BOUNDS.get(each.name) or _BOUNDS.get(default.unit, (0.0, 1e9))
            if not least <= each.value <= most:
                raise UsageError(
                    f"Price {each.name!r}: {each.value} {default.unit} is none from {least:g} to {most:g}."
                )
            told = (f"{each.document}, {each.dated.isoformat()}",)
            prices[each.name] = Price(
                each.name, default.unit, each.value, each.value, each.value, each.basis, told, each.dated.year
            )
        return PriceBook(prices, self.months_without_digging, self.sources, self.currency, self.price_year, self.index)


@dataclass
class Total:
    """A sum of money with what each part of it rests on."""

    by_basis: dict[Basis, float] = field(default_factory=dict)

    def add(self, price: Price, amount: float, level: PriceLevel) -> float:
        """Add so much of a parameter; return what that costs."""
        cost = price.at(level) * amount
        self.by_basis[price.basis] = self.by_basis.get(price.basis, 0.0) + cost
        return cost

    def add_all(self, other: "Total", amount: float) -> None:
        """Add so much of another sum, each part to what it rests on."""
        for basis, cost in other.by_basis.items():
            self.by_basis[basis] = self.by_basis.get(basis, 0.0) + cost * amount

    def less(self, other: "Total") -> "Total":
        """Return this sum less a smaller one; what a basis does not hold of it comes out of the others."""
        bases = [*self.by_basis, *(basis for basis in other.by_basis if basis not in self.by_basis)]
        left = {basis: self.by_basis.get(basis, 0.0) - other.by_basis.get(basis, 0.0) for basis in bases}
        kept = {basis: cost for basis, cost in left.items() if cost > 0}
        whole = sum(kept.values())
        part = max(0.0, sum(left.values())) / whole if whole else 0.0
        return Total({basis: cost * part for basis, cost in kept.items()})

    @property
    def eur(self) -> float:
        """Return the sum without VAT."""
        return sum(self.by_basis.values())

    def shares(self) -> dict[Basis, float]:
        """Return which share of the sum rests on what; nothing of nothing rests on anything."""
        whole = self.eur
        return {basis: cost / whole for basis, cost in self.by_basis.items()} if whole else {}


def with_vat(eur: float, vat_share: float) -> float:
    """Return a sum with value-added tax, rounded to the cent."""
    return round(eur * (1 + vat_share), 2)


def default_prices() -> PriceBook:
    """Return the parameters that come with us."""
    document = tomllib.loads(resources.files("gis.costs").joinpath("parameters.toml").read_text(encoding="utf-8"))
    year = int(document["price_year"])
    prices, months = {}, {}
    for name, row in document["parameters"].items():
        if row["unit"] == "months":
            months = {level: tuple(row[level.value]) for level in PriceLevel}
            continue
        low, mid, high = (float(row[level.value]) for level in PriceLevel)
        basis, told = Basis(row["basis"]), tuple(row["sources"])
        prices[name] = Price(name, row["unit"], low, mid, high, basis, told, year, row.get("note", ""))
    return PriceBook(prices, months, document["sources"], document["currency"], year, document["index"])


class Surface(StrEnum):
    """What a street is made of where a trench goes, as far as prices differ."""

    CARRIAGEWAY_ASPHALT = "carriageway_asphalt"
    FOOTWAY_PAVED = "footway_paved"
    VERGE_SOFT = "verge_soft"


_SOFT = {
    "unpaved",
    "gravel",
    "fine_gravel",
    "compacted",
    "ground",
    "dirt",
    "grass",
    "earth",
    "sand",
    "mud",
    "pebblestone",
}
_FOOT = {"footway", "path", "pedestrian", "cycleway", "steps", "bridleway", "track"}


def surface_of(highway: str | None, surface: str | None) -> Surface:
    """
    Return the surface of a street by the tags of OpenStreetMap; without any it counts as a
    carriageway, the dearest.
    """
    if surface in _SOFT:
        return Surface.VERGE_SOFT
    if highway in _FOOT:
        return (
            Surface.VERGE_SOFT
            if surface is None and highway in ("path", "track", "bridleway")
            else Surface.FOOTWAY_PAVED
        )
    return Surface.CARRIAGEWAY_ASPHALT


class Technique(StrEnum):
    """How a duct comes into the ground alone, and so how deep: an open trench, a narrow shallow one, or a plough."""

    TRENCH = "trench"
    MICRO = "micro"
    PLOUGH = "plough"


TRENCH_ALONE = frozenset({Technique.TRENCH})


def discounts(book: PriceBook, level: PriceLevel, periods: int, years_a_period: float) -> Floats:
    """Return what one euro of each period counts in the first one."""
    return np.asarray((1 + book.price("discount_rate").at(level)) ** (-years_a_period * np.arange(periods)))
