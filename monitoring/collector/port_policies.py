"""
Which ports may alarm: always, in given hours, or never.

By default uplinks, parent links and ports of a set name pattern do; access ports do not, and stay polled and visible.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

# What holds where no policy says otherwise. Written down here alone: levels, the API and its pages take it from here.
FULL_AT_PCT = 90.0  # share of the line rate
ERRORS_AT_PER_S = 1.0  # errored packets a second
DEFAULT_PATTERN = r"uplink|trunk|core|backbone|\bwan\b|^(ae|po|port-channel|bond|lag|trk)\s?\d+$"
_LONGEST_TEXT = 200  # devices give these texts, and a search may take their length to a power


class Mode(StrEnum):
    """When a port may alarm."""

    ALWAYS = "always"
    HOURS = "hours"
    NEVER = "never"


@dataclass(frozen=True)
class PortPolicy:
    """
    A rule over ports: a pattern searched in name and alias, and when those ports may alarm.

    `full_at_pct` is the share of the line rate at which a port counts as full, `errors_at_per_s` the errored packets a
    second that are too many, the usual ones unless given. `device_id` None means every device; `hours` is `HH:MM-HH:MM`
    in the town's zone and may pass midnight.
    """

    pattern: str
    mode: Mode
    hours: str | None = None
    device_id: str | None = None
    full_at_pct: float | None = None
    errors_at_per_s: float | None = None


@dataclass(frozen=True)
class Ruling:
    """
    What holds for one port: when it may alarm, at which share of its line rate it is full, and how many errors are too
    many.
    """

    mode: Mode = Mode.NEVER
    hours: str | None = None
    full_at_pct: float = FULL_AT_PCT
    errors_at_per_s: float = ERRORS_AT_PER_S


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def in_hours(hours: str, moment: datetime, zone: str) -> bool:
    """Whether a moment lies in hours of the day of a zone."""
    first, last = (time.fromisoformat(part) for part in hours.split("-"))
    local = moment.astimezone(ZoneInfo(zone)).time()
    return first <= local < last if first <= last else local >= first or local < last


def policy_of(policies: Sequence[PortPolicy], *, device_id: str, name: str, alias: str, is_parent_link: bool) -> Ruling:
    """Return what holds for a port. The first policy that fits counts, those of the device before others."""
    for policy in sorted(policies, key=lambda policy: policy.device_id is None):
        if policy.device_id in (None, device_id) and _fits(policy.pattern, name, alias):
            return Ruling(
                policy.mode, policy.hours, policy.full_at_pct or FULL_AT_PCT, policy.errors_at_per_s or ERRORS_AT_PER_S
            )
    return Ruling(Mode.ALWAYS if is_parent_link or _fits(DEFAULT_PATTERN, name, alias) else Mode.NEVER)


def _fits(pattern: str, name: str, alias: str) -> bool:
    found = _compiled(pattern)
    return bool(found.search(name[:_LONGEST_TEXT]) or found.search(alias[:_LONGEST_TEXT]))
