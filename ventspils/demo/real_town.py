"""Where a real town's streets lie, and which metric CRS fits there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # GeoJSON

import geopandas as gpd
import numpy as np
import shapely
import shapely.geometry

from gis.reading.files import read_file
from gis.reading.records import ReadingError
from ventspils.core.errors import UsageError


@dataclass(frozen=True)
class Around:
    """The middle of a town's streets as longitude and latitude, and the code of the UTM zone there."""

    middle: tuple[float, float]
    crs: str


def look_at(streets: Path) -> Around:
    """
    Return where streets lie.

    Raises:
        UsageError: the file cannot be read, or does not tell its CRS.
    """
    try:
        source = read_file(streets)
    except ReadingError as error:
        raise UsageError(str(error)) from None
    shapes = [record.shape for record in source.records if record.shape is not None]
    if source.crs is None or not shapes:
        raise UsageError(f"{streets.name} does not tell its CRS, or holds no streets.")
    series = gpd.GeoSeries(shapes, crs=source.crs)
    zone = series.estimate_utm_crs()
    longitude, latitude = np.median(shapely.get_coordinates(series.to_crs("OGC:CRS84").array), axis=0).tolist()
    return Around((round(longitude, 5), round(latitude, 5)), f"EPSG:{zone.to_epsg()}")


def snap(places: Sequence[tuple[float, float]], streets: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Return for each place the nearest vertex of streets given as GeoJSON features, all in degrees."""
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in streets]
    vertices = shapely.get_coordinates(shapes)
    wide = np.cos(np.radians(vertices[:, 1].mean()))
    near = [int(np.argmin(((vertices[:, 0] - x) * wide) ** 2 + (vertices[:, 1] - y) ** 2)) for x, y in places]
    return [(round(float(vertices[k, 0]), 7), round(float(vertices[k, 1]), 7)) for k in near]
