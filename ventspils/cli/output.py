"""How commands print: tables for people, one JSON document for machines, one sentence on stderr for errors."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any  # JSON documents

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ventspils.core.errors import UsageError, VentspilsError

EXIT_FAILED, EXIT_USAGE = 1, 2

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@contextmanager
def speaking_errors() -> Iterator[None]:
    """Turn errors raised on purpose into one sentence on stderr and an exit code."""
    try:
        yield
    except VentspilsError as error:
        errors.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED) from None


def print_json(document: Any) -> None:
    """Print one JSON document, nothing else; where the output is not in UTF-8, in ASCII alone."""
    json.dump(document, sys.stdout, ensure_ascii=sys.stdout.encoding.lower() not in ("utf-8", "utf8"))
    sys.stdout.write("\n")


def print_result(document: Any, as_json: bool, show: Callable[[Any], None]) -> None:
    """Print a result for a machine or for a person."""
    if as_json:
        print_json(document)
    else:
        show(document)


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a table; absent values are shown as "no data"."""
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text("no data" if cell is None else str(cell)) for cell in row))
    console.print(table)


def show_list(title: str, *keys: str) -> Callable[[Any], None]:
    """Return a function that prints the items of an answer as a table."""
    return lambda document: print_table(title, keys, [[item.get(key) for key in keys] for item in document["items"]])


def show_one(title: str) -> Callable[[Any], None]:
    """Return a function that prints one object."""
    return lambda document: print_table(title, ("what", "value"), list(document.items()))
