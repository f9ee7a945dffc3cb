"""A town that has decided to dig together."""

from typing import Any

import pytest

from tests.ventspils.digs import chances, decide


@pytest.fixture
def accepted(joining: Any) -> Any:
    """A town that has decided to lay fibre with the pipe."""
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    joining.subject = chance["id"]
    return joining
