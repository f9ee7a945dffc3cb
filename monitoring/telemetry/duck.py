"""
The embedded store: two hot days in DuckDB, older days as Parquet sorted by series and time.

A write only appends; where the same series and time come again, the union of their fields counts and the newer value
wins, which is settled when days are read and when they are packed. A day is one table, so packing and retention drop
tables and files and never delete rows. Layout below the folder: `telemetry.duckdb`,
`parquet/<measurement>/<day>.parquet`.
"""

import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from monitoring.errors import StoreError
from monitoring.telemetry.catalogue import SCHEMA, SQL_TYPES, Catalogue, hot_table
from monitoring.telemetry.line_protocol import FieldType, PointBatch, SeriesKey, parse
from monitoring.telemetry.packing import DAY_S, PackedDays, is_beyond_retention, is_to_be_packed
from monitoring.telemetry.store import Latest, Selection, Series
from ventspils.core.errors import DamagedError

Answer = TypeVar("Answer")

_FILE, _PACKED = "telemetry.duckdb", "parquet"
_NS = 1_000_000_000
_MEMORY = "256MB"
_WAL = "128MB"


class DuckStore:
    """The embedded store. One process owns the folder; its methods may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        file = folder / _FILE
        try:
            self._connection = duckdb.connect(
                str(file),
                config={
                    "memory_limit": _MEMORY,
                    "threads": 2,
                    "wal_autocheckpoint": _WAL,
                    "autoinstall_known_extensions": False,
                },
            )
            self._connection.execute(SCHEMA)
        except duckdb.Error as error:
            raise DamagedError(
                f"The telemetry file {file} cannot be opened ({str(error).partition(chr(10))[0]}); restore it from "
                f"a backup "
                "or move it away to start an empty one."
            ) from None
        self._lock = threading.Lock()
        self._packed = PackedDays(folder / _PACKED, self._connection)
        self._catalogue = Catalogue(self._connection)
        self._sequence = time.time_ns()  # orders all writes, over restarts too

    # --- writing ---

    def ensure_bucket(self, name: str, retention_s: int) -> None:
        """Make a bucket that keeps points for that long (0: for ever), or set that of an existing one."""
        with self._lock:
            number, _ = self._catalogue.buckets.get(name, (len(self._catalogue.buckets) + 1, 0))
            self._connection.execute(
                "INSERT INTO buckets VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET retention_s = "
                "excluded.retention_s",
                [number, name, retention_s],
            )
            self._catalogue.buckets[name] = (number, retention_s)

    def write(self, bucket: str, body: bytes, precision: str) -> None:
        """
        Store line protocol; returns only when it is stored.

        Raises:
            StoreError: 404 no such bucket, 400 unreadable lines (nothing stored), 422 some points dropped (the rest
                stored).
        """
        if bucket not in self._catalogue.buckets:
            raise StoreError(f'bucket "{bucket}" not found', status=404)
        now_ns = time.time_ns()
        batches = parse(body, precision, now_ns)
        with self._lock:
            number, retention_s = self._catalogue.buckets[bucket]
            oldest_ns = now_ns - retention_s * _NS if retention_s else -(2**63)
            self._sequence = max(self._sequence + body.count(b"\n") + 1, now_ns)
            self._connection.begin()
            try:
                dropped = [why for batch in batches if (why := self._append(number, batch, oldest_ns))]
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                self._catalogue = Catalogue(self._connection)
                raise
        if dropped:
            raise StoreError(f"failure writing points to database: partial write: {dropped[0]}", status=422)

    def _append(self, bucket: int, batch: PointBatch, oldest_ns: int) -> str | None:
        """Append a batch; return why points of it were dropped, if any were."""
        measurement = self._measurement(bucket, batch.measurement)
        keep = batch.times_ns >= oldest_ns
        why = None
        if not keep.all():
            why = f"dropped {int((~keep).sum())} points outside retention policy"
        columns: dict[int, pa.Array] = {}
        for (name, kind), column in batch.columns.items():
            number, known = self._field(measurement, name, kind)
            if known is kind:
                columns[number] = column
                continue
            keep &= column.is_null().to_numpy(zero_copy_only=False)
            why = (
                f'field type conflict: input field "{name}" on measurement "{batch.measurement}" is type {kind}, '
                f"already exists as type {known} dropped={len(column) - column.null_count}"
            )
        if keep.any():
            self._insert(measurement, batch, columns, keep)
        return why

    def _insert(
        self, measurement: int, batch: PointBatch, columns: dict[int, pa.Array], keep: npt.NDArray[np.bool_]
    ) -> None:
        numbers = self._series_numbers(measurement, batch.series)
        sequence = self._sequence + batch.places
        days = batch.times_ns // (DAY_S * _NS)
        for day in np.unique(days[keep]):
            rows = np.flatnonzero(keep & (days == day))
            everything = len(rows) == len(keep)
            arrays = {"series": pa.array(numbers), "time": pa.array(batch.times_ns), "seq": pa.array(sequence)}
            arrays |= {f"f{number}": column for number, column in columns.items()}
            points = pa.table(arrays if everything else {n: a.take(pa.array(rows)) for n, a in arrays.items()})
            self._prepare_day(measurement, int(day), columns)
            names = ", ".join(points.column_names)
            self._connection.register("incoming", points)
            self._connection.execute(
                f"INSERT INTO {hot_table(measurement, int(day))} ({names}) SELECT {names} FROM incoming"
            )
            self._connection.unregister("incoming")

    def _measurement(self, bucket: int, name: str) -> int:
        catalogue = self._catalogue
        if (bucket, name) not in catalogue.measurements:
            number = len(catalogue.measurements) + 1
            self._connection.execute("INSERT INTO measurements VALUES (?, ?, ?)", [number, bucket, name])
            catalogue.measurements[bucket, name] = number
            catalogue.fields[number], catalogue.series[number] = {}, {}
        return catalogue.measurements[bucket, name]

    def _field(self, measurement: int, name: str, kind: FieldType) -> tuple[int, FieldType]:
        catalogue = self._catalogue
        fields = catalogue.fields[measurement]
        if name not in fields:
            number = catalogue.next_field
            catalogue.next_field += 1
            self._connection.execute("INSERT INTO fields VALUES (?, ?, ?, ?)", [number, measurement, name, kind.value])
            fields[name] = (number, kind)
        return fields[name]

    def _series_numbers(self, measurement: int, keys: Sequence[SeriesKey]) -> npt.NDArray[np.int32]:
        known = self._catalogue.series[measurement]
        fresh = [key for key in dict.fromkeys(keys) if key not in known]
        if fresh:
            first = self._catalogue.next_series
            self._catalogue.next_series += len(fresh)
            known.update({key: first + k for k, key in enumerate(fresh)})
            table = pa.table(
                {
                    "id": pa.array(range(first, first + len(fresh)), pa.int32()),
                    "measurement": pa.array([measurement] * len(fresh), pa.int32()),
                    "tags": pa.array([list(key.tags) for key in fresh], pa.map_(pa.string(), pa.string())),
                }
            )
            self._connection.register("incoming", table)
            self._connection.execute("INSERT INTO series SELECT * FROM incoming")
            self._connection.unregister("incoming")
        return np.fromiter(map(known.__getitem__, keys), np.int32, len(keys))

    def _prepare_day(self, measurement: int, day: int, fields: Collection[int]) -> None:
        """Make the table of a day, or give it the columns that it lacks; other days stay as they are."""
        kinds = {i: SQL_TYPES[kind] for i, kind in self._catalogue.fields[measurement].values()}
        table, present = hot_table(measurement, day), self._catalogue.hot.get((measurement, day))
        if present is None:
            columns = "".join(f", f{i} {kinds[i]}" for i in fields)
            self._connection.execute(f"CREATE TABLE {table} (series INTEGER, time BIGINT, seq BIGINT{columns})")
            self._connection.execute("INSERT INTO days VALUES (?, ?, true)", [measurement, day])
            self._catalogue.days.add((measurement, day, True))
            present = self._catalogue.hot[measurement, day] = set(fields)
        for i in [i for i in fields if i not in present]:
            self._connection.execute(f"ALTER TABLE {table} ADD COLUMN f{i} {kinds[i]}")
            present.add(i)

    # --- reading ---

    def points(self, selection: Selection) -> list[Series]:
        """Return the numeric points of every series that fits, without filling anything."""
        return self._once_more(lambda: self._points(selection))

    def _once_more(self, ask: Callable[[], list[Answer]]) -> list[Answer]:
        """Ask, and ask again if a day was packed or dropped between planning the question and running it."""
        try:
            return ask()
        except (duckdb.CatalogException, duckdb.IOException):
            return ask()

    def _points(self, selection: Selection) -> list[Series]:
        with self._lock:
            found = self._find(selection.bucket, selection.measurement, selection.tags)
            if found is None or selection.field not in self._catalogue.fields[found[0]]:
                return []
            measurement, keys = found
            number, kind = self._catalogue.fields[measurement][selection.field]
            source = self._source(measurement, [number], selection.start_s * _NS, selection.stop_s * _NS, list(keys))
            cursor = self._connection.cursor()
        if kind is FieldType.STRING or source is None:
            return []
        rows = cursor.execute(
            f"SELECT series, time // {_NS} AS time, CAST(arg_max(f{number}, seq) AS DOUBLE) AS value FROM ({source}) "
            f"WHERE f{number} IS NOT NULL GROUP BY ALL ORDER BY series, time"
        ).fetchnumpy()
        cuts = np.flatnonzero(np.diff(rows["series"])) + 1
        parts = zip(*(np.split(np.asarray(rows[n]), cuts) for n in ("series", "time", "value")), strict=True)
        series = [Series(keys[int(s[0])], t.astype(np.int64), v.astype(np.float64)) for s, t, v in parts if len(s)]
        return sorted(series, key=lambda one: sorted(one.tags.items()))

    def latest(
        self, bucket: str, measurement: str, fields: Sequence[str], *, since_s: int, tags: Mapping[str, str]
    ) -> list[Latest]:
        """Return the newest values of every series that fits and has any since then."""
        return self._once_more(lambda: self._latest(bucket, measurement, fields, since_s, tags))

    def _latest(
        self, bucket: str, measurement: str, fields: Sequence[str], since_s: int, tags: Mapping[str, str]
    ) -> list[Latest]:
        with self._lock:
            found = self._find(bucket, measurement, tags)
            known = self._catalogue.fields[found[0]] if found else {}
            chosen = {name: known[name][0] for name in fields if name in known}
            if found is None or not chosen:
                return []
            source = self._source(found[0], list(chosen.values()), since_s * _NS, 2**63 - 1, list(found[1]))
            cursor = self._connection.cursor()
        if source is None:
            return []
        newest = ", ".join(f"arg_max(f{number}, (time, seq))" for number in chosen.values())
        some = " OR ".join(f"f{number} IS NOT NULL" for number in chosen.values())
        rows = cursor.execute(
            f"SELECT series, max(time) // {_NS}, {newest} FROM ({source}) WHERE {some} GROUP BY 1"
        ).fetchall()
        return [
            Latest(
                found[1][series],
                time_s,
                {name: value for name, value in zip(chosen, values, strict=True) if value is not None},
            )
            for series, time_s, *values in sorted(rows)
        ]

    def _find(self, bucket: str, name: str, tags: Mapping[str, str]) -> tuple[int, dict[int, dict[str, str]]] | None:
        """Return the measurement's number and the series that have these tags."""
        number = self._catalogue.buckets.get(bucket, (0, 0))[0]
        measurement = self._catalogue.measurements.get((number, name))
        if measurement is None:
            return None
        wanted = ["tags[?] = ?"] * len(tags)
        arguments = [text for pair in tags.items() for text in pair]
        rows = self._connection.execute(
            f"SELECT id, tags FROM series WHERE {' AND '.join(['measurement = ?', *wanted])}", [measurement, *arguments]
        ).fetchall()
        return measurement, dict(rows)

    def _source(
        self, measurement: int, numbers: list[int], start_ns: int, stop_ns: int, series: list[int]
    ) -> str | None:
        """
        Return SQL for the rows of those days, fields and series; all of it is numbers of our own,
        no text from outside.
        """
        if not series:
            return None
        first, last = start_ns // (DAY_S * _NS), (stop_ns - 1) // (DAY_S * _NS)
        kinds = {i: SQL_TYPES[kind] for i, kind in self._catalogue.fields[measurement].values()}
        chosen = f"series IN ({','.join(map(str, series))})" if len(series) > 1 else f"series = {series[0]}"
        tables: dict[str, set[int]] = {}
        packed: dict[frozenset[int], list[str]] = {}
        for found, day, hot in sorted(self._catalogue.days):
            if found != measurement or not first <= day <= last:
                continue
            if hot:
                tables[hot_table(measurement, day)] = self._catalogue.hot[measurement, day] & set(numbers)
            else:
                has = self._packed.fields(measurement, day) & set(numbers)
                packed.setdefault(frozenset(has), []).append(f"'{self._packed.file(measurement, day)}'")
        tables |= {f"read_parquet([{', '.join(files)}])": set(has) for has, files in packed.items()}
        parts = []
        for source, present in tables.items():
            cells = [f"f{i}" if i in present else f"CAST(NULL AS {kinds[i]}) AS f{i}" for i in numbers]
            sequence = "0 AS seq" if source.startswith("read_parquet") else "seq"
            parts.append(
                f"SELECT series, time, {sequence}, {', '.join(cells)} FROM {source} "
                f"WHERE {chosen} AND time >= {start_ns} AND time < {stop_ns}"
            )
        return " UNION ALL ".join(parts) or None

    # --- keeping ---

    def maintain(self, now_s: int) -> None:
        """Pack days that are no longer hot, and drop what is beyond retention. To be called every hour or so."""
        retention = dict(self._catalogue.buckets.values())
        for (bucket, _), measurement in list(self._catalogue.measurements.items()):
            kept_s = retention[bucket]
            for found, day, hot in sorted(self._catalogue.days):
                if found != measurement:
                    continue
                if is_beyond_retention(day, kept_s, now_s):
                    self._drop(measurement, day, hot)
                elif hot and is_to_be_packed(day, now_s):
                    self._pack(measurement, day)

    def _pack(self, measurement: int, day: int) -> None:
        """
        Write a day as Parquet, sorted and settled, together with what was packed of it before; then
        drop its table.
        """
        with self._lock:
            fields = [i for i, _ in self._catalogue.fields[measurement].values()]
            keys = list(self._catalogue.series[measurement].values())
            source = self._source(measurement, fields, day * DAY_S * _NS, (day + 1) * DAY_S * _NS, keys)
            if source is None:
                return  # cannot be: a day that has a table has rows
            self._packed.write(measurement, day, source=source, fields=fields)
            with self._whole():
                self._connection.execute("INSERT OR IGNORE INTO days VALUES (?, ?, false)", [measurement, day])
                self._forget(measurement, day, hot=True)
            self._catalogue.days.add((measurement, day, False))
            self._catalogue.days.discard((measurement, day, True))
            self._catalogue.hot.pop((measurement, day), None)

    def _drop(self, measurement: int, day: int, hot: bool) -> None:
        with self._lock:
            with self._whole():
                self._forget(measurement, day, hot)
            self._catalogue.days.discard((measurement, day, hot))
            if hot:
                self._catalogue.hot.pop((measurement, day), None)
            if not hot:
                self._packed.remove(measurement, day)

    def _forget(self, measurement: int, day: int, hot: bool) -> None:
        if hot:
            self._connection.execute(f"DROP TABLE {hot_table(measurement, day)}")
        self._connection.execute(
            "DELETE FROM days WHERE measurement = ? AND day = ? AND hot = ?", [measurement, day, hot]
        )

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Do all that follows or, whatever happens, nothing of it."""
        self._connection.begin()
        try:
            yield
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise

    def packed_octets(self) -> dict[date, int]:
        """Return how much each packed day takes on disk."""
        return self._packed.octets()

    def octets(self) -> int:
        """Return how much the whole store takes on disk."""
        return sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())

    def snapshot(self, folder: Path) -> None:
        """Copy the store as it stands between two writes; packed days, which never change, are linked."""
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._connection.execute("CHECKPOINT")
            shutil.copyfile(self._folder / _FILE, folder / _FILE)
            self._packed.link_into(folder / _PACKED)

    def close(self) -> None:
        """Write everything down and close the file."""
        with self._lock:
            self._connection.execute("CHECKPOINT")
            self._connection.close()
