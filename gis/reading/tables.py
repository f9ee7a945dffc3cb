"""Rows of a table as people keep them, CSV or Excel, within limits."""

import csv
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any  # cells

from gis.reading.records import ReadingError, Record, Source

_MOST_ROWS, _MOST_COLUMNS = 100_000, 500
_MOST_UNPACKED_BYTES = 200_000_000
_EXCEL = (".xlsx", ".xlsm", ".xls", ".ods")


def is_table(path: Path) -> bool:
    """Whether a file is a table by its name; what is in it shows when it is read."""
    return path.suffix.lower() in (".csv", ".txt", *_EXCEL)


def read_table(path: Path) -> Source:
    """
    Return the rows of a table by its headings; rows count from 2, as the heading is the first.

    Raises:
        ReadingError: it cannot be read, is too large, or has no heading.
    """
    try:
        rows, note = _excel(path) if path.suffix.lower() in _EXCEL else _csv(path)
    except OSError as error:
        raise ReadingError(f"{path} cannot be read: {error.strerror}.") from None
    if not rows:
        raise ReadingError(f"{path.name} is empty.")
    heading = [str(cell or "").strip() for cell in rows[0]]
    if len(rows) > _MOST_ROWS:
        raise ReadingError(f"{path.name} has more than {_MOST_ROWS:,} rows.")
    if twice := next((h for k, h in enumerate(heading) if h and h in heading[:k]), None):
        raise ReadingError(f"{path.name} has the column {twice!r} twice.")
    width = min(_MOST_COLUMNS, max(len(row) for row in rows))
    heading = [h or f"column {k}" for k, h in enumerate([*heading, *[""] * (width - len(heading))], 1)]
    records = [
        Record(number, dict(zip(heading, row, strict=False)), None)
        for number, row in enumerate(rows[1:], 2)
        if any(str(cell).strip() for cell in row if cell is not None)
    ]
    used = [
        h for h in heading if not h.startswith("column ") or any(str(r.fields.get(h) or "").strip() for r in records)
    ]
    return Source("table", None, records, (note,) if note else (), used)


def _csv(path: Path) -> tuple[list[list[Any]], str]:
    octets, note = path.read_bytes(), ""
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        text, note = (
            octets.decode("cp1257", errors="replace"),
            "The file is not in UTF-8; it was read as Windows-1257 (Baltic).",
        )
        if "\ufffd" in text or "\0" in text:
            raise ReadingError(f"{path.name} is no table in UTF-8.") from None
    first = text.split("\n", 1)[0]
    delimiter = max((";", "\t", ","), key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), note
    except csv.Error as error:
        raise ReadingError(f"{path.name} is no CSV ({error}).") from None


def _excel(path: Path) -> tuple[list[list[Any]], str]:
    import python_calamine

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                if sum(member.file_size for member in packed.infolist()) > _MOST_UNPACKED_BYTES:
                    raise ReadingError(f"{path.name} unpacks to more than is allowed.")
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False, nrows=_MOST_ROWS + 2)
    except (python_calamine.CalamineError, zipfile.BadZipFile, IndexError) as error:
        raise ReadingError(f"{path.name} cannot be read as a workbook: {str(error)[:100]}.") from None
    note = f"Only the first sheet, {book.sheet_names[0]!r}, was read." if len(book.sheet_names) > 1 else ""
    return [[_plain(cell) for cell in row] for row in rows], note


def _plain(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell
