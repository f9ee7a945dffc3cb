from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitoring.collector.slots import Backoff, SlotClock, next_slot_s, stable_offset_s


@given(st.text(min_size=1), st.integers(5, 3600))
def test_the_offset_of_a_device_is_stable_and_inside_the_interval(device_id: str, interval_s: int) -> None:
    assert stable_offset_s(device_id, interval_s) == stable_offset_s(device_id, interval_s)
    assert 0 <= stable_offset_s(device_id, interval_s) < interval_s


def test_offsets_spread_devices_evenly() -> None:
    counts = Counter(stable_offset_s(f"device-{k}", 60) for k in range(6000))
    assert len(counts) == 60
    assert max(counts.values()) < 150  # 100 on average; 150 is five standard deviations away


@given(st.floats(0, 2**31), st.integers(0, 3599), st.integers(5, 3600))
def test_the_next_slot_is_ahead_and_at_the_offset(now_s: float, offset_s: int, interval_s: int) -> None:
    offset_s %= interval_s
    slot = next_slot_s(now_s, offset_s, interval_s)
    assert now_s < slot <= now_s + interval_s + 1
    assert (slot - offset_s) % interval_s == 0


class Clocks:
    def __init__(self) -> None:
        self.wall, self.monotonic = 1_000_000.0, 50.0

    def pass_s(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


def clock() -> tuple[SlotClock, Clocks]:
    clocks = Clocks()
    return SlotClock(wall=lambda: clocks.wall, monotonic=lambda: clocks.monotonic), clocks


def test_a_clock_set_back_repeats_no_second() -> None:
    slots, clocks = clock()
    clocks.pass_s(10)
    before = slots.now_s()
    clocks.wall -= 3600
    assert slots.follow() == 0
    assert slots.now_s() >= before
    assert slots.wrong_by_s() == 3600


def test_a_clock_set_forward_is_followed_and_the_jump_told() -> None:
    slots, clocks = clock()
    clocks.wall += 3600
    assert slots.follow() == 3600
    assert slots.now_s() == clocks.wall
    assert slots.follow() == 0


def test_small_differences_are_left_alone() -> None:
    slots, clocks = clock()
    clocks.wall += 1.5
    assert slots.follow() == 0


def tries(slots: int) -> list[int]:
    backoff, tried = Backoff(), []
    for slot in range(slots):
        if backoff.is_due():
            tried.append(slot)
            backoff.record(answered=False)
    return tried


def test_a_dead_device_is_asked_ever_more_seldom_but_never_given_up() -> None:
    asked = tries(1000)
    gaps = [b - a for a, b in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert gaps[:4] == [1, 1, 1, 1]
    assert gaps[-1] == 30


def test_an_answer_brings_it_back_to_every_slot() -> None:
    backoff = Backoff(failures=100)
    backoff.record(answered=True)
    assert [backoff.is_due() for _ in range(3)] == [True, True, True]
