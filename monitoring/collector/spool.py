"""
The disk spool: points wait here until the database has said that it has them.

SQLite in WAL mode with full synchronisation: what `append` returned from survives a power cut. A batch is line
protocol, compressed as it will be sent. When the disk is full, batches wait in bounded memory and go to disk when there
is room again.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from monitoring.errors import SpoolError
from monitoring.telemetry import compress

log = structlog.get_logger()

_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, created_s INTEGER NOT NULL, points INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE quarantine (id INTEGER PRIMARY KEY, created_s INTEGER NOT NULL, line BLOB NOT NULL, reason TEXT NOT NULL);
CREATE TABLE counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE ended (device_id TEXT PRIMARY KEY, slot_s INTEGER NOT NULL) WITHOUT ROWID;
"""
_QUARANTINE_ROWS = 10_000
_CHECKED_WHOLE_OCTETS = 256 << 20  # a larger file is checked where it is read, so that starting stays quick


@dataclass(frozen=True)
class Batch:
    """Batches that are sent together; numbers mean something in the file of that generation only."""

    ids: tuple[int, ...]
    points: int
    body: bytes
    generation: int = 0


@dataclass(frozen=True)
class SpoolState:
    """Figures for the operator."""

    points: int
    octets: int
    limit_octets: int
    oldest_s: int | None
    in_memory: int
    lost_points: int
    quarantined: int

    @property
    def fill_pct(self) -> float:
        """Share of its size that is in use, in percent."""
        return 100.0 * self.octets / self.limit_octets


