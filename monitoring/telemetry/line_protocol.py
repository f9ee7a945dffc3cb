"""
Reading InfluxDB line protocol: columns of fields, grouped by measurement.

Two ways to the same result. Nearly all lines hold no quotes, and backslashes in their tags alone, and are read column
by column with pyarrow; the rest is read one by one by an exact parser. A body with a line that cannot be read is
refused whole, as InfluxDB 2 does.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.errors import StoreError

PRECISIONS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_RESERVED_TAGS = frozenset(("time", "_field", "_measurement"))
_TRUE, _FALSE = frozenset(("t", "T", "true", "True", "TRUE")), frozenset(("f", "F", "false", "False", "FALSE"))
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+\Z", re.ASCII)
_MIN_TIME, _MAX_TIME = -(2**63) + 2, 2**63 - 2
_BAD_LINES_SHOWN = 5
_TO_THE_END = 2**31 - 1
_MOST_LAYOUTS = 64  # of one measurement in one body; what has more is read line by line


class FieldType(StrEnum):
    """Types of a field, named as InfluxDB names them."""

    FLOAT = "float"
    INTEGER = "integer"
    UNSIGNED = "unsigned"
    STRING = "string"
    BOOLEAN = "boolean"


ARROW_TYPES = {
    FieldType.FLOAT: pa.float64(),
    FieldType.INTEGER: pa.int64(),
    FieldType.UNSIGNED: pa.uint64(),
    FieldType.STRING: pa.string(),
    FieldType.BOOLEAN: pa.bool_(),
}
FieldValue = float | int | str | bool


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """A measurement with its tags in order of their names. Looked up so often that it remembers its hash."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.measurement, self.tags)))

    def __hash__(self) -> int:
        return self._hash


@dataclass
class PointBatch:
    """
    Points of one measurement: row by row series, time and place in the body, and a column for every field and type.

    `columns` maps (field, type) to an Arrow array with one cell a row, null where the row lacks the field.
    """

    measurement: str
    series: list[SeriesKey]
    times_ns: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    columns: dict[tuple[str, FieldType], pa.Array] = field(default_factory=dict)


def parse(body: bytes, precision: str, now_ns: int) -> list[PointBatch]:
    """
    Return the points of a body.

    Args:
        body: Lines; empty ones and comments are passed over.
        precision: Unit of the timestamps: ns, us, ms or s.
        now_ns: Time of lines without a timestamp.

    Raises:
        StoreError: status 400, with the lines that cannot be read and why.
    """
    if precision not in PRECISIONS:
        raise StoreError("invalid precision; valid precision units are ns, us, ms, and s", status=400)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise StoreError("unable to parse the body: it is not UTF-8", status=400) from None
    lines = [line for line in text.split("\n") if line and not line.isspace() and not line.startswith("#")]
    everything = np.arange(len(lines))
    is_plain = np.ones(len(lines), np.bool_)
    if '"' in text:
        is_plain = np.fromiter(('"' not in x for x in lines), np.bool_, len(lines))
    plain, others = everything[is_plain], everything[~is_plain]
    batches = _parse_plain([lines[k] for k in plain], plain, PRECISIONS[precision]) if len(plain) else []
    if batches is None:
        return list(_parse_exactly(lines, everything, PRECISIONS[precision], now_ns))
    if len(others):
        batches += _parse_exactly([lines[k] for k in others], others, PRECISIONS[precision], now_ns)
    return sorted(batches, key=lambda batch: int(batch.places[0]))  # the first to use a field gives it its type


def _parse_plain(lines: list[str], places: npt.NDArray[np.int64], unit_ns: int) -> list[PointBatch] | None:
    """Read lines without quotes column by column; None when any of them is not of the plain form."""
    parts = pc.split_pattern(pa.array(lines), " ", max_splits=2, reverse=True)  # tags may hold escaped spaces
    flat = parts.flatten()
    if len(flat) != 3 * len(lines) or not pc.all(pc.equal(pc.list_value_length(parts), 3)).as_py():
        return None
    place = np.arange(len(lines)) * 3
    try:
        times = pc.cast(flat.take(pa.array(place + 2)), pa.int64()).to_numpy()
        keys = flat.take(pa.array(place)).dictionary_encode()
        series = [_read_whole_key(key) for key in keys.dictionary.to_pylist()]
    except (pa.ArrowInvalid, StoreError):
        return None
    if times.max() > _MAX_TIME // unit_ns or times.min() < -(_MAX_TIME // unit_ns):
        return None
    times = times * unit_ns
    which = keys.indices.to_numpy()
    fields = flat.take(pa.array(place + 1))
    if pc.any(pc.match_substring(fields, "\\")).as_py():
        return None
    measurements = np.array([s.measurement for s in series])[which]
    batches = []
    for measurement in dict.fromkeys(s.measurement for s in series):
        rows = np.flatnonzero(measurements == measurement)
        columns = _plain_columns(fields if len(rows) == len(lines) else fields.take(pa.array(rows)))
        if columns is None:
            return None
        batches.append(PointBatch(measurement, [series[k] for k in which[rows]], times[rows], places[rows], columns))
    return batches


