"""What the centre says of itself and pages repeat: its languages, the texts of rules, what is usual for ports."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from dashboard.api_client import load


@dataclass(frozen=True)
class CentreWords:
    """
    The languages in which the centre writes to people, the texts of its rules by language, and when a port without a
    rule of its own is full or has too many errors.
    """

    languages: tuple[str, ...]
    rule_texts: Mapping[str, Mapping[str, str]]
    full_at_pct: float
    errors_at_per_s: float


@cache
def centre_words() -> CentreWords:
    """Return what the centre says of itself, asked once a process: it is the same for everybody until it is updated."""
    found = load("/words")
    return CentreWords(tuple(found["languages"]), found["rule_texts"], **found["port_rules"])
