"""
Works out as GeoPackage and in again: a file that was edited elsewhere changes the works by their id, if nobody else did
meanwhile.

The columns `register_id` and `register_version` tell which work a row is and from which version it was made.
"""

import io
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.reading import (
    ChangedRecord,
    ReadingError,
    Record,
    Rejected,
    Report,
    Source,
    check_shape,
    day_of,
    number_of,
    text_of,
    to_town,
)
from gis.register.imports import Origin, begin, end
from gis.register.models import DigImport, Work, WorkVersion
from gis.register.works import change, document_in, keep_version, outline_of, seen_by
from ventspils.core.errors import UsageError
from ventspils.core.security.roles import Scope

_ID, _VERSION = "register_id", "register_version"
_DATES = ("starts_on", "ends_on", "earliest_on", "optimum_on", "latest_on", "tender_on", "permit_request_on")
_TEXTS = (
    "sort", "stage", "title", "kind", "promoter", "network_elements", "contact", "contractor", "site_manager",
    "phone_24h",
    "permit_number", "project_number", "condition", "note",
)  # fmt: skip
_NUMBERS = ("moving_eur_per_month", "depth_m", "diameter_mm")
_MOVED_M = 0.005  # coordinates in degrees come back rounded


@dataclass(frozen=True)
class Edit:
    """A row of a file that came back: the work, the version it was made from, and what it says."""

    row: int
    work_id: str
    version: int
    values: dict[str, Any]
    shape: BaseGeometry


def export_works(session: Session, scope: Scope, town_crs: str) -> bytes:
    """Return the works that a caller may see as a GeoPackage."""
    fits = (Work.removed_at.is_(None), seen_by(scope))
    rows = session.scalars(select(Work).where(*fits).order_by(Work.starts_on, Work.id)).all()
    return write_geopackage(rows, town_crs)


def write_geopackage(works: Sequence[Work], town_crs: str) -> bytes:
    """Return works as a GeoPackage with one layer, in the town's CRS; those without a place are left out."""
    import geopandas as gpd

    placed = [(work, shape) for work in works if (shape := outline_of(work)) is not None]
    rows: list[dict[str, Any]] = [
        {_ID: w.id, _VERSION: w.version}
        | {name: getattr(w, name) for name in _TEXTS}
        | {name: value.isoformat() if (value := getattr(w, name)) else None for name in _DATES}
        | {name: math.nan if (value := getattr(w, name)) is None else value for name in _NUMBERS}
        for w, _ in placed
    ]
    shapes = np.empty(len(placed), np.object_)
    shapes[:] = [shape for _, shape in placed]
    table = {column: [row[column] for row in rows] for column in (_ID, _VERSION, *_TEXTS, *_DATES, *_NUMBERS)}
    frame = gpd.GeoDataFrame(table, geometry=shapes, crs=town_crs)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "works.gpkg"
        frame.to_file(file, driver="GPKG", layer="works")
        return io.BytesIO(file.read_bytes()).getvalue()


def is_ours(source: Source) -> bool:
    """Whether a file is one that came from the register."""
    return bool(source.records) and {_ID, _VERSION} <= set(source.records[0].fields)


def read_edits(source: Source, *, crs: str | None, town_crs: str) -> tuple[list[Edit], Report]:
    """
    Return the rows of a file that came back, and what became of each.

    Raises:
        ReadingError: the CRS of the coordinates is not known.
    """
    told = crs or source.crs
    if not told:
        raise ReadingError("The file does not tell its CRS; name it with --crs EPSG:n.")
    report = Report(read=len(source.records), notes=list(source.notes))
    edits = []
    for record in source.records:
        work_id = text_of(record.fields.get(_ID))
        try:
            edits.append(_read_edit(record, work_id, told, town_crs))
        except ReadingError as error:
            report.rejected.append(Rejected(record.row, work_id, str(error)))
    return edits, report


def _read_edit(record: Record, work_id: str | None, crs: str, town_crs: str) -> Edit:
    if work_id is None:
        raise ReadingError("it has no register_id; a work that is new goes into a file of its own")
    version = text_of(record.fields.get(_VERSION)) or ""
    if not (version.split(".")[0].isdecimal() and len(version) < 10):
        raise ReadingError(f"its register_version {version[:20]!r} is no number")
    shape, _ = check_shape(record.shape)
    (moved,), (reason,) = to_town([shape], crs, town_crs)
    if reason is not None:
        raise ReadingError(reason)
    values: dict[str, Any] = {name: text_of(record.fields[name]) or "" for name in _TEXTS if name in record.fields}
    for name in _DATES:
        if name in record.fields:
            text = text_of(record.fields[name])
            values[name] = day_of(text, name) if text else None
    for name in _NUMBERS:
        if name in record.fields:
            text = text_of(record.fields[name])
            values[name] = number_of(text, name) if text else None
    return Edit(record.row, work_id, int(version.split(".")[0]), values, moved)


def apply_edits(session: Session, edits: Sequence[Edit], report: Report, origin: Origin) -> DigImport:
    """Change works by their id; a work that somebody changed meanwhile is rejected with what is different."""
    made = begin(session, "works", origin)
    for edit in edits:
        try:
            differences = _apply(session, edit)
        except UsageError as error:
            report.rejected.append(Rejected(edit.row, edit.work_id, str(error)))
            continue
        report.accepted += 1
        if not differences:
            report.unchanged += 1
            continue
        report.changed += differences
        keep_version(session, session.get_one(Work, edit.work_id), origin.actor, made.at, made.id)
    return end(session, made, report)


def _apply(session: Session, edit: Edit) -> list[ChangedRecord]:
    """
    Put into a work what the row changed since its version; what somebody else changed meanwhile is
    not overwritten.
    """
    work = session.get(Work, edit.work_id)
    base = session.get(WorkVersion, (edit.work_id, edit.version))
    if work is None or work.removed_at is not None or base is None:
        raise UsageError(
            f"work {edit.work_id!r} is not in the register any more, or never was at version {edit.version}"
        )
    then = document_in(base)
    given = {name: value for name, value in edit.values.items() if _plain(value) != then[name]}
    was = _shape_in(then)
    has_moved = was is None or not shapely.equals_exact(shapely.normalize(was), shapely.normalize(edit.shape), _MOVED_M)
    clashes = [name for name in given if _plain(getattr(work, name)) not in (then[name], _plain(given[name]))]
    if has_moved and outline_of(work) != was:
        clashes.append("place")
    if clashes:
        raise UsageError(
            f"work {work.title!r} was changed meanwhile (version {edit.version} became {work.version}), also in "
            f"{', '.join(clashes)}: export it again"
        )
    present = {name: getattr(work, name) for name in given if getattr(work, name) != given[name]}
    with session.begin_nested():
        change(session, work, given)
        if has_moved:
            work.hand_shape = shapely.to_wkb(edit.shape)
    differences = [
        ChangedRecord(work.id, work.title, n, _as_text(old), _as_text(given[n])) for n, old in present.items()
    ]
    if has_moved:
        differences.append(ChangedRecord(work.id, work.title, "place", _told(was), _told(edit.shape)))
    return differences


def _shape_in(document: Mapping[str, Any]) -> BaseGeometry | None:
    octets = document["hand_shape"] or document["shape"]
    return shapely.from_wkb(bytes.fromhex(octets)) if octets else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _as_text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def _told(shape: BaseGeometry | None) -> str | None:
    return f"{shape.geom_type}, {shape.length:.1f} m" if shape is not None else None
