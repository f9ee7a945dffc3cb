"""Which days are packed and which are dropped: worked out by hand."""

import pytest

from monitoring.telemetry.packing import DAY_S, is_beyond_retention, is_to_be_packed

NOON = 100 * DAY_S + DAY_S // 2  # of the hundredth day since 1970


@pytest.mark.parametrize(("day", "is_old"), [(100, False), (99, False), (98, True), (0, True), (101, False)])
def test_today_and_yesterday_stay_hot(day: int, is_old: bool) -> None:
    assert is_to_be_packed(day, NOON) is is_old


@pytest.mark.parametrize(
    ("day", "kept_days", "is_gone"),
    [
        (89, 10, True),  # it ended half a day more than ten days ago
        (90, 10, False),  # its afternoon is still to be kept
        (0, 0, False),  # kept for ever
    ],
)
def test_a_day_is_dropped_once_all_of_it_is_beyond_retention(day: int, kept_days: int, is_gone: bool) -> None:
    assert is_beyond_retention(day, kept_days * DAY_S, NOON) is is_gone
