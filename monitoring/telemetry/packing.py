"""
Old days of the embedded store: which are packed, which are beyond retention, and the files of those that are packed.

A packed day is one Parquet file, `<measurement>/<day>.parquet`, sorted by series and time, in which each series has a
time once. It changes only by being packed again, together with what came late.
"""

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

DAY_S = 86_400
HOT_DAYS = 2
_ROW_GROUP = 122_880


def is_beyond_retention(day: int, retention_s: int, now_s: int) -> bool:
    """Whether all of a day, counted from 1970, is older than a bucket keeps points; 0 keeps them for ever."""
    return retention_s != 0 and (day + 1) * DAY_S <= now_s - retention_s


def is_to_be_packed(day: int, now_s: int) -> bool:
    """Whether a day, counted from 1970, is no longer hot."""
    return day <= now_s // DAY_S - HOT_DAYS


class PackedDays:
    """The files of packed days. Whoever calls keeps two from packing at once."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self._folder, self._connection = folder, connection
        self._fields: dict[tuple[int, int], frozenset[int]] = {}

    def file(self, measurement: int, day: int) -> Path:
        """Return where a packed day lies."""
        calendar = datetime.fromtimestamp(day * DAY_S, UTC).date()
        return self._folder / str(measurement) / f"{calendar.isoformat()}.parquet"

    def fields(self, measurement: int, day: int) -> frozenset[int]:
        """Return the fields that a packed day has; files do not change but by packing, so this is looked up once."""
        if (measurement, day) not in self._fields:
            source = f"SELECT * FROM read_parquet('{self.file(measurement, day)}')"
            names = [row[0] for row in self._connection.execute(f"DESCRIBE {source}").fetchall()]
            self._fields[measurement, day] = frozenset(int(name[1:]) for name in names if name[1:].isdecimal())
        return self._fields[measurement, day]

    def write(self, measurement: int, day: int, *, source: str, fields: Iterable[int]) -> None:
        """Write a day's file from SQL for its rows, sorted and settled; it is on disk when this returns."""
        file = self.file(measurement, day)
        file.parent.mkdir(parents=True, exist_ok=True)
        settled = ", ".join(f"arg_max(f{i}, seq) AS f{i}" for i in fields)
        partial = file.with_suffix(".partial")
        self._connection.execute(
            f"COPY (SELECT series, time, {settled} FROM ({source}) GROUP BY series, time ORDER BY series, time) "
            f"TO '{partial}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
        )
        _settle_on_disk(partial, file)
        self._fields.pop((measurement, day), None)

    def remove(self, measurement: int, day: int) -> None:
        """Remove a day's file."""
        self.file(measurement, day).unlink(missing_ok=True)

    def octets(self) -> dict[date, int]:
        """Return how much each packed day takes on disk."""
        found: dict[date, int] = {}
        for file in self._folder.rglob("*.parquet"):
            day = date.fromisoformat(file.stem)
            found[day] = found.get(day, 0) + file.stat().st_size
        return found

    def link_into(self, folder: Path) -> None:
        """Make every file appear in another folder of the same disk as well, without a copy."""
        for file in self._folder.rglob("*.parquet"):
            target = folder / file.relative_to(self._folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, target)


def _settle_on_disk(partial: Path, file: Path) -> None:
    """Give a finished file its name, once it and then its folder are on disk."""
    for path, replace in ((partial, True), (file.parent, False)):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if replace:
            partial.replace(file)
