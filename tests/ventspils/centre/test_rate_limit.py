"""A bound on tries."""

import pytest

from ventspils.centre.rate_limit import RateLimit
from ventspils.core.security.people import LockedError


def test_the_count_of_an_address_flows_away_with_time_and_is_its_own() -> None:
    clock = [0.0]
    limit = RateLimit(6, monotonic=lambda: clock[0])
    for _ in range(6):
        limit.take("one")
    with pytest.raises(LockedError):
        limit.take("one")
    limit.take("other")
    clock[0] = 10.0  # six a minute: one more
    limit.take("one")
    with pytest.raises(LockedError):
        limit.take("one")
