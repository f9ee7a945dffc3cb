"""
What a metre of trench costs with all that lies in it: alone with one line, joint with several.

The trench is priced by its geometry: m2 of surface, m3 of soil by depth, m2 of shored wall, m3 of bed and of soil to be
carried away, crossings of other lines, the site's overhead, and the pipes and ducts themselves. What digging together
saves is what need not be opened twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gis.costs.prices import Basis, Price, PriceBook, PriceLevel, Surface, Total
from gis.costs.sections import SHORED_BEYOND_M, Line, Paved, Step, line_of, paved_of, steps_of
from gis.costs.utilities import Laid, Utility

_SOIL = ((1.25, "soil.to_1_25"), (1.75, "soil.to_1_75"), (4.0, "soil.to_4"), (float("inf"), "soil.beyond_4"))
_CUT_BACK_DEEP_FROM_M = 2.0


class Part(StrEnum):
    """What the money of a trench goes into."""

    SURFACE = "surface"
    SOIL = "soil"
    SHORING = "shoring"
    BED = "bed"
    DISPOSAL = "disposal"
    CROSSINGS = "crossings"
    OVERHEAD = "overhead"
    PIPE = "pipe"


@dataclass(frozen=True)
class TrenchItem:
    """So much of something a metre of trench (m2, m3, metres, pieces, or EUR that a share is of), and its price."""

    part: Part
    price: Price
    amount: float
    unit_eur: float


@dataclass(frozen=True)
class TrenchPrice:
    """EUR a metre of trench, part by part, what the sum rests on, and the items that it is added up from."""

    parts: Mapping[Part, float]
    by_basis: Total
    items: tuple[TrenchItem, ...]

    @property
    def eur_per_m(self) -> float:
        """Return the sum of the parts."""
        return sum(self.parts.values())


@dataclass
class _Bill:
    """Parts of a price as they are added, at one level."""

    book: PriceBook
    level: PriceLevel
    parts: dict[Part, float] = field(default_factory=lambda: dict.fromkeys(Part, 0.0))
    total: Total = field(default_factory=Total)
    items: list[TrenchItem] = field(default_factory=list)

    def add(self, part: Part, price: Price | str, amount: float) -> None:
        if amount > 0:
            found = self.book.price(price) if isinstance(price, str) else price
            self.parts[part] += self.total.add(found, amount, self.level)
            self.items.append(TrenchItem(part, found, amount, found.at(self.level)))

    def at(self, name: str) -> float:
        return self.book.price(name).at(self.level)


def trench_eur_per_m(book: PriceBook, level: PriceLevel, surface: Surface, laid: Sequence[Laid]) -> TrenchPrice:
    """
    Return what a metre of one trench costs with all that lies in it.

    Args:
        book: Prices.
        level: Which end of their ranges is meant.
        surface: What the street is made of.
        laid: What lies in the trench; their order does not matter.
    """
    bill = _Bill(book, level)
    lines = [line_of(book, level, each) for each in laid if not each.utility.is_surface]
    across = "width.footway" if surface is Surface.FOOTWAY_PAVED else "width.carriageway"
    paved = [paved_of(book, level, each, bill.at(across)) for each in laid if each.utility.is_surface]
    steps = steps_of(lines)
    _price_surface(bill, surface, steps, paved)
    dug = _price_soil(bill, steps, paved)
    deepest = steps[-1].depth_m if steps else 0.0
    bill.add(Part.SHORING, "shoring.wall", 2 * deepest if deepest > SHORED_BEYOND_M else 0.0)
    bill.add(Part.BED, "bed.material", min(dug, sum(line.bed_m3 for line in lines)))
    boxes = max((road.width_m * road.depth_m for road in paved), default=0.0)
    bill.add(Part.DISPOSAL, "soil.disposal", min(dug, boxes + sum(line.displaced_m3 for line in lines)))
    if dug:
        bill.add(Part.CROSSINGS, "crossing", bill.at("crossing.per_100_m") / 100)
    bill.add(Part.OVERHEAD, "site.overhead", sum(bill.parts.values()) - bill.parts[Part.SURFACE])
    _price_pipes(bill, lines)
    return TrenchPrice(bill.parts, bill.total, tuple(bill.items))


def _price_surface(bill: _Bill, surface: Surface, steps: Sequence[Step], paved: Sequence[Paved]) -> None:
    """Add each strip of surface once, at the dearest of what is made there."""
    book, level = bill.book, bill.level
    strips = [
        (road.width_m, book.price("surface.road_reconstruction" if road.depth_m else "pavement.resurfacing"))
        for road in paved
    ]
    if steps:
        cut = "surface.cut_back_deep" if steps[-1].depth_m >= _CUT_BACK_DEEP_FROM_M else "surface.cut_back"
        beside = 0.0 if surface is Surface.VERGE_SOFT else 2 * bill.at(cut)
        strips.append((steps[0].width_m + beside, surface_price(book, surface)))
    made = 0.0
    for width, price in sorted(strips, key=lambda strip: (-strip[1].at(level), -strip[0])):
        bill.add(Part.SURFACE, price, width - made)
        made = max(made, width)


def surface_price(book: PriceBook, surface: Surface) -> Price:
    """
    Return what a m2 of surface over a trench costs.

    Where the town has a price of its own for a duct's trench, and none for the surface, it is what that price leaves
    for each m2 when all else of such a trench is paid, and nothing where it leaves nothing.
    """
    price, whole = book.price(f"surface.{surface.value}"), book.price(f"trench.{surface.value}")
    documents = (Basis.CONTRACT, Basis.INVOICE)
    if price.basis in documents or whole.basis not in documents:
        return price
    unit = replace(price, low=1.0, mid=1.0, high=1.0, basis=Basis.CONTRACT)
    one = replace(book, prices={**book.prices, price.name: unit})
    parts = trench_eur_per_m(one, PriceLevel.MID, surface, [Laid(Utility.FIBRE)]).parts
    rest = sum(eur for part, eur in parts.items() if part not in (Part.SURFACE, Part.PIPE))
    each = max(0.0, whole.mid - rest) / parts[Part.SURFACE]
    return replace(whole, name=price.name, unit=price.unit, low=each, mid=each, high=each)


def _price_soil(bill: _Bill, steps: Sequence[Step], paved: Sequence[Paved]) -> float:
    """Add the soil that is moved by its depth; return its m3."""
    road = max(paved, key=lambda one: one.depth_m, default=Paved(0.0, 0.0))
    borders = sorted({step.depth_m for step in steps} | {road.depth_m} | {most for most, _ in _SOIL[:-1]})
    above, moved = 0.0, 0.0
    for below in borders:
        middle = (above + below) / 2
        width = next((step.width_m for step in steps if step.depth_m > middle), 0.0)
        volume = max(width, road.width_m if road.depth_m > middle else 0.0) * (below - above)
        bill.add(Part.SOIL, next(name for most, name in _SOIL if middle < most), volume)
        moved, above = moved + volume, below
    return moved


def _price_pipes(bill: _Bill, lines: Sequence[Line]) -> None:
    """Add the lines themselves: pipes by their diameter, a duct with its cable and its chambers."""
    for line in lines:
        if line.utility is Utility.FIBRE:
            bill.add(Part.PIPE, "duct.microduct_bundle", 1)
            bill.add(Part.PIPE, "cable.fibre_96", 1)
            bill.add(Part.PIPE, "handhole", 1 / bill.book.price("handhole.spacing").at(PriceLevel.MID))
        else:
            per_m = line.utility in (Utility.POWER, Utility.STREET_LIGHT)
            bill.add(Part.PIPE, f"pipe.{line.utility.value}", 1 if per_m else line.diameter_mm)


def coordination_eur(book: PriceBook, level: PriceLevel, clients: int) -> float:
    """Return what meeting and drawing together costs for so many clients in one dig: nothing for one."""
    return book.price("joint.coordination_fixed").at(level) * max(0, clients - 1)
