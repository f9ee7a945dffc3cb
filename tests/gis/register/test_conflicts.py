"""Digs of different parties in the same place at the same time."""

from datetime import date

import shapely

from gis.register.conflicts import Timed, find_conflicts

MARCH, MAY = date(2027, 3, 1), date(2027, 5, 1)


def work(name: str, *, x: float = 0, since: date | None = MARCH, until: date | None = MAY, promoter: str = "") -> Timed:
    return Timed(name, promoter or name, since, until, shapely.Point(x, 0).buffer(1))


def test_what_shares_place_and_days_is_found_with_the_days_shared() -> None:
    (found,) = find_conflicts([work("a"), work("b", x=5, since=date(2027, 4, 1), until=None)], within_m=5)
    assert (found.first, found.second, found.since, found.until) == ("a", "b", date(2027, 4, 1), date(2027, 5, 1))
    assert found.distance_m == 3


def test_one_shared_day_is_enough_and_none_is_not() -> None:
    assert len(find_conflicts([work("a"), work("b", since=date(2027, 5, 1), until=None)], within_m=5)) == 1
    assert find_conflicts([work("a"), work("b", since=date(2027, 5, 2), until=None)], within_m=5) == []


def test_far_apart_of_one_client_or_without_a_start_there_is_no_conflict() -> None:
    assert find_conflicts([work("a"), work("b", x=20)], within_m=5) == []
    assert find_conflicts([work("a", promoter="x"), work("b", promoter="x")], within_m=5) == []
    assert find_conflicts([work("a"), work("b", since=None)], within_m=5) == []
    assert find_conflicts([], within_m=5) == []


def test_two_without_an_end_share_days_without_an_end() -> None:
    (found,) = find_conflicts([work("a", until=None), work("b", until=None)], within_m=5)
    assert found.until is None