@lru_cache(maxsize=262_144)
def _read_whole_key(text: str) -> SeriesKey:
    """
    Return the series of what stands before the last two spaces of a line; a space that is left in
    it must be escaped.
    """
    if text.endswith("\\") or len(_split_outside(text, " ", quotes=False)) != 1:
        raise StoreError("not of the plain form", status=400)
    return read_series(text)


def _plain_columns(fields: pa.Array) -> dict[tuple[str, FieldType], pa.Array] | None:
    """
    Return the columns of `a=1i,b=2` texts, or None when one of them is not of that form.

    Texts that name the same fields in the same order, as nearly all of a measurement do, are read together.
    """
    pairs = pc.split_pattern(fields, ",")
    flat, starts = pairs.flatten(), pairs.offsets.to_numpy()
    counts = np.diff(starts)
    rest = np.arange(len(fields))
    cells: dict[tuple[str, FieldType], list[tuple[npt.NDArray[np.int64], pa.Array]]] = {}
    for _ in range(_MOST_LAYOUTS):
        first = flat.slice(starts[rest[0]], counts[rest[0]]).to_pylist()
        names = [pair.partition("=")[0] for pair in first]
        kinds = [FieldType.INTEGER if pair.endswith("i") else FieldType.FLOAT for pair in first]
        rows, columns = _same_layout(flat, starts, rest[counts[rest] == len(first)], names, kinds)
        if not all(names) or len(set(names)) < len(names) or not len(rows):
            return None
        for name, kind, column in zip(names, kinds, columns, strict=True):
            numbers = _plain_numbers(column, len(name.encode()) + 1, kind)
            if numbers is None:
                return None
            cells.setdefault((name, kind), []).append((rows, numbers))
        if len(rows) == len(rest):
            return {field: _spread(found, len(fields)) for field, found in cells.items()}
        rest = np.setdiff1d(rest, rows, assume_unique=True)
    return None


def _same_layout(
    flat: pa.Array,
    starts: npt.NDArray[np.int32],
    rows: npt.NDArray[np.int64],
    names: list[str],
    kinds: list[FieldType],
) -> tuple[npt.NDArray[np.int64], list[pa.Array]]:
    """
    Return those of the rows whose pairs have these names and kinds in this order, and their pairs
    column by column.
    """
    columns = [flat.take(pa.array(starts[rows] + place)) for place in range(len(names))]
    fits = np.ones(len(rows), np.bool_)
    for column, name, kind in zip(columns, names, kinds, strict=True):
        is_integer = pc.ends_with(column, "i").to_numpy(zero_copy_only=False)
        fits &= pc.starts_with(column, f"{name}=").to_numpy(zero_copy_only=False)
        fits &= is_integer == (kind is FieldType.INTEGER)
    if fits.all():
        return rows, columns
    return rows[fits], [column.filter(pa.array(fits)) for column in columns]


