"""Cells of exported files."""

from hypothesis import given
from hypothesis import strategies as st

from monitoring.centre.csv_exports import safe_cell


@given(st.text())
def test_no_cell_begins_a_formula(text: str) -> None:
    assert not str(safe_cell(text)).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_stay_numbers() -> None:
    assert safe_cell(-21.5) == -21.5
