from hypothesis import given
from hypothesis import strategies as st

from monitoring.centre.availability import availability, clip, merge, subtract, total_s

seconds = st.integers(0, 50)
spans = st.lists(st.tuples(seconds, seconds).map(lambda pair: (float(min(pair)), float(max(pair)))), max_size=6)


def seconds_of(some: list[tuple[float, float]]) -> set[int]:
    """Return the whole seconds of spans one by one: the second method."""
    return {k for start, stop in some for k in range(int(start), int(stop))}


@given(spans, spans)
def test_arithmetic_of_spans_is_that_of_their_seconds(
    one: list[tuple[float, float]], other: list[tuple[float, float]]
) -> None:
    assert seconds_of(merge(one)) == seconds_of(one)
    assert seconds_of(subtract(one, other)) == seconds_of(one) - seconds_of(other)
    assert total_s(one) == len(seconds_of(one))
    assert seconds_of(clip(one, (10, 30))) == seconds_of(one) & set(range(10, 30))


@given(spans, spans, spans)
def test_availability_is_a_share_of_what_counts(
    gone: list[tuple[float, float]], maintained: list[tuple[float, float]], unknown: list[tuple[float, float]]
) -> None:
    counted = set(range(100)) - seconds_of(maintained) - seconds_of(unknown)
    expected = 1 - len(seconds_of(gone) & counted) / len(counted)
    found = availability((0, 100), gone, maintained, unknown)
    assert found is not None
    assert abs(found - expected) < 1e-9


def test_half_an_hour_of_a_thirty_day_month() -> None:
    assert availability((0, 30 * 86_400), [(1000, 2800)], [], []) == 1 - 1800 / 2_592_000


def test_what_lies_in_maintenance_counts_for_nothing() -> None:
    assert availability((0, 100), [(10, 20)], [(0, 50)], []) == 1.0


def test_nothing_counted_is_unknown_not_hundred_percent() -> None:
    assert availability((0, 100), [], [(0, 100)], []) is None
    assert availability((0, 100), [], [(0, 40)], [(40, 100)]) is None
