"""
GeoJSON (RFC 7946), also with the `crs` member of 2008 that the RFC dropped.

Rings that do not end where they began are closed, with a mark.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # JSON documents

import shapely
from shapely import geometry
from shapely.geometry.base import BaseGeometry

from gis.reading.records import ReadingError, Record, Source

CRS84 = "OGC:CRS84"
_DEEPEST = 20
_COORDINATE_DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


def load_json(path: Path) -> Any:
    """
    Return the document in a file.

    Raises:
        ReadingError: it is no JSON, or nested too deeply.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ReadingError(f"{path.name} is not UTF-8 text.") from None
    except ValueError as error:
        raise ReadingError(f"{path.name} is not whole JSON ({error}); it may be cut off.") from None
    except RecursionError:
        raise ReadingError(f"{path.name} is nested too deeply.") from None


def read_document(document: Any, name: str) -> Source:
    """
    Return the records of a FeatureCollection, a Feature or a bare geometry.

    Raises:
        ReadingError: it is none.
    """
    if not isinstance(document, dict):
        raise ReadingError(f"{name} is not GeoJSON.")
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
    elif kind == "Feature":
        features = [document]
    elif kind in _COORDINATE_DEPTHS or kind == "GeometryCollection":
        features = [{"type": "Feature", "properties": {}, "geometry": document}]
    else:
        raise ReadingError(f"{name} is JSON of the type {str(kind)[:40]!r}, not GeoJSON.")
    if not isinstance(features, list):
        raise ReadingError(f"{name} has no features.")
    records = [_record(number, feature) for number, feature in enumerate(features, 1)]
    return Source("GeoJSON", _crs_of(document, name), records)


def _crs_of(document: Mapping[str, Any], name: str) -> str:
    member = document.get("crs")
    if member is None:
        return CRS84
    try:
        named = str(member["properties"]["name"])
    except (TypeError, KeyError):
        raise ReadingError(f"{name} has a `crs` member that names no CRS; name it with --crs EPSG:n.") from None
    return CRS84 if named.upper().endswith("CRS84") else named


def _record(number: int, feature: Any) -> Record:
    if not isinstance(feature, dict):
        return Record(number, {}, None, ())
    properties = feature.get("properties")
    fields = dict(properties) if isinstance(properties, dict) else {}
    if feature.get("id") is not None:
        fields.setdefault("id", feature["id"])
    shape, repairs = make_shape(feature.get("geometry"))
    return Record(number, fields, shape, repairs)


def make_shape(document: Any, depth: int = 0) -> tuple[BaseGeometry | None, tuple[str, ...]]:
    """Return the shape of a GeoJSON geometry with what was repaired, or None where it is none."""
    if not isinstance(document, dict) or depth > _DEEPEST:
        return None, ()
    kind = document.get("type")
    if kind == "GeometryCollection":
        members = document.get("geometries")
        parts = [make_shape(member, depth + 1) for member in members] if isinstance(members, list) else []
        shapes = [shape for shape, _ in parts if shape is not None]
        repairs = tuple(dict.fromkeys(what for _, whats in parts for what in whats))
        return (shapely.geometrycollections(shapes) if shapes else None), repairs
    if not isinstance(kind, str) or kind not in _COORDINATE_DEPTHS:
        return None, ()
    coordinates = document.get("coordinates")
    try:
        closed, was_open = _close_rings(kind, coordinates)
        shape = geometry.shape({"type": kind, "coordinates": closed})
    except (TypeError, ValueError, OverflowError, IndexError, KeyError, AttributeError, shapely.errors.ShapelyError):
        return None, ()
    return shape, (("a ring was not closed",) if was_open else ())


def _close_rings(kind: str, coordinates: Any) -> tuple[Any, bool]:
    if kind == "Polygon":
        rings = [(ring if ring[0] == ring[-1] else [*ring, ring[0]]) for ring in coordinates]
        return rings, any(len(a) != len(b) for a, b in zip(rings, coordinates, strict=True))
    if kind == "MultiPolygon":
        parts = [_close_rings("Polygon", part) for part in coordinates]
        return [part for part, _ in parts], any(was_open for _, was_open in parts)
    return coordinates, False
