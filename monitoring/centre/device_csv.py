"""Devices from CSV files: all rows or none."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from monitoring.centre.devices import NewDevice, add_device
from ventspils.core.errors import ConflictError, UsageError
from ventspils.core.security import audit

# What each column holds, for docs/operations.md, whose table `make docs` writes.
CSV_COLUMNS = {
    "name": "unlike that of any other device",
    "agency": "the institution, which must exist",
    "site": "the building; it is made if the institution lacks it",
    "longitude": "of the building, in degrees",
    "latitude": "of the building, in degrees",
    "address": "`HOST`, `HOST:PORT` or `[v6]:PORT`",
    "credential": "name of a credential; a device without one is watched by reachability alone",
    "parent": "the device through which it is reached",
    "parent_port": "its own port that leads to the parent; that port alarms",
    "reach": (
        "`icmp` (unless told: an echo without privileges; where the system forbids it, a TCP connection to port 443, "
        "where a refusal counts as an answer), `tcp:PORT` or `none`"
    ),
    "zone": "whose collectors read it; `default` unless told",
    "kind": "switch, router and the like; port rules may be for a kind",
}
NEEDED_COLUMNS = {"name", "agency", "site", "address"}


def import_file(sessions: sessionmaker[Session], content: bytes, *, dry_run: bool, actor: str, now: datetime) -> int:
    """
    Add the devices of a CSV file in a transaction of its own, or only try to; return how many it holds.

    Raises:
        UsageError: it is not UTF-8, or see `import_devices`.
        ConflictError: see `import_devices`.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("The file is not UTF-8 text; save it as CSV with UTF-8.") from None
    with sessions() as session:
        count = import_devices(session, text)
        if not dry_run:
            detail = {"devices": count}
            audit.record(session, actor=actor, what="devices imported", on="file", detail=detail, now=now)
            session.commit()
    return count


def import_devices(session: Session, text: str) -> int:
    """
    Add the devices of a CSV text, all of them or none; return how many.

    Raises:
        UsageError: missing or unknown columns, or a row that cannot be used, named by its line.
        ConflictError: a name or address that is taken, in the file or in the registry.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        columns = set(reader.fieldnames or ())
    except csv.Error as error:
        raise UsageError(f"The file cannot be read as CSV: {error}.") from None
    if lacking := sorted(NEEDED_COLUMNS - columns):
        raise UsageError(f"The file lacks the column {lacking[0]!r}; it needs {', '.join(sorted(NEEDED_COLUMNS))}.")
    if unknown := sorted(columns - set(CSV_COLUMNS)):
        raise UsageError(
            f"The file has the column {unknown[0]!r}, which is unknown; known are {', '.join(CSV_COLUMNS)}."
        )
    try:
        rows = list(reader)
    except csv.Error as error:
        raise UsageError(f"The file cannot be read as CSV: {error}. Nothing was imported.") from None
    count = 0
    for row in _parents_first(rows):
        line = row.pop("line")
        try:
            add_device(session, _read_row(row), make_places=True)
        except (UsageError, ConflictError) as error:
            raise type(error)(f"Line {line}: {error} Nothing was imported.") from None
        count += 1
    return count


def _parents_first(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows with every parent before its children, each with its line number; a circle keeps its order."""
    numbered = [row | {"line": str(number)} for number, row in enumerate(rows, start=2)]
    names = {row.get("name") for row in numbered}
    done: set[str | None] = set()
    ordered: list[dict[str, str]] = []
    waiting = numbered
    while waiting:
        ready = [row for row in waiting if not row.get("parent") or row["parent"] in done or row["parent"] not in names]
        ready = ready or waiting
        ordered += ready
        done |= {row.get("name") for row in ready}
        taken = set(map(id, ready))
        waiting = [row for row in waiting if id(row) not in taken]
    return ordered


def _read_row(row: Mapping[str, str | None]) -> NewDevice:
    texts = {name: (row.get(name) or "").strip() for name in CSV_COLUMNS}

    def degrees(name: str) -> float | None:
        try:
            return float(texts[name]) if texts[name] else None
        except ValueError:
            raise UsageError(f"{name} {texts[name]!r} is not a number.") from None

    return NewDevice(
        texts["name"],
        texts["agency"],
        texts["site"],
        texts["address"],
        texts["credential"] or None,
        texts["parent"] or None,
        texts["parent_port"] or None,
        texts["reach"] or "icmp",
        texts["zone"] or "default",
        degrees("longitude"),
        degrees("latitude"),
        texts["kind"] or None,
    )
