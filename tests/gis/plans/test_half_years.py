"""Half-years: where days lie, and what they are called."""

from datetime import date

import pytest

from gis.plans.half_years import period_index, period_name


@pytest.mark.parametrize(
    ("day", "index"), [(date(2027, 1, 1), 0), (date(2027, 7, 1), 1), (date(2028, 12, 31), 3), (date(2026, 12, 31), -1)]
)
def test_days_lie_in_half_years(day: date, index: int) -> None:
    assert period_index(date(2027, 3, 1), day) == index


def test_half_years_have_names() -> None:
    assert [period_name(date(2027, 9, 1), t) for t in range(3)] == ["2027-H2", "2028-H1", "2028-H2"]
