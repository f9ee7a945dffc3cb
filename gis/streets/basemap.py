"""
The ground under a map, as vector tiles of our own: one PMTiles file, so that no map asks the internet for anything.

The file has one layer, `ground`, of polygons and lines with a `kind`; see https://github.com/protomaps/PMTiles for the
format.
"""

from pathlib import Path

import geopandas as gpd

LAYER = "ground"
KINDS = ("water", "green", "built", "road")
LEAST_ZOOM, MOST_ZOOM = 9, 14


def write_basemap(ground_lonlat: gpd.GeoDataFrame, file: Path) -> None:
    """
    Write the ground as tiles, whole or not at all.

    Args:
        ground_lonlat: Polygons and lines with a column `kind`, one of `KINDS`, in EPSG:4326.
        file: The PMTiles file; one that is there is replaced.

    Raises:
        ValueError: another coordinate system, or an unknown kind.
    """
    if ground_lonlat.crs is None or ground_lonlat.crs.to_epsg() != 4326:
        raise ValueError("The ground must be given in EPSG:4326.")
    if unknown := sorted(set(ground_lonlat["kind"]) - set(KINDS)):
        raise ValueError(f"The ground has the kind {unknown[0]!r}; known are {', '.join(KINDS)}.")
    partial = file.with_name(f".partial-{file.name}")
    partial.unlink(missing_ok=True)
    kept = ground_lonlat[["kind", "geometry"]]
    kept.to_file(partial, driver="PMTiles", layer=LAYER, MINZOOM=LEAST_ZOOM, MAXZOOM=MOST_ZOOM, engine="pyogrio")
    partial.replace(file)
