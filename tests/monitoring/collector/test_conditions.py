from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from monitoring.collector.conditions import (
    LEVELS,
    Condition,
    Level,
    LevelState,
    Rule,
    digest,
    port_down_values,
    utilisation_values,
)
from monitoring.collector.port_policies import ERRORS_AT_PER_S, FULL_AT_PCT

NAN = float("nan")
TWICE = Level(raise_at=90, clear_at=80, raise_for=2, clear_for=2)


def run(level: Level, values: list[float]) -> list[bool]:
    state = LevelState(level, 1)
    found = []
    for value in values:
        state.update(np.array([0]), np.array([value]))
        found.append(bool(state.active[0]))
    return found


def test_a_condition_needs_several_slots_in_a_row() -> None:
    assert run(TWICE, [95, 10, 95, 95]) == [False, False, False, True]


def test_between_the_levels_it_stays_as_it_is() -> None:
    assert run(TWICE, [95, 95, 85, 85, 85, 70, 85, 70, 70]) == [False, True, True, True, True, True, True, True, False]


def test_unknown_neither_raises_nor_clears() -> None:
    assert run(TWICE, [95, NAN, NAN, 95, NAN, 10, NAN, 10]) == [False, False, False, True, True, True, True, False]


def test_raised_and_cleared_are_told_once() -> None:
    state = LevelState(Level(1, 1, 1, 1), 3)
    rows = np.arange(3)
    raised, cleared = state.update(rows, np.array([1.0, 0.0, 1.0]))
    assert (raised.tolist(), cleared.tolist()) == ([0, 2], [])
    raised, cleared = state.update(rows, np.array([1.0, 1.0, 0.0]))
    assert (raised.tolist(), cleared.tolist()) == ([1], [2])


@given(st.lists(st.one_of(st.just(NAN), st.floats(0, 200)), max_size=40))
def test_raising_and_clearing_alternate(values: list[float]) -> None:
    state, turns = LevelState(TWICE, 1), []
    for value in values:
        raised, cleared = state.update(np.array([0]), np.array([value]))
        turns += ["raised"] * len(raised) + ["cleared"] * len(cleared)
    assert all(turn == ("raised", "cleared")[k % 2] for k, turn in enumerate(turns))


def test_a_port_is_down_only_if_it_should_be_up_and_may_alarm() -> None:
    admin, oper = np.array([1, 1, 2, 0, 1, 1], np.uint64), np.array([2, 1, 2, 2, 7, 2], np.uint64)
    found = port_down_values(admin, oper, np.array([True, True, True, True, True, False]))
    np.testing.assert_array_equal(found, [1, 0, 0, NAN, 1, 0])


def test_utilisation_is_the_busier_direction_over_the_line_rate() -> None:
    rates = np.array([[9e8, 1e8], [NAN, 5e8], [1e8, 1e8]])
    found = utilisation_values(rates, np.array([10**9, 10**9, 0], np.uint64))
    np.testing.assert_allclose(found, [90, 50, NAN])


conditions = st.builds(Condition, st.text(max_size=5), st.sampled_from(["a", "b"]), st.text(max_size=5))


@given(st.lists(conditions, max_size=10, unique_by=lambda c: c.key), st.randoms())
def test_equal_sets_have_equal_digests_in_whatever_order(some: list[Condition], random: object) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest(some) == digest(shuffled)


def test_a_missing_condition_changes_the_digest() -> None:
    some = [Condition("d", "port_down", "Gi1"), Condition("d", "port_down", "Gi2")]
    assert digest(some) != digest(some[:1])


def test_levels_and_documentation_follow_the_usual_limits() -> None:
    assert LEVELS[Rule.UTILISATION] == Level(90, 80, 3, 3)
    assert LEVELS[Rule.ERRORS] == Level(1, 0.1, 3, 3)
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    assert f"busier direction at {FULL_AT_PCT:.0f} % of the line" in page
    assert f"{ERRORS_AT_PER_S:.0f} errored packet a second" in page
