"""The ground of the demo town, drawn by rule: schematic, like no map of a real town."""

import math

import geopandas as gpd
from shapely.geometry import LineString, Point, Polygon, box

from ventspils.demo.town import CENTRE_LATITUDE, CENTRE_LONGITUDE

_HALF_LON, _HALF_LAT = 0.045, 0.024
_STREETS = 11


def draw_ground() -> gpd.GeoDataFrame:
    """Return sea, river, parks, blocks and streets around the town's middle, in EPSG:4326."""
    west, east = CENTRE_LONGITUDE - _HALF_LON, CENTRE_LONGITUDE + _HALF_LON
    south, north = CENTRE_LATITUDE - _HALF_LAT, CENTRE_LATITUDE + _HALF_LAT
    sea = Polygon([(west - 0.02, south), (west + 0.008, south), (west + 0.014, north), (west - 0.02, north)])
    steps = [k / 40 for k in range(41)]
    middle = [(west + s * 2 * _HALF_LON, CENTRE_LATITUDE + 0.004 + 0.005 * math.sin(5 * s)) for s in steps]
    river = LineString(middle).buffer(0.0016)
    parks = [Point(CENTRE_LONGITUDE + dx, CENTRE_LATITUDE + dy).buffer(r) for dx, dy, r in
             ((-0.012, -0.012, 0.003), (0.018, 0.013, 0.0035), (0.03, -0.008, 0.0025))]  # fmt: skip
    shares = [k / (_STREETS - 1) for k in range(_STREETS)]
    across = [LineString([(west, south + s * 2 * _HALF_LAT), (east, south + s * 2 * _HALF_LAT)]) for s in shares]
    along = [LineString([(west + s * 2 * _HALF_LON, south), (west + s * 2 * _HALF_LON, north)]) for s in shares]
    built = box(west + 0.02, south + 0.004, east - 0.008, north - 0.004).difference(river)
    shapes = [("built", built), ("water", sea), ("water", river), *(("green", park) for park in parks)]
    shapes += [("road", street.difference(sea)) for street in (*across, *along)]
    return gpd.GeoDataFrame(
        {"kind": [kind for kind, _ in shapes]}, geometry=[shape for _, shape in shapes], crs="EPSG:4326"
    )
