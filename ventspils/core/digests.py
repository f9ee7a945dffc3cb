"""Digests over sets, by which two sides learn whether they hold the same."""

import hashlib
from collections.abc import Iterable


def digest_of(items: Iterable[tuple[str, ...]]) -> str:
    """Return a digest over a set of tuples of texts: equal sets give equal digests, in whatever order they come."""
    lines = sorted("\x1f".join(item) for item in items)
    return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()
