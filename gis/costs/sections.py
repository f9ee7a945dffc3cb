"""
Cross-sections of trenches: how wide and deep each line digs alone, and the stepped union of several side by side.

A line has an outer width, a working space on either side and a depth. In a joint trench the lines stand side by side
with the distances that standards ask; where such a distance is wider than both working spaces, the ground between them
stays, and nothing of the soil is spared. So wide as the deepest lines need is the trench at the bottom; higher up the
shallower ones stand beside them on steps.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gis.costs.prices import PriceBook, PriceLevel
from gis.costs.utilities import Laid, Utility

SHORED_BEYOND_M = 1.25  # DIN 4124: vertical walls stand unsupported to here
CABLES = frozenset({Utility.FIBRE, Utility.POWER, Utility.STREET_LIGHT})
SEWERS = frozenset({Utility.SEWER, Utility.STORM_SEWER})
_PAVING_TO_M = 0.2  # what a road work that digs no deeper makes is a new surface
_WALL = 1.1  # outer to nominal diameter
_CASING_MM, _PAIR_M = 100.0, 0.2  # of a heat pipe: insulation with its jacket, and what lies between flow and return

# Least widths in metres as (up to, value). DIN 4124 table 2 for what needs no working space, by depth; table 3 by outer
# diameter and table 4 by depth for pipes; EN 1610 table 1 by nominal diameter and table 2 by depth for sewers.
_CABLE_WIDTHS = ((0.70, 0.30), (0.90, 0.40), (1.00, 0.50), (1.25, 0.60), (1.75, 0.70), (4.00, 0.80), (math.inf, 1.00))
_PIPE_SPACES = ((0.40, 0.40), (0.80, 0.70), (1.40, 0.85), (math.inf, 1.00))
_PIPE_WIDTHS = ((1.25, 0.60), (1.75, 0.70), (4.00, 0.80), (math.inf, 1.00))
_SEWER_SPACES = ((225, 0.40), (350, 0.50), (700, 0.70), (1200, 0.85), (math.inf, 1.00))
_SEWER_WIDTHS = ((0.999999, 0.0), (1.75, 0.80), (4.00, 0.90), (math.inf, 1.00))

_WIDE_SEWER_MM, _BESIDE_WIDE_SEWER_M = 700, 0.50  # EN 1610: working space between pipes, of which one is so wide


@dataclass(frozen=True)
class Line:
    """
    One line in a trench, in metres: its outer width, the trench's width and depth when it lies alone, the distance that
    it asks of others, and, per metre of trench, the m3 of its bed and surround and of soil that it displaces.
    """

    utility: Utility
    outer_m: float
    width_m: float
    depth_m: float
    distance_m: float
    bed_m3: float
    displaced_m3: float
    diameter_mm: float

    @property
    def space_m(self) -> float:
        """Return the working space on either side."""
        return (self.width_m - self.outer_m) / 2


def line_of(book: PriceBook, level: PriceLevel, laid: Laid) -> Line:
    """
    Return the cross-section of a cable, duct or pipe; what nobody said is the default of its utility.

    A trench is at least as deep as the line with its bed and surround, whatever a register says.
    """
    kind, utility = laid.utility.value, laid.utility
    diameter = laid.diameter_mm if laid.diameter_mm else book.price(f"diameter.{kind}").at(level)
    is_heat, is_cable = utility is Utility.HEAT, utility in CABLES
    high = (diameter + _CASING_MM if is_heat else diameter * (1.0 if is_cable else _WALL)) / 1000
    outer = 2 * high + _PAIR_M if is_heat else high
    below = book.price("bed.below").at(level)
    above = book.price("bed.above_cable" if is_cable else "bed.above_pipe").at(level)
    told = laid.depth_m if laid.depth_m is not None else _default_depth(book, level, utility, high)
    depth = max(told, below + high + above)
    width = _width(utility, outer, high, diameter, depth)
    zone = width * (below + high + above)
    lies = (2 if is_heat else 1) * math.pi * high**2 / 4
    asked = book.price(f"distance.{kind}").at(level)
    if utility in SEWERS and diameter > _WIDE_SEWER_MM:
        asked = max(asked, _BESIDE_WIDE_SEWER_M)
    return Line(utility, outer, width, depth, asked, zone - lies, zone, diameter)


def _default_depth(book: PriceBook, level: PriceLevel, utility: Utility, high: float) -> float:
    if utility is Utility.FIBRE:
        return book.price("duct.depth").at(level)
    below = high + book.price(f"cover.{utility.value}").at(level)
    if utility is Utility.WATER:
        below = max(below, book.price("frost.depth").at(level) + book.price("frost.clearance").at(level))
    return below + book.price("bed.below").at(level)


def _width(utility: Utility, outer: float, high: float, diameter: float, depth: float) -> float:
    if utility in CABLES:
        return max(outer, _up_to(_CABLE_WIDTHS, depth))
    if utility in SEWERS:
        return max(outer + _up_to(_SEWER_SPACES, diameter), _up_to(_SEWER_WIDTHS, depth))
    return max(outer + _up_to(_PIPE_SPACES, high), _up_to(_PIPE_WIDTHS, depth))


def _up_to(table: Sequence[tuple[float, float]], value: float) -> float:
    return next(width for most, width in table if value <= most)


@dataclass(frozen=True)
class Step:
    """How wide a trench is from the depth of the step above down to `depth_m`."""

    depth_m: float
    width_m: float


def steps_of(lines: Sequence[Line]) -> list[Step]:
    """
    Return the stepped union of lines in one trench, from the surface down: each step reaches to its own depth.

    They stand side by side in the order of the distances that they ask, so that small ones count; between two stands
    what the one that asks for more wants, but not more than both working spaces.
    """
    order = sorted(lines, key=lambda one: (one.distance_m, one.utility, one.outer_m, one.width_m))
    apart = [[_apart(other, line) for other in order[:k]] for k, line in enumerate(order)]
    steps = []
    for depth in sorted({line.depth_m for line in order}):
        places: list[tuple[int, float]] = []
        for k, line in enumerate(order):
            if line.depth_m >= depth:
                places.append((k, max([line.width_m / 2, *(at + apart[k][n] for n, at in places)])))
        steps.append(Step(depth, max(at + order[k].width_m / 2 for k, at in places)))
    return steps


def _apart(one: Line, other: Line) -> float:
    between = min(max(one.distance_m, other.distance_m), one.space_m + other.space_m)
    return one.outer_m / 2 + between + other.outer_m / 2


@dataclass(frozen=True)
class Paved:
    """A carriageway or footway made anew: its width, and how deep it is dug out, nothing where only its surface is."""

    width_m: float
    depth_m: float


def paved_of(book: PriceBook, level: PriceLevel, laid: Laid, width_m: float) -> Paved:
    """Return what a road work takes up; one that goes no deeper than a pavement's top layers makes a new surface."""
    if laid.utility is Utility.RESURFACING:
        return Paved(width_m, 0.0)
    depth = book.price("road.depth").at(level) if laid.depth_m is None else laid.depth_m
    return Paved(width_m, depth if depth > _PAVING_TO_M else 0.0)
