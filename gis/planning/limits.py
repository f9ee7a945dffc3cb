"""How long a search may go on: time, or a number of rounds that makes it repeatable."""

import math
import time
from dataclasses import dataclass

_BRANCHES_A_ROUND = 200


@dataclass
class SearchLimits:
    """Time of `time.monotonic` to stop at, and most rounds of work; without a number of rounds only time counts."""

    until: float = math.inf
    rounds: float = math.inf
    work: int = 0

    def __post_init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether to stop now."""
        return self.work >= self.rounds or time.monotonic() > self.until

    @property
    def spent(self) -> float:
        """Return which share of the time or of the rounds is gone, 0 when neither is limited."""
        by_time = (time.monotonic() - self._begun) / max(1e-9, self.until - self._begun)
        return max(by_time, self.work / self.rounds)

    def until_share(self, share: float) -> float:
        """Return the time when a share of the time from now to the end is gone."""
        now = time.monotonic()
        return math.inf if self.until == math.inf else now + share * max(0.0, self.until - now)

    def branches(self) -> int:
        """Return how many branches of a tree of whole-number programmes the rounds left are good for."""
        left = self.rounds - self.work
        return 2**31 - 1 if left == math.inf else max(1, int(left) * _BRANCHES_A_ROUND)

    def count_branches(self, looked_at: int) -> None:
        """Count them as work."""
        self.work += 1 + looked_at // _BRANCHES_A_ROUND
