"""Works of a feed or file, through a descriptor that says which field is which."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any  # values of files
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry

from gis.reading.feed_descriptors import Descriptor
from gis.reading.geojson import make_shape
from gis.reading.numbers import number_of
from gis.reading.records import ReadingError, Record, Rejected, Repaired, Report, Source, check_shape, text_of
from gis.reading.systems import to_town
from gis.streets import Described

_FEW = 20  # of fewer dates nothing can be said about how they were cut
_SUNDAY = 6
_SUNDAYS_OF_A_CUT = 0.3  # of the starts; of works that begin on any day it would be a seventh
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_OPEN_END = 2900  # years from there on stand for "no end known" in some feeds


@dataclass(frozen=True)
class ReadWork:
    """
    A work as a file tells it, its shape in the town's CRS; `ends_on` is the last day.

    One told by words has `described` and, where these do not say for certain where it is, no shape but why: `unplaced`.
    `facts` are further columns of the register; `told` are the columns that the file speaks of, all where it is None.
    """

    row: int
    id: str | None
    title: str
    kind: str
    promoter: str
    starts_on: date | None
    ends_on: date | None
    note: str
    shape: BaseGeometry | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    described: Described | None = None
    unplaced: str = ""
    told: frozenset[str] | None = None


def read_works(
    source: Source, descriptor: Descriptor, *, crs: str | None, town_crs: str
) -> tuple[list[ReadWork], Report]:
    """
    Return the works of a file, and what became of each record.

    Args:
        source: The file.
        descriptor: Which field is which.
        crs: That of the coordinates where neither file nor descriptor tells it.
        town_crs: That of the town, metric.

    Raises:
        ReadingError: the CRS of the coordinates is not known.
    """
    report = Report(read=len(source.records), notes=list(source.notes))
    works: list[ReadWork] = []
    seen: set[str] = set()
    for record in source.records:
        named = _text(record, descriptor.fields.id)
        try:
            if named is not None and named in seen:
                raise ReadingError(f"the id {named!r} is there twice")
            work, repairs = _read_work(record, descriptor)
        except ReadingError as error:
            report.rejected.append(Rejected(record.row, named, str(error)))
            continue
        if named is not None:
            seen.add(named)
        works.append(work)
        report.repaired += [Repaired(record.row, named, what) for what in repairs]
    works = _move_to_town(works, report, source, descriptor, crs, town_crs)
    works = _mend_midnights(works, report, descriptor)
    report.accepted = len(works)
    return works, report


def _read_work(record: Record, descriptor: Descriptor) -> tuple[ReadWork, list[str]]:
    fields = descriptor.fields
    shape, repairs = _shape_of(record, fields.geometry)
    shape, more = check_shape(shape)
    starts_on = _date(record, fields.starts_on, descriptor, "start")
    ends_on = _date(record, fields.ends_on, descriptor, "end")
    if starts_on and ends_on and ends_on < starts_on:
        raise ReadingError(f"it ends on {ends_on} before it starts on {starts_on}")
    kind = _text(record, fields.kind) or ""
    facts, open_ = _read_numbers(record, descriptor)
    work = ReadWork(
        record.row,
        _text(record, fields.id),
        _text(record, fields.title) or "",
        descriptor.kinds.get(kind, "other" if descriptor.kinds else kind or "other"),
        _text(record, fields.promoter) or "",
        starts_on,
        ends_on,
        _text(record, fields.note) or "",
        shape,
        facts,
    )
    return work, [*repairs, *more, *open_]


def _read_numbers(record: Record, descriptor: Descriptor) -> tuple[dict[str, float], list[str]]:
    """Return depth and diameter where a feed tells them, and what was left open as it is none."""
    found: dict[str, float] = {}
    open_: list[str] = []
    fields = descriptor.fields
    for name, paths in (("depth_m", fields.depth_m), ("diameter_mm", fields.diameter_mm)):
        text = _text(record, paths)
        if text is not None:
            try:
                found[name] = number_of(text, name)
            except ReadingError as error:
                open_.append(f"{error} and was left open")
    return found, open_


def _shape_of(record: Record, paths: Sequence[str]) -> tuple[BaseGeometry | None, tuple[str, ...]]:
    for path in paths:
        if path == "$geometry":
            if record.shape is not None:
                return record.shape, record.repairs
            continue
        shape, repairs = make_shape(_at(record.fields, path))
        if shape is not None and not shape.is_empty:
            return shape, repairs
    return None, ()


def _at(fields: Mapping[str, Any], path: str) -> Any:
    found: Any = fields.get(path)
    if found is None and "." in path:
        found = fields
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _text(record: Record, paths: Sequence[str]) -> str | None:
    for path in paths:
        found = _at(record.fields, path)
        text = text_of(", ".join(map(str, found)) if isinstance(found, list) else found)
        if text is not None:
            return text
    return None


def _date(record: Record, paths: Sequence[str], descriptor: Descriptor, what: str) -> date | None:
    text = _text(record, paths)
    if text is None:
        return None
    try:
        if descriptor.dates.pattern == "iso":
            found = _iso_date(text, descriptor.timezone)
        else:
            found = datetime.strptime(text, descriptor.dates.pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ReadingError(f"its {what} {text[:40]!r} is no date of the form {descriptor.dates.pattern}") from None
    if found.year >= _OPEN_END:
        return None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ReadingError(f"its {what} {text[:40]!r} lies outside {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def _iso_date(text: str, zone: str) -> date:
    if len(text) == len("2026-01-31"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment.astimezone(ZoneInfo(zone)).date() if moment.tzinfo else moment.date()


def _move_to_town(
    works: list[ReadWork], report: Report, source: Source, descriptor: Descriptor, crs: str | None, town_crs: str
) -> list[ReadWork]:
    """Return the works with their shapes in the town's CRS; what cannot be there is rejected."""
    told = crs or source.crs or descriptor.crs
    if not told:
        raise ReadingError("The file does not tell its CRS; name it with --crs EPSG:n.")
    moved, bad = to_town([work.shape for work in works], told, town_crs)
    kept = []
    for work, shape, reason in zip(works, moved, bad, strict=True):
        if reason is None:
            kept.append(replace(work, shape=shape))
        else:
            report.rejected.append(Rejected(work.row, work.id, reason))
            report.repaired = [r for r in report.repaired if r.row != work.row]
    return kept


def _mend_midnights(works: list[ReadWork], report: Report, descriptor: Descriptor) -> list[ReadWork]:
    """
    Move starts to the next day where local midnights were cut to the day in UTC, which east of Greenwich is the day
    before.

    Recognised by Sundays: people begin on Mondays.
    """
    if descriptor.dates.midnight_in_utc == "no":
        return works
    starts = [work.starts_on for work in works if work.starts_on is not None]
    weekdays = Counter(day.weekday() for day in starts)
    is_cut = len(starts) >= _FEW and weekdays[_SUNDAY] >= max(_SUNDAYS_OF_A_CUT * len(starts), 2 * weekdays[0])
    if descriptor.dates.midnight_in_utc == "recognise" and not is_cut:
        return works
    what = "its start was a local midnight cut to the day in UTC; moved to the next day"
    report.notes.append(f"{weekdays[_SUNDAY]} of {len(starts)} works start on a Sunday: {what}.")
    mended = []
    for work in works:
        if work.starts_on is not None and (work.ends_on is None or work.starts_on < work.ends_on):
            report.repaired.append(Repaired(work.row, work.id, what))
            mended.append(replace(work, starts_on=work.starts_on + timedelta(days=1)))
        else:
            mended.append(work)
    return mended
