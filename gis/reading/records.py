"""What a file of geographic things is read into, whatever its format, and how a shape is checked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # values of files

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ventspils.core.errors import VentspilsError

MOST_VERTICES = 1_000_000
_MOST_METRES = 1e8  # no projected CRS has coordinates beyond, in metres or feet


class ReadingError(VentspilsError):
    """A file cannot be read as what it should be; the sentence says which, what is wrong and what to do."""


@dataclass(frozen=True)
class Record:
    """
    One thing of a file: its number in it from 1, its fields as they stand there, and its shape as it stands there or
    None.
    """

    row: int
    fields: Mapping[str, Any]
    shape: BaseGeometry | None
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """
    A file that was read: its format, its CRS as a code or WKT where it tells one, its records, and the heading of a
    table.
    """

    format: str
    crs: str | None
    records: Sequence[Record]
    notes: Sequence[str] = ()
    heading: Sequence[str] = ()


@dataclass(frozen=True)
class Rejected:
    """A record that cannot be used, and why."""

    row: int
    id: str | None
    reason: str


@dataclass(frozen=True)
class Repaired:
    """A record that can be used, with what was changed about it."""

    row: int
    id: str | None
    what: str


@dataclass(frozen=True)
class ToPlace:
    """A record that is accepted, but has to be placed by hand, and why."""

    row: int
    id: str | None
    reason: str


@dataclass(frozen=True)
class ChangedRecord:
    """A field of a work that was known, which a file changes; before and after as text."""

    id: str
    title: str
    field: str
    before: str | None
    after: str | None


@dataclass
class Report:
    """
    What became of the records of a file; read = accepted + rejected.

    The accepted include repaired and unchanged ones, and those that are to be placed by hand.
    """

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    repaired: list[Repaired] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    to_place: list[ToPlace] = field(default_factory=list)
    changed: list[ChangedRecord] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_shape(shape: BaseGeometry | None) -> tuple[BaseGeometry, tuple[str, ...]]:
    """
    Return a shape that can be reckoned with, and what was repaired about it.

    Raises:
        ReadingError: there is none, or it cannot be used.
    """
    if shape is None or shape.is_empty:
        raise ReadingError("it has no geometry")
    shape = shapely.force_2d(shape)
    coordinates = shapely.get_coordinates(shape)
    if len(coordinates) > MOST_VERTICES:
        raise ReadingError(f"its geometry has {len(coordinates):,} vertices; {MOST_VERTICES:,} are allowed")
    if not np.isfinite(coordinates).all():
        raise ReadingError("its geometry holds a coordinate that is not a number")
    if np.abs(coordinates).max() > _MOST_METRES:
        raise ReadingError("its geometry lies beyond any place on earth")
    if shape.is_valid:
        return shape, ()
    mended = shapely.make_valid(shape)
    if mended.is_empty:
        raise ReadingError("its geometry crosses itself and nothing is left of it")
    return mended, ("crossed itself, was made valid",)


def text_of(value: Any) -> str | None:
    """Return a value of a file as text without blanks around it, None where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    text = str(value).strip()
    return text or None
