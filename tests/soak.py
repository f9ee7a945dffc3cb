"""How often a law is tried: a few times usually, many times in `make soak`."""

import os

IS_SOAK = os.environ.get("VENTSPILS_SOAK") == "1"
MORE = 20


def times(usually: int, soak: int | None = None) -> int:
    """Return how many examples to try; in a soak the second number, or twenty times the first."""
    return (soak or MORE * usually) if IS_SOAK else usually
