"""What a metre of duct costs: dug alone by the cheapest way that is allowed, or laid in somebody's dig."""

from collections.abc import Collection

from gis.costs.prices import TRENCH_ALONE, PriceBook, PriceLevel, Surface, Technique, Total
from gis.costs.trench import Part, trench_eur_per_m
from gis.costs.utilities import Laid, Utility

_DUCT = Laid(Utility.FIBRE)


def own_eur_per_m(
    book: PriceBook, surface: Surface, level: PriceLevel, techniques: Collection[Technique] = TRENCH_ALONE
) -> Total:
    """
    Return what a metre of duct costs when it is laid alone: the cheapest way into the ground, the duct, the cable, its
    handholes.

    Where allowed, a hard surface takes a narrow trench, which is so shallow that the next resurfacing meets it, and
    soft ground a plough; an open trench, which is deep enough for everything, is always possible.
    """
    trench = trench_eur_per_m(book, level, surface, [_DUCT])
    is_soft = surface is Surface.VERGE_SOFT
    names = ["plough.soft"] if is_soft and Technique.PLOUGH in techniques else []
    names += ["trench.micro"] if not is_soft and Technique.MICRO in techniques else []
    found = min((book.price(name) for name in names), key=lambda price: price.at(level), default=None)
    if found is None or found.at(level) >= trench.eur_per_m - trench.parts[Part.PIPE]:
        return trench.by_basis
    total = material_eur_per_m(book, level)
    total.add(found, 1, level)
    return total


def material_eur_per_m(book: PriceBook, level: PriceLevel) -> Total:
    """Return what a metre of duct, its cable and its share of the handholes cost."""
    total = Total()
    total.add(book.price("duct.microduct_bundle"), 1, level)
    total.add(book.price("cable.fibre_96"), 1, level)
    total.add(book.price("handhole"), 1 / book.price("handhole.spacing").at(PriceLevel.MID), level)
    return total


def joint_eur_per_m(
    book: PriceBook,
    surface: Surface,
    level: PriceLevel,
    dig: Laid,
    techniques: Collection[Technique] = TRENCH_ALONE,
) -> Total:
    """
    Return what a metre of duct adds to somebody's dig: the trench of both less the trench of the dig.

    Whoever joins compares: where digging alone costs less, it is what digging alone costs.
    """
    both = trench_eur_per_m(book, level, surface, [dig, _DUCT]).by_basis
    added = both.less(trench_eur_per_m(book, level, surface, [dig]).by_basis)
    alone = own_eur_per_m(book, surface, level, techniques)
    return min(added, alone, key=lambda total: total.eur)
