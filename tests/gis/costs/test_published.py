"""What others published, beside what our trench comes to: the tables of docs/planning.md, row by row."""

from pathlib import Path

import pytest

from gis.costs.ducts import joint_eur_per_m, own_eur_per_m
from gis.costs.prices import PriceLevel, Surface, default_prices
from gis.costs.sections import CABLES, line_of
from gis.costs.trench import Part, trench_eur_per_m
from gis.costs.utilities import Laid, Utility

BOOK, MID = default_prices(), PriceLevel.MID
ASPHALT, GRASS = Surface.CARRIAGEWAY_ASPHALT, Surface.VERGE_SOFT
DOCS = (Path(__file__).parents[3] / "docs" / "planning.md").read_text(encoding="utf-8")
WATER, SEWER, ROAD = Laid(Utility.WATER), Laid(Utility.SEWER), Laid(Utility.ROAD)
FOUR = [Laid(Utility.WATER), Laid(Utility.GAS), Laid(Utility.POWER), Laid(Utility.FIBRE)]


def civil(laid: list[Laid], surface: Surface, level: PriceLevel) -> float:
    """Return what digging costs, without the pipes."""
    trench = trench_eur_per_m(BOOK, level, surface, laid)
    return trench.eur_per_m - trench.parts[Part.PIPE]


def saved(laid: list[Laid], surface: Surface) -> tuple[int, str]:
    """Return the likely share of the civil works that one trench saves in percent, and how docs tell it."""
    shares = [
        round(100 * (1 - civil(laid, surface, level) / sum(civil([each], surface, level) for each in laid)))
        for level in PriceLevel
    ]
    return shares[1], f"{shares[1]} % ({min(shares)} to {max(shares)})"


@pytest.mark.parametrize(
    ("what", "published", "laid", "surface", "apart"),
    [
        ("GAO and FHWA, in town", "25 to 33 %", FOUR, ASPHALT, 0),
        ("GAO and FHWA, in the country", "about 16 %", FOUR, GRASS, 6),
        ("Norway, in town", "24 %", [WATER, SEWER], ASPHALT, 2),
        ("Norway, in the country", "11 %", [WATER, SEWER], GRASS, 10),
        ("Montréal, works brought together", "25 %", [WATER, SEWER, ROAD], ASPHALT, 2),
    ],
)
def test_what_one_trench_saves_is_told_beside_what_was_published(
    what: str, published: str, laid: list[Laid], surface: Surface, apart: int
) -> None:
    """`apart` is how many points ours may lie outside of what was published."""
    ours, told = saved(laid, surface)
    bounds = [int(word) for word in published.split() if word.isdigit()]
    assert min(bounds) - apart <= ours <= max(bounds) + apart
    assert f"| {what} | {published} | {told} |" in DOCS


def test_a_duct_as_works_come_is_told_beside_what_pleidelsheim_paid() -> None:
    """45 km for 1.6 million EUR, or 7 million at once: 36 and 156 EUR a metre."""
    alone, joint = (
        round(found.eur) for found in (own_eur_per_m(BOOK, ASPHALT, MID), joint_eur_per_m(BOOK, ASPHALT, MID, WATER))
    )
    assert (round(1.6e6 / 45_000), round(7e6 / 45_000)) == (36, 156)
    assert f"| Pleidelsheim, a duct as works come | 36 of 156 EUR a metre | {joint} of {alone} EUR a metre |" in DOCS


def test_what_depth_does_to_a_price_is_told_beside_a_price_book() -> None:
    """35, 62 and 94 GBP a metre at 1, 2 and 3 m: 1.77 and 2.69 times the first."""

    def ours(depth_m: float) -> float:
        parts = trench_eur_per_m(BOOK, MID, GRASS, [Laid(Utility.SEWER, depth_m, 100)]).parts
        return sum(parts[part] for part in (Part.SOIL, Part.SHORING, Part.BED, Part.DISPOSAL, Part.PIPE))

    first, second, third = (ours(depth) for depth in (1, 2, 3))
    assert (round(62 / 35, 2), round(94 / 35, 2)) == (1.77, 2.69)
    told = f"| 1 : {second / first:.2f} : {third / first:.2f} ({first:.0f}, {second:.0f}, {third:.0f} EUR) |"
    assert f"| Price book, a pipe DN 100 at 1, 2 and 3 m | 1 : 1.77 : 2.69 {told}" in DOCS


@pytest.mark.parametrize("utility", [utility for utility in Utility if not utility.is_surface])
def test_what_is_usual_of_a_utility_stands_in_the_docs(utility: Utility) -> None:
    line = line_of(BOOK, MID, Laid(utility))
    words = {Utility.STORM_SEWER: "storm water", Utility.STREET_LIGHT: "street light", Utility.FIBRE: "fibre duct"}
    thick = f"{line.diameter_mm:.0f} mm" if utility in CABLES else f"DN {line.diameter_mm:.0f}"
    prices = [f"{trench_eur_per_m(BOOK, MID, surface, [Laid(utility)]).eur_per_m:.0f}" for surface in Surface]
    cells = [
        words.get(utility, utility.value), f"{line.depth_m:.2f}", thick, f"{line.width_m:.2f}",
        f"{line.distance_m:.2f}", *prices,
    ]  # fmt: skip
    assert f"| {' | '.join(cells)} |" in DOCS