def _plain_numbers(pairs: pa.Array, start: int, kind: FieldType) -> pa.Array | None:
    """Return the numbers from that octet of the pairs on, or None when one of them is none."""
    stop = -1 if kind is FieldType.INTEGER else _TO_THE_END
    texts = pc.cast(pc.binary_slice(pc.cast(pairs, pa.binary()), start, stop), pa.string())
    characters = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    if kind is FieldType.INTEGER and characters.max(initial=0) > ord("9"):
        return None  # Arrow also reads 0x1F, InfluxDB does not
    try:
        numbers = pc.cast(texts, ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        return None
    return numbers if pc.all(pc.is_finite(numbers)).as_py() else None


def _spread(cells: list[tuple[npt.NDArray[np.int64], pa.Array]], count: int) -> pa.Array:
    """Return a column of `count` rows that holds the cells at their rows and null elsewhere."""
    if len(cells) == 1 and len(cells[0][0]) == count:
        return cells[0][1]
    rows = np.concatenate([rows for rows, _ in cells])
    place = np.zeros(count, np.int64)
    absent = np.ones(count, np.bool_)
    place[rows], absent[rows] = np.arange(len(rows)), False
    return pa.concat_arrays([column for _, column in cells]).take(pa.array(place, mask=absent))


# --- exact parsing, line by line ---


def _split_outside(text: str, separator: str, *, quotes: bool) -> list[str]:
    """Split at a separator that is neither escaped nor, where quotes count, inside double quotes."""
    parts, start, at, quoted = [], 0, 0, False
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 2
            continue
        if quotes and character == '"':
            quoted = not quoted
        elif character == separator and not quoted:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    if quoted:
        raise StoreError("unbalanced quotes", status=400)
    return [*parts, text[start:]]


def _unescape(text: str) -> str:
    return re.sub(r"\\([,= ])", r"\1", text)


@lru_cache(maxsize=262_144)
def read_series(text: str) -> SeriesKey:
    """
    Return the series that the first part of a line names.

    Raises:
        StoreError: status 400.
    """
    measurement, *pairs = _split_outside(text, ",", quotes=False)
    if not measurement:
        raise StoreError("missing measurement", status=400)
    tags: dict[str, str] = {}
    for pair in pairs:
        halves = _split_outside(pair, "=", quotes=False)
        if len(halves) != 2 or not halves[0]:
            raise StoreError("missing tag key" if not halves[0] else "invalid tag format", status=400)
        name, value = map(_unescape, halves)
        if not value:
            raise StoreError("missing tag value", status=400)
        if name in _RESERVED_TAGS:
            raise StoreError(f'cannot use reserved tag key "{name}"', status=400)
        if name in tags:
            raise StoreError("duplicate tags", status=400)
        tags[name] = value
    return SeriesKey(_unescape(measurement), tuple(sorted(tags.items())))


def _read_value(text: str) -> tuple[FieldType, FieldValue]:
    if not text:
        raise StoreError("missing field value", status=400)
    if text[0] == '"':
        if len(text) < 2 or text[-1] != '"':
            raise StoreError("unbalanced quotes", status=400)
        return FieldType.STRING, re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if text in _TRUE or text in _FALSE:
        return FieldType.BOOLEAN, text in _TRUE
    if text[-1] in "iu":
        return _read_integer(text)
    if not _NUMBER.match(text):
        raise StoreError("invalid number", status=400)
    number = float(text)
    if not math.isfinite(number):
        raise StoreError("invalid number", status=400)
    return FieldType.FLOAT, number


def _read_integer(text: str) -> tuple[FieldType, FieldValue]:
    signed = text[-1] == "i"
    if not _INTEGER.match(text[:-1]):
        raise StoreError("invalid number", status=400)
    number = int(text[:-1])
    if not (-(2**63) <= number < 2**63 if signed else 0 <= number < 2**64):
        raise StoreError(f"unable to parse integer {number}: value out of range", status=400)
    return (FieldType.INTEGER if signed else FieldType.UNSIGNED), number


Point = tuple[SeriesKey, int, dict[tuple[str, FieldType], FieldValue]]
PlacedPoint = tuple[int, Point]


def _read_line(text: str, unit_ns: int, now_ns: int) -> Point:
    text = text.strip("\r \t")
    key = _split_outside(text, " ", quotes=False)[0]  # quotes mean nothing in measurement and tags
    parts = [key, *(part for part in _split_outside(text[len(key) :], " ", quotes=True) if part)]
    if not 2 <= len(parts) <= 3:
        raise StoreError("missing fields" if len(parts) < 2 else "bad timestamp", status=400)
    fields = {}
    for pair in _split_outside(parts[1], ",", quotes=True):
        halves = _split_outside(pair, "=", quotes=True)
        if len(halves) != 2 or not halves[0]:
            raise StoreError("invalid field format", status=400)
        kind, value = _read_value(halves[1])
        fields[_unescape(halves[0]), kind] = value
    time_ns = now_ns
    if len(parts) == 3:
        if not _INTEGER.match(parts[2]):
            raise StoreError("bad timestamp", status=400)
        time_ns = int(parts[2]) * unit_ns
        if not _MIN_TIME <= time_ns <= _MAX_TIME:
            raise StoreError(f"time outside range {_MIN_TIME} - {_MAX_TIME}", status=400)
    return read_series(parts[0]), time_ns, fields


def _parse_exactly(lines: list[str], places: npt.NDArray[np.int64], unit_ns: int, now_ns: int) -> Iterator[PointBatch]:
    points: dict[str, list[PlacedPoint]] = {}
    bad: list[str] = []
    for place, text in zip(places.tolist(), lines, strict=True):
        try:
            point = _read_line(text, unit_ns, now_ns)
        except StoreError as error:
            bad.append(f"unable to parse '{text[:200]}': {error}")
            continue
        points.setdefault(point[0].measurement, []).append((place, point))
    if bad:
        raise StoreError("\n".join(bad[:_BAD_LINES_SHOWN]), status=400)
    return (_batch_of(measurement, found) for measurement, found in points.items())


def _batch_of(measurement: str, placed: list[PlacedPoint]) -> PointBatch:
    points = [point for _, point in placed]
    names = dict.fromkeys(name for _, _, fields in points for name in fields)
    columns = {name: pa.array([fields.get(name) for _, _, fields in points], ARROW_TYPES[name[1]]) for name in names}
    times = np.array([time_ns for _, time_ns, _ in points], np.int64)
    places = np.array([place for place, _ in placed], np.int64)
    return PointBatch(measurement, [series for series, _, _ in points], times, places, columns)
