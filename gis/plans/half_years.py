"""The periods of a plan: half-years, counted from that of its first day."""

import re
from datetime import date

from ventspils.core.errors import UsageError

PERIODS_A_YEAR = 2
MONTHS_A_PERIOD = 12 // PERIODS_A_YEAR


def period_index(start: date, day: date) -> int:
    """Return in which half-year a day lies, counted from the one of `start`; earlier ones are negative."""
    return (
        (day.year - start.year) * PERIODS_A_YEAR
        + (day.month - 1) // MONTHS_A_PERIOD
        - (start.month - 1) // MONTHS_A_PERIOD
    )


def period_name(start: date, index: int) -> str:
    """Return how a half-year is called, as 2027-H1."""
    year, half = _half_year(start, index)
    return f"{year}-H{half + 1}"


def period_end(start: date, index: int) -> date:
    """Return the last day of a half-year."""
    year, half = _half_year(start, index)
    return date(year, 12, 31) if half else date(year, 6, 30)


def period_start(start: date, index: int) -> date:
    """Return the first day of a half-year."""
    year, half = _half_year(start, index)
    return date(year, 7 if half else 1, 1)


def read_month(text: str) -> date:
    """
    Return the first day of a month that is written as 2027-01.

    Raises:
        UsageError: it is none, or lies before 1990 or after 2099.
    """
    found = re.fullmatch(r"(199\d|20\d\d)-(0[1-9]|1[0-2])", text.strip(), re.ASCII)
    if found is None:
        raise UsageError(f"The first month {text!r} is none: write the year and the month, as 2027-01.")
    return date(int(found[1]), int(found[2]), 1)


def _half_year(start: date, index: int) -> tuple[int, int]:
    half = start.year * PERIODS_A_YEAR + (start.month - 1) // MONTHS_A_PERIOD + index
    return half // PERIODS_A_YEAR, half % PERIODS_A_YEAR
