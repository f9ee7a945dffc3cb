"""
Sites that want fibre, and roots where it is already, from a file: by columns of their own names, or
points with fields.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.reading.files import read_file
from gis.reading.records import ReadingError, Record, Rejected, Report, Source, check_shape, text_of
from gis.reading.systems import to_town

_COLUMNS = {"name", "x", "y", "longitude", "latitude", "has_fibre", "prize_eur_per_year", "connect_by"}
_YES, _NO = {"yes", "true", "1", "y"}, {"", "no", "false", "0", "n"}


@dataclass(frozen=True)
class ReadSite:
    """A site as a file tells it, in the town's CRS."""

    row: int
    name: str
    x_m: float
    y_m: float
    has_fibre: bool
    prize_eur_per_year: float
    connect_by: date | None


def read_site_file(path: Path) -> Source:
    """
    Read a CSV with the columns name, longitude and latitude (or x and y), or any file of geographic things.

    Raises:
        ReadingError: it cannot be read, or lacks a column.
    """
    if path.suffix.lower() != ".csv":
        return read_file(path)
    try:
        rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        columns = set(rows.fieldnames or ())
        records = [Record(number, row, None) for number, row in enumerate(rows, 2)]
    except OSError as error:
        raise ReadingError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReadingError(f"{path.name} is no CSV in UTF-8 ({error}).") from None
    if unknown := sorted(columns - _COLUMNS):
        raise ReadingError(f"{path.name} has the column {unknown[0]!r}; known are {', '.join(sorted(_COLUMNS))}.")
    in_degrees = {"longitude", "latitude"} <= columns
    if "name" not in columns or not (in_degrees or {"x", "y"} <= columns):
        raise ReadingError(f"{path.name} needs the columns name, longitude and latitude, or name, x and y.")
    pair = ("longitude", "latitude") if in_degrees else ("x", "y")
    placed = [Record(r.row, r.fields, _point(r, pair)) for r in records]
    return Source("CSV", "OGC:CRS84" if in_degrees else None, placed)


def _point(record: Record, pair: tuple[str, str]) -> shapely.Point | None:
    try:
        return shapely.Point(float(record.fields[pair[0]]), float(record.fields[pair[1]]))
    except (TypeError, ValueError):
        return None


def read_sites(source: Source, *, crs: str | None, town_crs: str) -> tuple[list[ReadSite], Report]:
    """
    Return the sites of a file, and what became of each record.

    Raises:
        ReadingError: the CRS of the coordinates is not known.
    """
    told = crs or source.crs
    if not told:
        raise ReadingError("The file does not tell its CRS; name it with --crs EPSG:n.")
    report = Report(read=len(source.records), notes=list(source.notes))
    sites: list[ReadSite] = []
    seen: set[str] = set()
    for record in source.records:
        name = text_of(record.fields.get("name"))
        try:
            if name is None:
                raise ReadingError("it has no name")
            if name in seen:
                raise ReadingError(f"the name {name!r} is there twice")
            sites.append(_read_site(record, name, told, town_crs))
            seen.add(name)
        except ReadingError as error:
            report.rejected.append(Rejected(record.row, name, str(error)))
    report.accepted = len(sites)
    return sites, report


def _read_site(record: Record, name: str, crs: str, town_crs: str) -> ReadSite:
    shape, _ = check_shape(record.shape)
    (moved,), (reason,) = to_town([shape.representative_point()], crs, town_crs)
    if reason is not None:
        raise ReadingError(reason)
    x, y = np.round(shapely.get_coordinates(moved)[0], 2).tolist()
    return ReadSite(record.row, name, x, y, _flag(record.fields), _prize(record.fields), _day(record.fields))


def _flag(fields: Any) -> bool:
    text = (text_of(fields.get("has_fibre")) or "").lower()
    if text not in _YES | _NO:
        raise ReadingError(f"its has_fibre {text[:20]!r} is neither yes nor no")
    return text in _YES


def _prize(fields: Any) -> float:
    text = text_of(fields.get("prize_eur_per_year")) or "0"
    try:
        prize = float(text)
    except ValueError:
        raise ReadingError(f"its prize_eur_per_year {text[:20]!r} is no number") from None
    if not (0 <= prize < float("inf")):
        raise ReadingError(f"its prize_eur_per_year {text[:20]!r} is no sum of money")
    return prize


def _day(fields: Any) -> date | None:
    text = text_of(fields.get("connect_by"))
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ReadingError(f"its connect_by {text!r} is no date like 2027-12-31") from None
