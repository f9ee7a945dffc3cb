"""Cable routes of a file: lines with their owner and ducts."""

from dataclasses import dataclass
from datetime import date

from shapely.geometry.base import BaseGeometry

from gis.reading.lists import day_of
from gis.reading.records import ReadingError, Record, Rejected, Repaired, Report, Source, check_shape, text_of
from gis.reading.systems import to_town

_MOST_DUCTS = 1000


@dataclass(frozen=True)
class ReadRoute:
    """A cable route as a file tells it, its line in the town's CRS."""

    row: int
    name: str
    owner: str
    ducts: int
    free_ducts: int
    built_on: date | None
    shape: BaseGeometry


def read_routes(source: Source, *, crs: str | None, town_crs: str) -> tuple[list[ReadRoute], Report]:
    """
    Return the cable routes of a file with the fields name, owner, ducts, free_ducts, built_on, and what became of each
    record.

    Raises:
        ReadingError: the CRS of the coordinates is not known.
    """
    told = crs or source.crs
    if not told:
        raise ReadingError("The file does not tell its CRS; name it with --crs EPSG:n.")
    report = Report(read=len(source.records), notes=list(source.notes))
    routes = []
    for record in source.records:
        name = text_of(record.fields.get("name"))
        try:
            route, repairs = _read_route(record, name, told, town_crs)
        except ReadingError as error:
            report.rejected.append(Rejected(record.row, name, str(error)))
            continue
        routes.append(route)
        report.repaired += [Repaired(record.row, name, what) for what in repairs]
    report.accepted = len(routes)
    return routes, report


def _read_route(record: Record, name: str | None, crs: str, town_crs: str) -> tuple[ReadRoute, tuple[str, ...]]:
    shape, repairs = check_shape(record.shape)
    if "LineString" not in shape.geom_type:
        raise ReadingError(f"it is a {shape.geom_type}, not a line")
    (moved,), (reason,) = to_town([shape], crs, town_crs)
    if reason is not None:
        raise ReadingError(reason)
    ducts, free = _count(record, "ducts"), _count(record, "free_ducts")
    if free > ducts:
        raise ReadingError(f"it has {free} free ducts of {ducts}")
    built = text_of(record.fields.get("built_on"))
    owner = text_of(record.fields.get("owner")) or ""
    built_on = day_of(built, "built_on") if built else None
    return ReadRoute(record.row, name or f"route {record.row}", owner, ducts, free, built_on, moved), repairs


def _count(record: Record, field: str) -> int:
    """Return a number of ducts; one that is not told is none, so that nothing is counted on that may not be there."""
    text = text_of(record.fields.get(field)) or "0"
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not (0 <= number <= _MOST_DUCTS and number.is_integer()):
        raise ReadingError(f"its {field} {text[:20]!r} is no number of ducts")
    return int(number)
