"""
What makes of conditions what people handle: which incident is the root of which, when somebody may be told, what is
maintenance.

Plain functions over plain values; the registry's side is in `reconciliation`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.collector.conditions import Rule

COLLECTOR_SILENT = "collector_silent"
ABOUT_THE_DEVICE = frozenset((Rule.UNREACHABLE, Rule.SNMP_SILENT))
_MOST_HOPS = 64


@dataclass(frozen=True)
class Topology:
    """
    How devices hang on each other, and what is known of those that others hang on.

    `parents` maps a device to the one through which it is reached; `down` holds the devices that do not answer at all;
    `probed` maps a parent to the second of its last finished slot and whether it answered in it.
    """

    parents: Mapping[str, str | None]
    down: Collection[str]
    probed: Mapping[str, tuple[int, bool]] = field(default_factory=dict)


def find_root(topology: Topology, device_id: str) -> str | None:
    """Return the topmost device of an unbroken line of dead parents above a device; None where its parent is alive."""
    root, parent = None, topology.parents.get(device_id)
    for _ in range(_MOST_HOPS):  # a circle of parents must not hold us up
        if parent is None or parent == device_id or parent not in topology.down:
            return root
        root, parent = parent, topology.parents.get(parent)
    return root


def is_settled(topology: Topology, device_id: str, raised_s: int) -> bool:
    """
    Whether the parent of a dead device was probed after it died and answered, so that the fault is
    the device's own.
    """
    parent = topology.parents.get(device_id)
    if parent is None:
        return True
    if parent in topology.down:
        return False
    last_s, answered = topology.probed.get(parent, (0, False))
    return answered and last_s >= raised_s


@dataclass(frozen=True)
class Window:
    """
    A maintenance: its first time, how it repeats, and what it covers (a site or device of None
    means all of them).
    """

    starts_at: datetime
    ends_at: datetime
    repeats: str
    repeats_until: datetime | None
    agency_id: str
    site_id: str | None = None
    device_id: str | None = None

    def covers(self, *, agency_id: str | None, site_id: str | None, device_id: str) -> bool:
        """Whether a device lies within it."""
        return (
            agency_id == self.agency_id
            and self.site_id in (None, site_id)
            and (self.device_id is None or self.device_id == device_id)
        )


def is_open(window: Window, moment: datetime, zone: str) -> bool:
    """Whether a maintenance is under way; a repetition begins at the same local time of day, whatever the clocks do."""
    return any(start <= moment < end for start, end in occurrences(window, moment, moment, zone))


def occurrences(window: Window, since: datetime, until: datetime, zone: str) -> list[tuple[datetime, datetime]]:
    """Return the times of a maintenance that touch a span, in order."""
    length = window.ends_at - window.starts_at
    every_days = {"daily": 1, "weekly": 7}.get(window.repeats)
    if every_days is None:
        touches = window.starts_at <= until and since <= window.ends_at
        return [(window.starts_at, window.ends_at)] if touches else []
    first = window.starts_at.astimezone(ZoneInfo(zone))
    passed = (since - length - window.starts_at) // timedelta(days=every_days)
    found: list[tuple[datetime, datetime]] = []
    number = max(0, passed - 1)
    while True:
        local = first + timedelta(days=number * every_days)  # arithmetic on the wall clock of the zone
        start = local.astimezone(window.starts_at.tzinfo)
        if start > until or (window.repeats_until is not None and start > window.repeats_until):
            return found
        if start + length >= since:
            found.append((start, start + length))
        number += 1
