"""
What makes of conditions what people handle: which incident is the root of which, and when somebody may be told.

Plain functions over plain values; the registry's side is in `reconciliation`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

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
