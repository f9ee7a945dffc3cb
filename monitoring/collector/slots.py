"""
Slots: when a device is due, and how each of its polls ended.

Planning runs on the monotonic clock, tied to the wall clock once. A clock set forward is followed at once and the
seconds that never were are reported; a clock set back is not followed, because seconds would come twice and overwrite
what was measured.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

CLOCK_TOLERANCE_S = 2.0


class End(StrEnum):
    """How a slot ended."""

    STORED = "stored"
    PARTLY = "partly stored"
    FAILED = "failed"
    NOT_POLLED = "not polled"


def stable_offset_s(device_id: str, interval_s: int) -> int:
    """Return the second within the interval at which a device is due: the same on every machine and every day."""
    return int.from_bytes(hashlib.sha256(device_id.encode()).digest()[:8]) % interval_s


class SlotClock:
    """Seconds since 1970 that never go back while the process lives."""

    def __init__(
        self, *, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._ahead_s = wall() - monotonic()

    def now_s(self) -> float:
        """Return the present."""
        return self._monotonic() + self._ahead_s

    def monotonic_of(self, second: float) -> float:
        """Return when, on the monotonic clock, that second is."""
        return second - self._ahead_s

    def wrong_by_s(self) -> float:
        """Return by how much the wall clock is behind (positive: it was set back)."""
        return self.now_s() - self._wall()

    def follow(self) -> float:
        """Follow a wall clock that was set forward; return the seconds that were jumped over."""
        jump_s = -self.wrong_by_s()
        if jump_s <= CLOCK_TOLERANCE_S:
            return 0.0
        self._ahead_s += jump_s
        return jump_s


def next_slot_s(now_s: float, offset_s: int, interval_s: int) -> int:
    """Return the first planned second after now."""
    start = int(now_s - offset_s) // interval_s * interval_s + offset_s
    return start + interval_s if start <= now_s else start


@dataclass
class Backoff:
    """
    The growing schedule of a device that does not answer: every slot at first, then ever fewer, at
    most one in thirty.
    """

    failures: int = 0
    skipped: int = 0

    _STEPS = ((5, 1), (15, 2), (30, 5), (60, 10))
    _LAST = 30

    def is_due(self) -> bool:
        """Whether this slot is one to try; counts the slot as skipped if not."""
        every = next((step for limit, step in self._STEPS if self.failures < limit), self._LAST)
        if self.skipped + 1 >= every:
            self.skipped = 0
            return True
        self.skipped += 1
        return False

    def record(self, *, answered: bool) -> None:
        """Take the end of a try."""
        self.failures, self.skipped = (0, 0) if answered else (self.failures + 1, 0)


@dataclass
class Ledger:
    """Counts of how slots ended since the last report; each slot stands in it once."""

    ends: Counter[End] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    late: int = 0

    def add(self, end: End, reason: str = "", *, count: int = 1) -> None:
        """Count slots that ended alike."""
        self.ends[end] += count
        if reason:
            self.reasons[f"{end}: {reason}"] += count

    def merge(self, other: "Ledger") -> None:
        """Take over the counts of another, as if its slots had ended here."""
        self.ends += other.ends
        self.reasons += other.reasons
        self.late += other.late
