"""
Rates from two readings of counters, on arrays over all ports at once.

A rate is known only if the difference is proven to be one: the device did not restart, the counter was not reset, the
port is the same, the counter cannot have wrapped more than once, and the result fits the line. In every other case it
is unknown (NaN) with a reason, never zero and never a spike. Sources: RFC 2863 sections 3.1.5 (discontinuities) and
3.1.6 (widths and wrap times), RFC 3418 (sysUpTime).
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from monitoring.device import COUNTER_BITS, COUNTERS, GAUGES, Mask, Ports, UInt64s
from monitoring.telemetry import RATES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_UPTIME_WRAP_S = 2**32 / 100
_CLOCK_SLACK = 0.05
_CLOCK_SLACK_S = 2.0
_LINE_SLACK = 1.05
# The shortest Ethernet frame takes 64 octets on the wire and 20 of preamble and gap (IEEE 802.3, clause 4.4.2).
_SHORTEST_FRAME_BITS = 8 * (64 + 20)
_BITS_PER_OCTET = 8

# For every rate the 64-bit counter, and the 32-bit one to use where that is absent.
_SOURCES = (
    ("ifHCInOctets", "ifInOctets"),
    ("ifHCOutOctets", "ifOutOctets"),
    ("ifHCInUcastPkts", "ifInUcastPkts"),
    ("ifHCOutUcastPkts", "ifOutUcastPkts"),
    ("ifHCInMulticastPkts", None),
    ("ifHCOutMulticastPkts", None),
    ("ifHCInBroadcastPkts", None),
    ("ifHCOutBroadcastPkts", None),
    ("ifInErrors", None),
    ("ifOutErrors", None),
    ("ifInDiscards", None),
    ("ifOutDiscards", None),
)
_IS_OCTETS = np.array(["Octets" in name for name in COUNTERS])
_DISCONTINUITY = GAUGES.index("ifCounterDiscontinuityTime")


class Reason(IntEnum):
    """Why the rates of a whole port are unknown."""

    NONE = 0
    FIRST = 1
    RESTARTED = 2
    DISCONTINUITY = 3
    RENUMBERED = 4
    FROZEN = 5
    SUSPENDED = 6  # our own clock stood still, or the device's ran ahead


@dataclass
class CounterReadings:
    """
    Counters of many ports, one row a port.

    `counters` and `valid` have shape (ports, len(COUNTERS)); `time_s` is when the counters were read and `asked_s` when
    sysUpTime was, both monotonic; `uptime_s` NaN where unknown; `discontinuity` is ifCounterDiscontinuityTime, -1 where
    unknown; `index` ifIndex, 0 where there is no reading yet.
    """

    counters: UInt64s
    valid: Mask
    time_s: Floats
    asked_s: Floats
    uptime_s: Floats
    discontinuity: Integers
    index: Integers

    @classmethod
    def empty(cls, rows: int) -> "CounterReadings":
        """Return rows without a reading."""
        return cls(
            np.zeros((rows, len(COUNTERS)), np.uint64),
            np.zeros((rows, len(COUNTERS)), np.bool_),
            np.zeros(rows),
            np.zeros(rows),
            np.full(rows, np.nan),
            np.full(rows, -1, np.int64),
            np.zeros(rows, np.int64),
        )

    @classmethod
    def of(cls, ports: Ports, *, time_s: float, asked_s: float, uptime_s: float | None) -> "CounterReadings":
        """Return the readings of one device's ports."""
        rows = len(ports)
        discontinuity = ports.gauges[:, _DISCONTINUITY].astype(np.int64)
        return cls(
            ports.counters,
            ports.counters_valid,
            np.full(rows, time_s),
            np.full(rows, asked_s),
            np.full(rows, np.nan if uptime_s is None else uptime_s),
            np.where(ports.gauges_valid[:, _DISCONTINUITY], discontinuity, -1),
            np.array(ports.indexes, np.int64),
        )

    def take(self, rows: Integers) -> "CounterReadings":
        """Return some of the rows."""
        return replace(self, **{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    def put(self, rows: Integers, other: "CounterReadings") -> None:
        """Overwrite some of the rows."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(other, name)

    def grown(self, rows: int) -> "CounterReadings":
        """Return the same rows with empty ones after them."""
        return join_readings([self, CounterReadings.empty(rows - len(self.index))])


def join_readings(parts: list[CounterReadings]) -> CounterReadings:
    """Return the rows of all parts in one."""
    names = CounterReadings.__dataclass_fields__
    return CounterReadings(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def compute_rates(
    before: CounterReadings, now: CounterReadings, speed_bps: UInt64s
) -> tuple[Floats, npt.NDArray[np.int8]]:
    """
    Return rates per second and, for ports without any, the reason.

    Args:
        before: The last readings of the same ports.
        now: Their present readings.
        speed_bps: Line rate of shape (ports,); 0 where unknown.

    Returns:
        Rates of shape (ports, len(RATES)), octets as bits per second, NaN where unknown; reasons of shape (ports,).
    """
    seconds = now.time_s - before.time_s
    reasons = _reasons(before, now, now.asked_s - before.asked_s)
    usable = (reasons == Reason.NONE)[:, None] & before.valid & now.valid & (seconds > 0)[:, None]
    most = _most(speed_bps, seconds)
    deltas, proven = _differences(before.counters, now.counters, most)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_second = np.where(usable & proven, deltas / seconds[:, None], np.nan)
    per_second[:, _IS_OCTETS] *= _BITS_PER_OCTET
    return _choose(per_second), reasons


def _reasons(before: CounterReadings, now: CounterReadings, seconds: Floats) -> npt.NDArray[np.int8]:
    """Return for every port why no difference of its counters means anything, or NONE."""
    ran = now.uptime_s - before.uptime_s
    # sysUpTime runs out after 497 days; a small number after a large one is that, if the sum fits, and a
    # restart if not.
    ran = np.where(
        ran < 0, np.where(before.uptime_s + seconds > _UPTIME_WRAP_S - _CLOCK_SLACK_S, ran + _UPTIME_WRAP_S, ran), ran
    )
    slack = np.maximum(_CLOCK_SLACK_S, _CLOCK_SLACK * seconds)
    restarted, suspended = ran < seconds - slack, ran > seconds + slack
    frozen = (now.uptime_s == before.uptime_s) & (seconds > _CLOCK_SLACK_S)
    known = (before.discontinuity >= 0) & (now.discontinuity >= 0)
    checks = (
        (before.index == 0, Reason.FIRST),
        (before.index != now.index, Reason.RENUMBERED),
        (frozen, Reason.FROZEN),
        (restarted, Reason.RESTARTED),
        (suspended, Reason.SUSPENDED),
        (known & (before.discontinuity != now.discontinuity), Reason.DISCONTINUITY),
    )
    return np.select([c for c, _ in checks], [r for _, r in checks], Reason.NONE).astype(np.int8)


def _most(speed_bps: UInt64s, seconds: Floats) -> Floats:
    """
    Return what each counter can have counted at most, of shape (ports, counters); NaN where the
    line rate is unknown.
    """
    bits = np.where(speed_bps > 0, speed_bps.astype(np.float64), np.nan) * seconds * _LINE_SLACK
    return np.where(_IS_OCTETS[None, :], bits[:, None] / _BITS_PER_OCTET, bits[:, None] / _SHORTEST_FRAME_BITS) + 1


def _differences(before: UInt64s, now: UInt64s, most: Floats) -> tuple[Floats, Mask]:
    """
    Return the differences, and which of them are proven.

    Without a line rate a 64-bit counter that rose is believed, since it cannot wrap; a 32-bit octet counter is not.
    """
    fell = now < before
    narrow = (COUNTER_BITS == 32)[None, :]
    raw = (now - before).astype(np.float64)  # modulo 2^64: right where it rose
    wrapped = np.where(narrow & fell, now.astype(np.float64) - before.astype(np.float64) + 2.0**32, raw)
    with np.errstate(invalid="ignore"):
        fits = wrapped <= most
        once = most < 2.0**32
    no_line_rate = np.isnan(most)
    wide_ok = ~fell & (fits | no_line_rate)
    narrow_ok = np.where(no_line_rate, ~fell & ~_IS_OCTETS[None, :], fits & (once | ~_IS_OCTETS[None, :]))
    return wrapped, np.where(narrow, narrow_ok, wide_ok)


def _choose(per_second: Floats) -> Floats:
    """Return one column a rate: from the 64-bit counter, else from the 32-bit one."""
    rates = np.full((len(per_second), len(RATES)), np.nan)
    for position, (wide, narrow) in enumerate(_SOURCES):
        column = per_second[:, COUNTERS.index(wide)]
        if narrow is not None:
            column = np.where(np.isnan(column), per_second[:, COUNTERS.index(narrow)], column)
        rates[:, position] = column
    return rates
