"""Write the tables of docs/operations.md that come from the code: `python -m docs.generate`, or `make docs`."""

import re
from collections.abc import Iterable
from pathlib import Path

from monitoring.centre.device_csv import CSV_COLUMNS, NEEDED_COLUMNS
from monitoring.collector.conditions import JUDGED, LEVELS, Level
from ventspils.core.settings import Settings

PAGE = Path(__file__).with_name("operations.md")


def settings_table() -> str:
    """Return every setting with its default and its meaning."""
    rows = []
    for section, kind in Settings.model_fields.items():
        assert kind.annotation is not None
        for key, field in kind.annotation.model_fields.items():
            rows.append((f"`{section}.{key}`", _shown(field.default), str(field.description)))
    return _table(("key", "default", "meaning"), rows)


def columns_table() -> str:
    """Return the columns of a file of devices."""
    rows = [(f"`{name}`", "yes" if name in NEEDED_COLUMNS else "", told) for name, told in CSV_COLUMNS.items()]
    return _table(("column", "needed", "what stands there"), rows)


def conditions_table() -> str:
    """Return when each condition is raised and cleared."""
    rows = []
    for rule, told in JUDGED.items():
        level = LEVELS.get(rule)
        figures = _figures(level) if level else {}
        rows.append((f"`{rule}`", *(text.format(**figures) for text in told)))
    return _table(("condition", "raised", "cleared"), rows)


TABLES = {"settings": settings_table, "columns": columns_table, "conditions": conditions_table}


def written(page: str) -> str:
    """Return the page with every table between its markers written anew."""
    for name, make in TABLES.items():
        marked = re.compile(rf"(<!-- {name}: written by make docs -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        page, count = marked.subn(lambda found, make=make: f"{found[1]}\n{make()}\n{found[2]}", page)
        assert count == 1, f"docs/operations.md needs one pair of markers for {name}."
    return page


def _figures(level: Level) -> dict[str, str]:
    return {
        "raise_at": f"{level.raise_at:g}",
        "raise_for": _slots(level.raise_for),
        "clear_at": f"{level.clear_at:g}",
        "clear_for": _slots(level.clear_for),
    }


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines).replace("|  |", "| |")


def _shown(value: object) -> str:
    if value is None or value == []:
        return "none"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _slots(count: int) -> str:
    return f"{count} slot" if count == 1 else f"{count} slots"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
