"""
The ground of the demo town and its streets, drawn by rule: schematic, like no map of a real town, though names are real
ones.
"""

import math
from collections.abc import Sequence
from typing import Any  # GeoJSON

import geopandas as gpd
import shapely
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from ventspils.demo.town import CENTRE_LATITUDE, CENTRE_LONGITUDE

_HALF_LON, _HALF_LAT = 0.045, 0.024
_WEST, _EAST = CENTRE_LONGITUDE - _HALF_LON, CENTRE_LONGITUDE + _HALF_LON
_SOUTH, _NORTH = CENTRE_LATITUDE - _HALF_LAT, CENTRE_LATITUDE + _HALF_LAT
# From south to north, and from west to east.
ACROSS = ("Lauku", "Talsu", "Saules", "Kuldīgas", "Lielā", "Bērzu", "Rīgas", "Parka", "Riņķa", "Inženieru", "Ostas")
ALONG = (
    "Pļavu",
    "Sporta",
    "Jāņa",
    "Dārza",
    "Ūdens",
    "Zvaigžņu",
    "Ganību",
    "Vasarnīcu",
    "Katoļu",
    "Rūpniecības",
    "Mazā Priežu",
)
_GRAVEL = ("Lauku", "Pļavu", "Mazā Priežu")
_HOUSES = (
    ("Rūpniecības iela", "2", 9, 3.3),
    ("Kuldīgas iela", "138", 8.6, 3),
)  # which street, number, where in the grid


def _sea() -> Polygon:
    return Polygon([(_WEST - 0.02, _SOUTH), (_WEST + 0.008, _SOUTH), (_WEST + 0.014, _NORTH), (_WEST - 0.02, _NORTH)])


def _at(column: float, row: float) -> tuple[float, float]:
    """Return a place of the grid of streets, columns from west to east and rows from south to north."""
    return (
        round(_WEST + column / (len(ALONG) - 1) * 2 * _HALF_LON, 7),
        round(_SOUTH + row / (len(ACROSS) - 1) * 2 * _HALF_LAT, 7),
    )


def street_features() -> dict[str, Any]:
    """Return the streets, with a vertex at every crossing, and some houses, as GeoJSON."""
    columns, rows = range(len(ALONG)), range(len(ACROSS))
    lines = [(name, [_at(k, row) for k in columns]) for row, name in enumerate(ACROSS)]
    lines += [(name, [_at(column, k) for k in rows]) for column, name in enumerate(ALONG)]
    sea = _sea()
    features: list[dict[str, Any]] = []
    for name, points in lines:
        dry = [point for point in points if not sea.contains(Point(point))]
        kind = {"highway": "residential", "surface": "gravel" if name in _GRAVEL else "asphalt"}
        features.append(_feature(LineString(dry), {"name": f"{name} iela"} | kind))
    for street, number, column, row in _HOUSES:
        features.append(_feature(Point(_at(column, row)), {"addr:street": street, "addr:housenumber": number}))
    return {"type": "FeatureCollection", "features": features}


def _feature(shape: BaseGeometry, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}


def draw_ground() -> gpd.GeoDataFrame:
    """Return sea, river, parks, blocks and streets around the town's middle, in EPSG:4326."""
    sea = _sea()
    steps = [k / 40 for k in range(41)]
    middle = [(_WEST + s * 2 * _HALF_LON, CENTRE_LATITUDE + 0.004 + 0.005 * math.sin(5 * s)) for s in steps]
    river = LineString(middle).buffer(0.0016)
    parks = [
        Point(CENTRE_LONGITUDE + dx, CENTRE_LATITUDE + dy).buffer(r)
        for dx, dy, r in ((-0.012, -0.012, 0.003), (0.018, 0.013, 0.0035), (0.03, -0.008, 0.0025))
    ]
    built = box(_WEST + 0.02, _SOUTH + 0.004, _EAST - 0.008, _NORTH - 0.004).difference(river)
    shapes = [("built", built), ("water", sea), ("water", river), *(("green", park) for park in parks)]
    return _ground([*shapes, *_roads(street_features()["features"])])


def draw_streets(features: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return streets given as GeoJSON features in degrees as ground, in EPSG:4326."""
    return _ground(_roads(features))


def _roads(features: Sequence[dict[str, Any]]) -> list[tuple[str, BaseGeometry]]:
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    return [("road", shape) for shape in shapes if "LineString" in shape.geom_type]


def _ground(shapes: Sequence[tuple[str, BaseGeometry]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kind": [kind for kind, _ in shapes]}, geometry=[shape for _, shape in shapes], crs="EPSG:4326"
    )
