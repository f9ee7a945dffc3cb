"""Institutions over HTTP."""

from typing import Any


def test_a_name_that_differs_by_blanks_only_is_taken(town: Any) -> None:
    assert town.post("/agencies", {"name": "School 1 "}).status_code == 409