class Spool:
    """The spool of one collector; safe to use from the reading loop and the sending thread."""

    def __init__(self, file: Path, *, limit_octets: int = 4 << 30, memory_octets: int = 32 << 20) -> None:
        self._file, self._limit, self._memory_limit = file, limit_octets, memory_octets
        self._lock = threading.Lock()
        self._memory: deque[tuple[int, int, bytes]] = deque()
        self._memory_size = self._lost = 0
        self._unwritten: dict[str, int] = {}
        self._sending = self._generation = 0
        self.damage: str | None = None
        file.parent.mkdir(parents=True, exist_ok=True)
        self._begin()

    def _begin(self) -> None:
        """Open the file and learn what it holds; from then on the figures are kept beside every change."""
        self._connection = self._open()
        sums = "SELECT coalesce(sum(length(body)), 0), coalesce(sum(points), 0) FROM batches"
        self._octets, self._points = self._connection.execute(sums).fetchone()
        self._generation, self._sending = self._generation + 1, 0

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise SpoolError(f"The spool {self._file} cannot be opened: {error}.") from None
            self._move_aside(error)
            return self._connect()

    def _move_aside(self, error: sqlite3.Error) -> None:
        """Put a damaged file out of the way, say so, and keep it for whoever wants to look into it."""
        aside = self._file.with_name(f"{self._file.name}.damaged-{time.time_ns()}")
        self._file.rename(aside)
        for extra in ("-wal", "-shm"):
            self._file.with_name(self._file.name + extra).unlink(missing_ok=True)
        self.damage = f"The spool {self._file} was damaged ({error}); it lies at {aside} and a new one was begun."
        log.error("spool_damaged", file=str(self._file), kept_as=str(aside), reason=str(error))

    def _begin_anew_if_damaged(self, error: sqlite3.Error) -> bool:
        """Replace a file that turns out to be damaged while it is in use; other troubles pass or are the disk's."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extended part
        if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return False
        self._connection.close()
        self._move_aside(error)
        self._begin()
        return True

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None, timeout=10)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
            elif version != _SCHEMA_VERSION:
                raise SpoolError(
                    f"The spool {self._file} is of version {version}; this release reads {_SCHEMA_VERSION}. Install "
                    f"the newer one."
                )
            is_small = self._file.stat().st_size <= _CHECKED_WHOLE_OCTETS
            if is_small and (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(found)
        except BaseException:
            connection.close()
            raise
        return connection

    def append(self, lines: bytes, *, now_s: int, ended: Mapping[str, int] | None = None) -> None:
        """
        Keep lines; returns when they are on disk, or in memory while the disk is full.

        Args:
            lines: Line protocol.
            now_s: The present.
            ended: The last slot, by device, whose end stands in the lines; it is remembered together with them.
        """
        if not lines:
            return
        points = lines.count(b"\n")
        body = compress(lines)
        with self._lock:
            self._memory.append((now_s, points, body))
            self._memory_size += len(body)
            self._unwritten.update(ended or {})
            self._drain_memory()
            while self._memory_size > self._memory_limit:
                self._lose(*self._memory.popleft()[1:])

    def _drain_memory(self) -> None:
        """Move what waits in memory to disk, as far as the disk takes it."""
        try:
            self._write_memory()
        except sqlite3.Error as error:
            log.error("spool_not_written", file=str(self._file), reason=str(error), in_memory=len(self._memory))
            if self._begin_anew_if_damaged(error):
                self._drain_memory()

    def _write_memory(self) -> None:
        execute = self._connection.execute
        with self._transaction():
            for row in self._memory:
                execute("INSERT INTO batches (created_s, points, body) VALUES (?, ?, ?)", row)
            self._connection.executemany("INSERT OR REPLACE INTO ended VALUES (?, ?)", self._unwritten.items())
            freed_octets, freed_points = self._make_room(self._memory_size)
        self._octets += self._memory_size - freed_octets
        self._points += sum(points for _, points, _ in self._memory) - freed_points
        self._memory.clear()
        self._unwritten.clear()
        self._memory_size = 0

    def keep_ended(self, device_ids: Collection[str]) -> None:
        """Forget the last slots of all other devices: they are not read any more."""
        with self._lock:
            gone = [
                (found,)
                for (found,) in self._connection.execute("SELECT device_id FROM ended")
                if found not in device_ids
            ]
            self._connection.executemany("DELETE FROM ended WHERE device_id = ?", gone)

    def ended(self) -> dict[str, int]:
        """Return the last slot, by device, whose end is kept."""
        with self._lock:
            return dict(self._connection.execute("SELECT device_id, slot_s FROM ended").fetchall())

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)

    def _make_room(self, added: int) -> tuple[int, int]:
        """
        Drop the oldest batches beyond the limit, but for what is being sent; every point of them is counted as lost.

        Returns the octets and points that were dropped.
        """
        octets = points = 0
        while self._octets + added - octets > self._limit:
            row = self._connection.execute(
                "SELECT id, points, length(body) FROM batches WHERE id > ? ORDER BY id LIMIT 1", (self._sending,)
            ).fetchone()
            if row is None:
                break
            self._connection.execute("DELETE FROM batches WHERE id = ?", row[:1])
            self._count_lost(row[1])
            octets, points = octets + row[2], points + row[1]
        return octets, points

    def _count_lost(self, points: int) -> None:
        self._connection.execute(
            "INSERT INTO counts VALUES ('lost', ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (points,),
        )

    def _lose(self, points: int, body: bytes) -> None:
        self._memory_size -= len(body)
        self._lost += points
        log.error("points_lost", points=points, reason="disk full and memory for waiting points used up")

    def oldest(self, limit_octets: int) -> Batch | None:
        """Return the oldest batches up to a size, at least one if there is any, without removing them."""
        with self._lock:
            try:
                rows = self._read_oldest(limit_octets)
            except sqlite3.DatabaseError as error:
                if not self._begin_anew_if_damaged(error):
                    raise
                rows = []
            self._sending = rows[-1][0] if rows else self._sending
        if not rows:
            return None
        body = b"".join(r[2] for r in rows)
        return Batch(tuple(r[0] for r in rows), sum(r[1] for r in rows), body, self._generation)

    def _read_oldest(self, limit_octets: int) -> list[tuple[int, int, bytes]]:
        rows: list[tuple[int, int, bytes]] = []
        size = 0
        for row in self._connection.execute("SELECT id, points, body FROM batches ORDER BY id"):
            size += len(row[2])
            if rows and size > limit_octets:
                break
            rows.append(row)
        return rows

    def acknowledge(self, batch: Batch, rejected: list[tuple[bytes, str]] = []) -> None:  # noqa: B006 - never changed
        """Remove batches that the database has; lines that it will never take go to the quarantine with the reason."""
        with self._lock:
            with self._transaction():
                for line, reason in rejected:
                    self._connection.execute(
                        "INSERT INTO quarantine (created_s, line, reason) VALUES (?, ?, ?)",
                        (int(time.time()), line, reason),
                    )
                trimmed = self._connection.execute(
                    "DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?", (_QUARANTINE_ROWS,)
                ).rowcount
                if trimmed > 0:
                    self._count_lost(trimmed)
                gone: list[tuple[int, int]] = []
                for number in batch.ids if batch.generation == self._generation else ():
                    sql = "DELETE FROM batches WHERE id = ? RETURNING length(body), points"
                    gone += self._connection.execute(sql, (number,)).fetchall()
            self._octets -= sum(size for size, _ in gone)
            self._points -= sum(points for _, points in gone)

    def quarantined(self) -> list[tuple[bytes, str]]:
        """Return the lines that the database refused, with its reasons."""
        with self._lock:
            return self._connection.execute("SELECT line, reason FROM quarantine ORDER BY id").fetchall()

    def state(self) -> SpoolState:
        """Return the figures for the operator."""
        with self._lock:
            execute = self._connection.execute
            (oldest,) = execute("SELECT (SELECT created_s FROM batches ORDER BY id LIMIT 1)").fetchone()
            (lost,) = execute("SELECT coalesce(sum(value), 0) FROM counts WHERE name = 'lost'").fetchone()
            (bad,) = execute("SELECT count(*) FROM quarantine").fetchone()
            waiting = sum(row[1] for row in self._memory)
            return SpoolState(self._points, self._octets, self._limit, oldest, waiting, lost + self._lost, bad)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


class _Transaction:
    """BEGIN on entry; COMMIT on a clean exit, else ROLLBACK."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self._connection.execute("COMMIT")
                return
            except sqlite3.Error:
                self._rollback()
                raise
        self._rollback()

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
