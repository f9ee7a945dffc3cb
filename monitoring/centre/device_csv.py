"""Devices from CSV files: all rows or none."""

import csv
import io
from collections.abc import Mapping

from sqlalchemy.orm import Session

from monitoring.centre.devices import NewDevice, add_device
from ventspils.core.errors import ConflictError, UsageError

CSV_COLUMNS = (
    "name",
    "agency",
    "site",
    "longitude",
    "latitude",
    "address",
    "credential",
    "parent",
    "parent_port",
    "reach",
    "zone",
    "kind",
)
_NEEDED = {"name", "agency", "site", "address"}


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
    if lacking := sorted(_NEEDED - columns):
        raise UsageError(f"The file lacks the column {lacking[0]!r}; it needs {', '.join(sorted(_NEEDED))}.")
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
