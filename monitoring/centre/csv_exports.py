"""Lists as CSV for spreadsheets, in which no text of a device or person acts as a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any  # cells of several kinds

# OWASP, "CSV Injection": what spreadsheets take for the beginning of a formula.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r")
_UTF8_MARK = "\ufeff"  # tells spreadsheets which encoding it is


def safe_cell(value: object) -> object:
    """Return a cell that a spreadsheet does not run: before what looks like a formula stands an apostrophe."""
    if isinstance(value, str) and value.startswith(_ACTIVE):
        return f"'{value}"
    return value


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as the text of a CSV file with these columns."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([safe_cell(row[column]) for column in columns] for row in rows)
    return _UTF8_MARK + text.getvalue()
