"""Shapes over HTTP: GeoJSON in degrees (RFC 7946) outside, the town's CRS inside."""

import json
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from gis.reading.geojson import make_shape
from gis.reading.records import ReadingError, check_shape
from gis.reading.systems import to_town
from ventspils.api.paging import Json
from ventspils.centre.state import Centre
from ventspils.core.errors import UsageError


def in_degrees(centre: Centre, shapes: Sequence[BaseGeometry | None]) -> list[Json | None]:
    """Return shapes in the town's CRS as GeoJSON; None stays None."""
    known = [shape for shape in shapes if shape is not None]
    moved = iter(to_town(known, centre.settings.town.crs, "OGC:CRS84")[0] if known else ())
    return [None if shape is None else json.loads(shapely.to_geojson(next(moved))) for shape in shapes]


def from_degrees(centre: Centre, geometry: Json) -> BaseGeometry:
    """
    Return GeoJSON in degrees as a shape in the town's CRS.

    Raises:
        UsageError: it is no geometry, or lies where the town's CRS does not reach.
    """
    try:
        checked, _ = check_shape(make_shape(geometry)[0])
    except ReadingError as error:
        raise UsageError(f"The geometry cannot be used: {error}.") from None
    (moved,), (reason,) = to_town([checked], "OGC:CRS84", centre.settings.town.crs)
    if reason is not None:
        raise UsageError(f"The place cannot be used: {reason}.")
    return moved
