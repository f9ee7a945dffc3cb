"""
Folding what dies with its parent: what counts as down, which incident is the root of which, when somebody may be told.

Plain functions over plain values; the registry's side is in `reconciliation`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any  # rows of incidents

from monitoring.collector.conditions import Rule

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


def means_down(rule: str, reach: str | None) -> bool:
    """Whether a condition says that its device does not answer at all; of one that is not probed, SNMP alone tells."""
    return rule == Rule.UNREACHABLE or (rule == Rule.SNMP_SILENT and reach == "none")


def find_root(topology: Topology, device_id: str) -> str | None:
    """Return the topmost device of an unbroken line of dead parents above a device; None where its parent is alive."""
    root, parent = None, topology.parents.get(device_id)
    for _ in range(_MOST_HOPS):  # a circle of parents must not hold us up
        if parent is None or parent == device_id or parent not in topology.down:
            return root
        root, parent = parent, topology.parents.get(parent)
    return root


def find_heads(incidents: Iterable[Any]) -> dict[str, str]:
    """Return the open incident that stands for each silent device: that it is unreachable, if there is that one."""
    about = sorted((i for i in incidents if i.rule in ABOUT_THE_DEVICE), key=lambda i: i.rule)
    return {i.device_id: i.id for i in about} | {i.device_id: i.id for i in about if i.rule == Rule.UNREACHABLE}


def root_of(topology: Topology, incident: Any, heads: Mapping[str, str]) -> str | None:
    """Return the incident that explains another: that of a dead parent, or the device's own silence."""
    if incident.rule not in ABOUT_THE_DEVICE:
        return None
    root = find_root(topology, incident.device_id)
    if root is not None:
        return heads.get(root)
    own = heads.get(incident.device_id)
    return own if own != incident.id else None


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
