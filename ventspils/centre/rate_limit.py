"""A bound on how often somebody may try something, kept in memory."""

import time
from collections import OrderedDict
from collections.abc import Callable

from ventspils.core.security.people import LockedError

_MOST_ADDRESSES = 10_000


class RateLimit:
    """So many tries an address and minute; the count of an address flows away with time."""

    def __init__(self, per_minute: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most, self._monotonic = per_minute, monotonic
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """
        Count a try.

        Raises:
            LockedError: there were too many within a minute.
        """
        now_s = self._monotonic()
        level, at_s = self._levels.pop(address, (0.0, now_s))
        level = max(0.0, level - (now_s - at_s) * self._most / 60)
        if level + 1 > self._most:
            self._levels[address] = (level, now_s)
            raise LockedError("Too many tries from this address; wait a minute.", wait_s=60)
        self._levels[address] = (level + 1, now_s)
        if len(self._levels) > _MOST_ADDRESSES:
            self._levels.popitem(last=False)
