"""Coordinate reference systems: from what a file tells to the town's metric one, and never guessed."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any  # pyproj has no types of its own for all of it

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from gis.reading.records import ReadingError, check_degrees


@lru_cache(maxsize=16)
def system(name: str) -> Any:
    """
    Return a CRS by an authority's code or WKT.

    Raises:
        ReadingError: there is none of that name.
    """
    try:
        return CRS.from_user_input(name)
    except CRSError:
        raise ReadingError(f"{name[:80]!r} is no known CRS; write EPSG:n.") from None


def check_town_crs(name: str) -> None:
    """
    Refuse a CRS for the town that is not in metres.

    Raises:
        ReadingError: it is not projected, or counts in another unit.
    """
    found = system(name)
    if not found.is_projected or found.axis_info[0].unit_name != "metre":
        raise ReadingError(f"The town's CRS {name} must be a projected one in metres, as EPSG:3059 is.")


def to_town(shapes: Sequence[BaseGeometry], crs: str, town_crs: str) -> tuple[list[BaseGeometry], list[str | None]]:
    """
    Return shapes in the town's CRS, with the reason for each that cannot be there.

    Coordinates are x, y or longitude, latitude, as files have them, whatever the order of axes in the CRS.
    """
    source, town = system(crs), system(town_crs)
    transformer = Transformer.from_crs(source, town, always_xy=True)
    moved: list[BaseGeometry] = []
    reasons: list[str | None] = []
    for shape in shapes:
        coordinates = shapely.get_coordinates(shape)
        try:
            if source.is_geographic:
                check_degrees(coordinates)
            there = np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))
            if not np.isfinite(there).all():
                raise ReadingError(f"its coordinates cannot be in {crs}")
        except ReadingError as error:
            moved.append(shape)
            reasons.append(str(error))
            continue
        moved.append(shapely.transform(shape, lambda _, there=there: there))
        reasons.append(None)
    return moved, reasons
