"""A town that has decided to dig together."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ventspils.digs import chances, decide


@pytest.fixture
def accepted(joining: Any) -> Any:
    """A town that has decided to lay fibre with the pipe."""
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    joining.centre.now = lambda: datetime(2027, 8, 20, 12, tzinfo=UTC)  # the pipe is under way
    joining.subject = chance["id"]
    return joining
