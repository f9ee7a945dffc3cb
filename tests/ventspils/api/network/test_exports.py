"""Files for spreadsheets: everything is in them, and nothing in them is a formula."""

import csv
import io
from typing import Any

import pytest


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_devices_are_in_the_file(town: Any) -> None:
    answer = town.get("/exports/devices.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["name"], row["host"]) for row in read(answer.text)] == [("core", "10.0.0.1"), ("edge", "10.0.0.2")]


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1", "+1", "-2+3", "@SUM(A1)"])
def test_a_name_that_looks_like_a_formula_is_text_in_the_file(town: Any, name: str) -> None:
    town.post("/devices", {"name": name, "agency": "School 1", "site": "Main", "address": "10.0.0.9"})
    names = [row["name"] for row in read(town.get("/exports/devices.csv").text)]
    assert f"'{name}" in names
    assert name not in names
