"""Prices in the groups in which people read them: what a trench is made of first."""

from enum import StrEnum


class PriceGroup(StrEnum):
    """What a parameter is about, in the order in which people read them."""

    TRENCH = "trench"
    WAYS = "ways"
    LINES = "lines"
    SIZES = "sizes"
    DIGGING_TOGETHER = "together"
    STREETS_AND_TIME = "streets"


# The beginnings of names; the first that fits tells the group.
_BEGINNINGS: tuple[tuple[str, PriceGroup], ...] = (
    ("surface.cut_back", PriceGroup.SIZES),
    ("surface.", PriceGroup.TRENCH),
    ("pavement.resurfacing", PriceGroup.TRENCH),
    ("soil.to_1_25", PriceGroup.TRENCH),
    ("soil.to_1_75", PriceGroup.TRENCH),
    ("soil.to_4", PriceGroup.TRENCH),
    ("soil.beyond_4", PriceGroup.TRENCH),
    ("shoring.", PriceGroup.TRENCH),
    ("soil.", PriceGroup.TRENCH),
    ("bed.material", PriceGroup.TRENCH),
    ("crossing", PriceGroup.TRENCH),
    ("site.", PriceGroup.TRENCH),
    ("trench.", PriceGroup.WAYS),
    ("plough.", PriceGroup.WAYS),
    ("drill.", PriceGroup.WAYS),
    ("cable.existing_duct", PriceGroup.WAYS),
    ("handhole.spacing", PriceGroup.SIZES),
    ("duct.depth", PriceGroup.SIZES),
    ("pipe.", PriceGroup.LINES),
    ("duct.", PriceGroup.LINES),
    ("cable.", PriceGroup.LINES),
    ("handhole", PriceGroup.LINES),
    ("building_entry", PriceGroup.LINES),
    ("cabinet", PriceGroup.LINES),
    ("bed.", PriceGroup.SIZES),
    ("cover.", PriceGroup.SIZES),
    ("frost.", PriceGroup.SIZES),
    ("road.", PriceGroup.SIZES),
    ("width.", PriceGroup.SIZES),
    ("diameter.", PriceGroup.SIZES),
    ("distance.", PriceGroup.SIZES),
    ("joint.", PriceGroup.DIGGING_TOGETHER),
)


def group_of(name: str) -> PriceGroup:
    """Return the group of a parameter by its name; what belongs to none is about streets and time."""
    found = (group for beginning, group in _BEGINNINGS if name.startswith(beginning))
    return next(found, PriceGroup.STREETS_AND_TIME)


def reading_order(name: str) -> tuple[int, int, str]:
    """Return where a parameter stands in a list: by its group, then by what it is, then by its name."""
    group, places = group_of(name), [beginning for beginning, _ in _BEGINNINGS]
    place = next((n for n, beginning in enumerate(places) if name.startswith(beginning)), len(places))
    return list(PriceGroup).index(group), place, name
