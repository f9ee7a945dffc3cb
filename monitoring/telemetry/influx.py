"""InfluxDB 2 as the store: the same questions, asked in Flux."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from influxdb_client import Dialect, InfluxDBClient
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from monitoring.errors import StoreError
from monitoring.telemetry.store import Latest, Selection, Series
from monitoring.telemetry.writer import UNREACHABLE, Destination, Writer

_WHOLE_TIMES = 'map(fn: (r) => ({r with _time: int(v: r._time)})) |> drop(columns: ["_start", "_stop"])'
_OWN_COLUMNS = frozenset(("", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"))


def quote(text: str) -> str:
    """Return a Flux string literal; whatever stands in the text, it stays text."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${").replace("\n", "\\n").replace("\r", "\\r")
    )
    return f'"{escaped}"'


class InfluxStore:
    """A store on an InfluxDB 2 server."""

    def __init__(self, destination: Destination, *, timeout_s: float = 60.0) -> None:
        self._destination = destination
        self._client = InfluxDBClient(
            url=destination.url,
            token=destination.token.get_secret_value(),
            org=destination.org,
            timeout=int(timeout_s * 1000),
        )
        self._writers: dict[str, Writer] = {}

    def ensure_bucket(self, name: str, retention_s: int) -> None:
        """Make a bucket that keeps points for that long (0: for ever), or set that of an existing one."""
        api = self._client.buckets_api()
        shard_s = 86_400 if retention_s == 0 or retention_s >= 2 * 86_400 else 3600
        rules = [{"type": "expire", "everySeconds": retention_s, "shardGroupDurationSeconds": shard_s}]
        if (bucket := api.find_bucket_by_name(name)) is None:
            api.create_bucket(bucket_name=name, retention_rules=rules if retention_s else [], org=self._destination.org)
        else:
            bucket.retention_rules = rules
            api.update_bucket(bucket)

    def write(self, bucket: str, body: bytes, precision: str) -> None:
        """Store line protocol; returns only when it is stored. Raises StoreError with InfluxDB's own status."""
        if bucket not in self._writers:
            self._writers[bucket] = Writer(replace(self._destination, bucket=bucket))
        self._writers[bucket].write(body, precision=precision)

    def points(self, selection: Selection) -> list[Series]:
        """Return the numeric points of every series that fits, without filling anything."""
        span = f"range(start: {selection.start_s}, stop: {selection.stop_s})"
        source = _source(selection.bucket, span, selection.measurement, [selection.field], selection.tags)
        groups: dict[tuple[tuple[str, str], ...], list[tuple[int, float]]] = {}
        for row in self._ask(f"{source} |> {_WHOLE_TIMES}"):
            try:
                point = (int(row["_time"]) // 1_000_000_000, _number(row["_value"]))
            except ValueError:
                continue  # a field of text has no numeric points
            groups.setdefault(tuple(sorted(_tags(row).items())), []).append(point)
        return [_series(dict(tags), found) for tags, found in sorted(groups.items())]

    def latest(
        self, bucket: str, measurement: str, fields: Sequence[str], *, since_s: int, tags: Mapping[str, str]
    ) -> list[Latest]:
        """Return the newest values of every series that fits and has any since then."""
        source = _source(bucket, f"range(start: {since_s})", measurement, fields, tags)
        found: dict[tuple[tuple[str, str], ...], dict[str, float | int | str | bool]] = {}
        times: dict[tuple[tuple[str, str], ...], int] = {}
        for row in self._ask(f"{source} |> last() |> {_WHOLE_TIMES}"):
            key = tuple(sorted(_tags(row).items()))
            found.setdefault(key, {})[row["_field"]] = _typed(row["_value"], row[""])
            times[key] = max(times.get(key, 0), int(row["_time"]) // 1_000_000_000)
        return [Latest(dict(key), times[key], values) for key, values in sorted(found.items())]

    def _ask(self, flux: str) -> Iterator[dict[str, str]]:
        """Give the rows of an annotated answer; the type of `_value` stands under the empty name."""
        try:
            dialect = Dialect(header=True, annotations=["datatype"])
            response = self._client.query_api().query_raw(flux, dialect=dialect)
        except ApiException as error:
            raise StoreError(f"The query was refused: {error.body or error.reason}", status=error.status or 0) from None
        except (HTTPError, OSError) as error:
            raise StoreError(
                f"{self._destination.url} cannot be reached: {type(error).__name__}.", status=UNREACHABLE
            ) from None
        yield from _rows(io.StringIO(response.data.decode(), newline=""))

    def close(self) -> None:
        """Close the connections."""
        for writer in self._writers.values():
            writer.close()
        self._client.close()


def _source(bucket: str, span: str, measurement: str, fields: Sequence[str], tags: Mapping[str, str]) -> str:
    wanted = " or ".join(f"r._field == {quote(name)}" for name in fields)
    conditions = [f"r._measurement == {quote(measurement)}", f"({wanted})"]
    conditions += [f"r[{quote(name)}] == {quote(value)}" for name, value in tags.items()]
    return f"from(bucket: {quote(bucket)}) |> {span} |> filter(fn: (r) => {' and '.join(conditions)})"


def _rows(text: io.StringIO) -> Iterator[dict[str, str]]:
    header: list[str] | None = None
    kind = ""
    types: list[str] = []
    for cells in csv.reader(text):
        if not cells or all(not c for c in cells):
            header = None
        elif cells[0] == "#datatype":
            types, header = cells, None
        elif header is None:
            header = cells
            kind = types[header.index("_value")] if "_value" in header else ""
        else:
            yield dict(zip(header, cells, strict=True)) | {"": kind}


def _tags(row: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in _OWN_COLUMNS and value}


def _number(text: str) -> float:
    if text in ("true", "false"):
        return float(text == "true")
    return float(text)


def _typed(text: str, kind: str) -> float | int | str | bool:
    if kind in ("long", "unsignedLong"):
        return int(text)
    if kind == "double":
        return float(text)
    return text == "true" if kind == "boolean" else text


def _series(tags: dict[str, str], found: list[tuple[int, float]]) -> Series:
    found.sort()
    return Series(
        tags,
        np.array([time_s for time_s, _ in found], np.int64),
        np.array([value for _, value in found], np.float64),
    )
