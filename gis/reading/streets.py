"""Streets of a file: its lines, split into the street graph, with name, kind, surface and bridge of each edge."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.reading.records import ReadingError, Record, Rejected, Repaired, Report, Source, check_shape, text_of
from gis.reading.systems import to_town
from gis.streets import Houses, Streets, build_graph

# Of the ways of OpenStreetMap with a highway tag, those along which nobody lays a duct.
_NO_STREETS = {
    "proposed",
    "construction",
    "platform",
    "corridor",
    "elevator",
    "bus_stop",
    "rest_area",
    "services",
    "raceway",
}


def read_streets(source: Source, *, crs: str | None, town_crs: str) -> tuple[Streets, Report]:
    """
    Return the street graph of a file, and what became of each record.

    Raises:
        ReadingError: the CRS is not known, or no line is left.
    """
    told = crs or source.crs
    if not told:
        raise ReadingError("The file does not tell its CRS; name it with --crs EPSG:n.")
    report = Report(read=len(source.records), notes=list(source.notes))
    kept, shapes = [], []
    houses = [record for record in source.records if _is_house(record)]
    for record in source.records:
        if _is_house(record):
            continue
        try:
            lines, repairs = _lines_of(record)
        except ReadingError as error:
            report.rejected.append(Rejected(record.row, text_of(record.fields.get("id")), str(error)))
            continue
        report.repaired += [Repaired(record.row, text_of(record.fields.get("id")), what) for what in repairs]
        kept.append(record)
        shapes.append(lines)
    moved, reasons = to_town(shapes, told, town_crs)
    good = [(record, shape) for record, shape, reason in zip(kept, moved, reasons, strict=True) if reason is None]
    report.rejected += [
        Rejected(record.row, text_of(record.fields.get("id")), reason)
        for record, reason in zip(kept, reasons, strict=True)
        if reason is not None
    ]
    found = _read_houses(houses, told, town_crs, report)
    report.accepted = len(good) + len(found.numbers)
    if not good:
        reason = report.rejected[0].reason if report.rejected else "it is empty"
        raise ReadingError(f"The file holds no street that can be used: {reason}.")
    return _street_graph(good, found), report


def _street_graph(good: list[tuple[Record, BaseGeometry]], houses: Houses) -> Streets:
    """Return the graph of records with their lines; an edge has the fields of the record that it was cut from."""
    parts, owners = shapely.get_parts([shape for _, shape in good], return_index=True)
    graph = build_graph(parts)
    owner = owners[graph.sources]
    fields = [record.fields for record, _ in good]
    return Streets(
        graph,
        [text_of(fields[k].get("name")) or "" for k in owner],
        [text_of(fields[k].get("highway") or fields[k].get("kind")) or "" for k in owner],
        [text_of(fields[k].get("surface")) or "" for k in owner],
        np.array([(text_of(fields[k].get("bridge")) or "no") not in ("no", "0", "False") for k in owner], np.bool_),
        houses,
    )


def _is_house(record: Record) -> bool:
    """Whether a record is a house with a street and a number, by the tags of OpenStreetMap (wiki, key:addr)."""
    return bool(text_of(record.fields.get("addr:street")) and text_of(record.fields.get("addr:housenumber")))


def _read_houses(records: list[Record], crs: str, town_crs: str, report: Report) -> Houses:
    places = [record.shape.representative_point() if record.shape is not None else None for record in records]
    moved, reasons = to_town(places, crs, town_crs)
    good = [(record, shape) for record, shape, reason in zip(records, moved, reasons, strict=True) if reason is None]
    report.rejected += [
        Rejected(record.row, None, reason)
        for record, reason in zip(records, reasons, strict=True)
        if reason is not None
    ]
    return Houses(
        [str(record.fields["addr:street"]).strip() for record, _ in good],
        [str(record.fields["addr:housenumber"]).strip() for record, _ in good],
        np.round(shapely.get_coordinates([shape for _, shape in good]).reshape(-1, 2), 2),
    )


def _lines_of(record: Record) -> tuple[shapely.MultiLineString, tuple[str, ...]]:
    if text_of(record.fields.get("highway")) in _NO_STREETS:
        raise ReadingError(f"no street: {record.fields['highway']}")
    shape, repairs = check_shape(record.shape)
    parts = [
        part for part in shapely.get_parts(shape) if part.geom_type in ("LineString", "LinearRing") and part.length > 0
    ]
    if not parts:
        raise ReadingError(f"it is a {shape.geom_type}, not a line")
    return shapely.multilinestrings(parts), (*record.repairs, *repairs)
