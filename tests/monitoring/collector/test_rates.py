"""Expected rates are calculated by hand: difference of counters over seconds, octets times eight."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.collector.rates import CounterReadings, Reason, compute_rates
from monitoring.device.ports import COUNTERS
from monitoring.telemetry.points import RATES

GIGABIT = 1_000_000_000
IN = RATES.index("in_bps")


def reading(
    *, t: float, uptime: float | None = 1000.0, discontinuity: int = 0, index: int = 1, **counters: int
) -> CounterReadings:
    one = CounterReadings.empty(1)
    for name, value in counters.items():
        one.counters[0, COUNTERS.index(name)] = value
        one.valid[0, COUNTERS.index(name)] = True
    one.time_s[0], one.asked_s[0], one.uptime_s[0] = t, t, np.nan if uptime is None else uptime
    one.discontinuity[0], one.index[0] = discontinuity, index
    return one


def rate(
    before: CounterReadings, now: CounterReadings, *, name: str = "in_bps", speed_bps: int = GIGABIT
) -> tuple[float, Reason]:
    rates, reasons = compute_rates(before, now, np.array([speed_bps], np.uint64))
    return float(rates[0, RATES.index(name)]), Reason(int(reasons[0]))


def test_octets_become_bits_per_second() -> None:
    before, now = reading(t=100, uptime=1000, ifHCInOctets=1_000), reading(t=160, uptime=1060, ifHCInOctets=751_000)
    assert rate(before, now) == (100_000.0, Reason.NONE)  # 750,000 octets x 8 / 60 s


def test_packets_and_errors_stay_per_second() -> None:
    before = reading(t=0, uptime=1000, ifHCInUcastPkts=10, ifInErrors=5)
    now = reading(t=10, uptime=1010, ifHCInUcastPkts=110, ifInErrors=6)
    assert rate(before, now, name="in_pps")[0] == 10.0
    assert rate(before, now, name="in_errors_per_s")[0] == 0.1


def test_the_first_reading_gives_no_rate() -> None:
    value, reason = rate(CounterReadings.empty(1), reading(t=10, ifHCInOctets=5))
    assert np.isnan(value)
    assert reason is Reason.FIRST


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ({"uptime": 1000}, {"uptime": 20}, Reason.RESTARTED),
        ({"uptime": 10}, {"uptime": 20}, Reason.RESTARTED),
        ({"uptime": 1000}, {"uptime": 1000}, Reason.FROZEN),
        ({"uptime": 1000, "discontinuity": 5}, {"uptime": 1060, "discontinuity": 99}, Reason.DISCONTINUITY),
        ({"uptime": 1000, "index": 7}, {"uptime": 1060, "index": 8}, Reason.RENUMBERED),
        ({"uptime": 1000}, {"uptime": 4660}, Reason.SUSPENDED),
    ],
    ids=[
        "restart",
        "restart soon after a start",
        "a clock that stands still",
        "discontinuity",
        "renumbering",
        "our own suspend",
    ],
)
def test_a_difference_that_means_nothing_is_unknown_with_a_reason(
    before: dict[str, int], now: dict[str, int], reason: Reason
) -> None:
    value, found = rate(reading(t=0, ifHCInOctets=10**6, **before), reading(t=60, ifHCInOctets=10**9, **now))
    assert np.isnan(value)
    assert found is reason


def test_sysuptime_running_out_is_no_restart() -> None:
    last = 2**32 / 100
    before, now = reading(t=0, uptime=last - 20, ifHCInOctets=0), reading(t=60, uptime=40, ifHCInOctets=60_000)
    assert rate(before, now) == (8_000.0, Reason.NONE)


def test_without_sysuptime_a_64_bit_counter_is_still_believed() -> None:
    before, now = reading(t=0, uptime=None, ifHCInOctets=0), reading(t=60, uptime=None, ifHCInOctets=60_000)
    assert rate(before, now) == (8_000.0, Reason.NONE)


def test_a_single_wrap_of_32_bits_is_counted_right() -> None:
    before = reading(t=0, uptime=1000, ifInOctets=2**32 - 1000)
    now = reading(t=60, uptime=1060, ifInOctets=59_000)
    assert (
        rate(before, now, speed_bps=100_000_000)[0] == 8_000.0
    )  # 1,000 to the end and 59,000 after it, times 8 over 60


def test_32_bit_octets_on_a_gigabit_line_are_unknown_because_they_may_wrap_twice() -> None:
    before, now = reading(t=0, uptime=1000, ifInOctets=1000), reading(t=60, uptime=1060, ifInOctets=61_000)
    assert np.isnan(rate(before, now, speed_bps=GIGABIT)[0])  # 34 s are enough for 2^32 octets at 1 Gb/s


def test_a_64_bit_counter_that_fell_is_unknown() -> None:
    before, now = reading(t=0, uptime=1000, ifHCInOctets=10**9), reading(t=60, uptime=1060, ifHCInOctets=5)
    assert np.isnan(rate(before, now)[0])


def test_more_than_the_line_carries_is_unknown() -> None:
    before, now = reading(t=0, uptime=1000, ifHCInOctets=0), reading(t=60, uptime=1060, ifHCInOctets=8 * 10**9)
    assert np.isnan(rate(before, now)[0])  # 1.07 Gb/s on a line of 1 Gb/s


def test_the_64_bit_counter_is_preferred() -> None:
    before = reading(t=0, uptime=1000, ifHCInOctets=0, ifInOctets=0)
    now = reading(t=60, uptime=1060, ifHCInOctets=60_000, ifInOctets=30_000)
    assert rate(before, now, speed_bps=10_000_000)[0] == 8_000.0


counter = st.integers(0, 2**64 - 1)


@given(counter, counter, st.floats(1, 600), st.sampled_from([0, 10**7, 10**9, 10**11]), st.booleans())
def test_no_counters_whatever_make_a_spike(first: int, second: int, seconds: float, speed_bps: int, wide: bool) -> None:
    name = "ifHCInOctets" if wide else "ifInOctets"
    limit = 2**64 if wide else 2**32
    before = reading(t=0, uptime=1000, **{name: first % limit})
    now = reading(t=seconds, uptime=1000 + seconds, **{name: second % limit})
    value, _ = rate(before, now, speed_bps=speed_bps)
    if speed_bps and not np.isnan(value):
        assert 0 <= value <= 1.06 * speed_bps + 8


@given(st.integers(0, 2**63), st.integers(0, 10**8), st.integers(1, 300))
def test_what_was_counted_is_what_the_rate_gives_back(start: int, octets: int, seconds: int) -> None:
    before = reading(t=0, uptime=1000, ifHCInOctets=start)
    now = reading(t=seconds, uptime=1000 + seconds, ifHCInOctets=start + octets)
    value, _ = rate(before, now, speed_bps=10**12)
    assert value * seconds / 8 == pytest.approx(octets, rel=1e-9, abs=1e-6)


def test_ports_do_not_disturb_each_other() -> None:
    many = CounterReadings.empty(3)
    later = CounterReadings.empty(3)
    for k in range(3):
        many.put(np.array([k]), reading(t=0, uptime=1000, index=k + 1, ifHCInOctets=0))
        later.put(np.array([k]), reading(t=60, uptime=1060 if k != 1 else 3, index=k + 1, ifHCInOctets=7_500 * (k + 1)))
    rates, _ = compute_rates(many, later, np.full(3, GIGABIT, np.uint64))
    assert rates[0, IN] == 1_000.0
    assert np.isnan(rates[1, IN])
    assert rates[2, IN] == 3_000.0
