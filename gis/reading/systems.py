"""Coordinate reference systems: from what a file tells to the town's metric one, and never guessed."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any  # pyproj has no types of its own for all of it

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from gis.reading.records import ReadingError
from gis.streets import Floats

_MOST_LONGITUDE, _MOST_LATITUDE = 180, 90  # degrees


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
    array = np.empty(len(shapes), np.object_)
    array[:] = shapes
    coordinates, owner = shapely.get_coordinates(array, return_index=True)
    x, y = Transformer.from_crs(source, town, always_xy=True).transform(coordinates[:, 0], coordinates[:, 1])
    there = np.column_stack([x, y])
    reasons: list[str | None] = [None] * len(shapes)
    is_bad = ~np.isfinite(there).all(axis=1)
    if source.is_geographic:
        is_bad |= (np.abs(coordinates[:, 0]) > _MOST_LONGITUDE) | (np.abs(coordinates[:, 1]) > _MOST_LATITUDE)
    for k in np.unique(owner[is_bad]).tolist():
        reasons[k] = _reason(coordinates[owner == k], crs, is_geographic=source.is_geographic)
    there[is_bad] = coordinates[is_bad]
    return list(shapely.set_coordinates(array, there)), reasons


def _reason(coordinates: Floats, crs: str, *, is_geographic: bool) -> str:
    """Return why coordinates cannot be in a CRS; swapped axes and metres taken for degrees are the usual mistakes."""
    longitude, latitude = np.abs(coordinates).T
    if not is_geographic or ((longitude <= _MOST_LONGITUDE) & (latitude <= _MOST_LATITUDE)).all():
        return f"its coordinates cannot be in {crs}"
    if (
        (latitude > _MOST_LATITUDE).any()
        and (latitude <= _MOST_LONGITUDE).all()
        and (longitude <= _MOST_LATITUDE).all()
    ):
        return "its longitude and latitude seem to be swapped"
    return "its coordinates are no degrees; name the CRS they are in, with --crs EPSG:n"
