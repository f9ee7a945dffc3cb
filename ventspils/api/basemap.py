"""The ground under maps over HTTP: a MapLibre style and its vector tiles, out of the file in the home."""

from collections.abc import Mapping
from typing import Any  # a JSON document

from fastapi import APIRouter, Response
from pmtiles.reader import MmapSource, Reader

from ventspils.api.access import TheCaller, TheCentre
from ventspils.api.paging import Json
from ventspils.core.errors import NotFoundError

router = APIRouter(prefix="/api/v1/basemap", tags=["basemap"])
_LAYER = "ground"
_COLOURS: Mapping[str, Mapping[str, str]] = {
    "light": {"background": "#f4f2ec", "water": "#bcd3e6", "green": "#d5e5c9", "built": "#e9e5dc", "road": "#ffffff"},
    "dark": {"background": "#1c2127", "water": "#22384c", "green": "#243328", "built": "#252b32", "road": "#3a424c"},
}


def _fill(kind: str, colour: str) -> Json:
    return {
        "id": kind, "type": "fill", "source": _LAYER, "source-layer": _LAYER, "filter": ["==", "kind", kind],
        "paint": {"fill-color": colour},
    }  # fmt: skip


@router.get("/style.json")
def read_style(centre: TheCentre, caller: TheCaller, tiles: str, dark: bool = False) -> Json:
    """
    Give the style; `tiles` is the absolute address of the tiles as the browser reaches them, with
    {z}, {x} and {y}.
    """
    colours = _COLOURS["dark" if dark else "light"]
    road: dict[str, Any] = {
        "id": "road", "type": "line", "source": _LAYER, "source-layer": _LAYER, "filter": ["==", "kind", "road"],
        "paint": {"line-color": colours["road"], "line-width": 2.5},
    }  # fmt: skip
    layers = [
        {"id": "background", "type": "background", "paint": {"background-color": colours["background"]}},
        *(_fill(kind, colours[kind]) for kind in ("built", "green", "water")),
        road,
    ]
    if not centre.basemap.exists():
        return {"version": 8, "sources": {}, "layers": layers[:1]}
    source = {"type": "vector", "tiles": [tiles], "minzoom": 9, "maxzoom": 14}
    return {"version": 8, "sources": {_LAYER: source}, "layers": layers}


@router.get("/{z}/{x}/{y}.pbf")
def read_tile(centre: TheCentre, caller: TheCaller, z: int, x: int, y: int) -> Response:
    """Give a vector tile; 204 where the ground has none."""
    if not (0 <= z <= 14 and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NotFoundError("There is no such tile.")
    try:
        with centre.basemap.open("rb") as file:
            tile = Reader(MmapSource(file)).get(z, x, y)
    except FileNotFoundError:
        tile = None
    if not tile:
        return Response(status_code=204)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "private, max-age=86400"}
    return Response(tile, media_type="application/vnd.mapbox-vector-tile", headers=headers)
