"""Waiting in tests until something has come to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(ask: Callable[[], Found], *, seconds: float = 60) -> Found:
    """Ask until the answer counts as true, and return it."""
    limit = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.1)
    return found
