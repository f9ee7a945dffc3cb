"""
Ports: from the columns of IF-MIB to arrays, one row a port.

The identity of a port is its name, never its index, which moves. ifName is not unique on every device, so a repeated or
empty one gets ifDescr, then `#ifIndex`, appended.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from monitoring.snmp import decode_arcs, read_text, read_unsigned_cells

# Counters in the order of the columns of `Ports.counters`; the last four are the 32-bit ones used where 64-bit ones
# are absent.
COUNTERS = (
    "ifHCInOctets",
    "ifHCOutOctets",
    "ifHCInUcastPkts",
    "ifHCOutUcastPkts",
    "ifHCInMulticastPkts",
    "ifHCOutMulticastPkts",
    "ifHCInBroadcastPkts",
    "ifHCOutBroadcastPkts",
    "ifInErrors",
    "ifOutErrors",
    "ifInDiscards",
    "ifOutDiscards",
    "ifInOctets",
    "ifOutOctets",
    "ifInUcastPkts",
    "ifOutUcastPkts",
)
COUNTER_BITS = np.array([64] * 8 + [32] * 8)
GAUGES = ("ifAdminStatus", "ifOperStatus", "ifHighSpeed", "ifSpeed", "ifType", "ifMtu", "ifCounterDiscontinuityTime")

# IANAifType-MIB is long; these are the interface types that municipal devices report. Others show their number.
IF_TYPES = {
    1: "other",
    6: "ethernetCsmacd",
    23: "ppp",
    24: "softwareLoopback",
    53: "propVirtual",
    71: "ieee80211",
    117: "gigabitEthernet",
    131: "tunnel",
    135: "l2vlan",
    136: "l3ipvlan",
    161: "ieee8023adLag",
    209: "bridge",
    244: "wwanPP2",
    250: "gpon",
}
ADMIN_STATUS = {1: "up", 2: "down", 3: "testing"}
OPER_STATUS = {
    1: "up",
    2: "down",
    3: "testing",
    4: "unknown",
    5: "dormant",
    6: "notPresent",
    7: "lowerLayerDown",
}
UP, DOWN = 1, 2
_SPEED_BEYOND_GAUGE = 2**32 - 1
_MOST_MEGABITS = (
    10_000_000  # IEEE 802.3 knows lines up to 1.6 Tb/s; agents that give bits per second here are beyond 10
)

UInt64s = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


@dataclass
class Ports:
    """
    The ports of one device at one moment.

    `counters` has shape (ports, len(COUNTERS)), `gauges` (ports, len(GAUGES)); a False in the mask beside them means
    unknown. `speed_bps` is 0 where unknown.
    """

    suffixes: list[bytes]
    names: list[str]
    counters: UInt64s
    counters_valid: Mask
    gauges: UInt64s
    gauges_valid: Mask
    speed_bps: UInt64s

    def __len__(self) -> int:
        return len(self.suffixes)

    @property
    def indexes(self) -> list[int]:
        """The ifIndex of every port."""
        return [if_index(suffix) for suffix in self.suffixes]

    def gauge(self, name: str) -> UInt64s:
        """Return one gauge of all ports; 0 where unknown."""
        column: UInt64s = self.gauges[:, GAUGES.index(name)]
        return column


@lru_cache(maxsize=65536)
def if_index(suffix: bytes) -> int:
    """Return the ifIndex that a row's suffix encodes."""
    return decode_arcs(suffix)[-1]


def read_texts(tags: Sequence[int], contents: Sequence[bytes]) -> list[str]:
    """Return a text column with empty strings where there is no text."""
    return [read_text(tag, content) or "" for tag, content in zip(tags, contents, strict=True)]


def unique_names(if_names: Sequence[str], if_descrs: Sequence[str], suffixes: Sequence[bytes]) -> list[str]:
    """Return a name for every port that no other port of the device has."""
    names = list(if_names)
    for extras in (list(if_descrs), [f"#{if_index(suffix)}" for suffix in suffixes]):
        counts = Counter(names)
        names = [
            f"{name} {extra}".strip() if (not name or counts[name] > 1) and extra != name else name
            for name, extra in zip(names, extras, strict=True)
        ]
    while len(set(names)) < len(names):  # a device whose names already look like ours
        counts = Counter(names)
        names = [
            f"{name} #{if_index(suffix)}" if counts[name] > 1 else name
            for name, suffix in zip(names, suffixes, strict=True)
        ]
    return names


def build_ports(
    suffixes: Sequence[bytes], columns: Sequence[str], tags: Sequence[int], contents: Sequence[bytes], names: list[str]
) -> Ports:
    """
    Return the ports of a table.

    Args:
        suffixes: The row indexes.
        columns: IF-MIB names of the columns that were read; counters and gauges not among them are unknown.
        tags: BER tags of the cells, row by row.
        contents: Content octets of the cells, row by row.
        names: Unique names, row by row.
    """
    width, rows = len(columns), len(suffixes)
    counters, gauges = _where(COUNTERS, tuple(columns)), _where(GAUGES, tuple(columns))
    taken = (*counters[1], *gauges[1])
    numbers, valid = read_unsigned_cells(
        [tag for k in taken for tag in tags[k::width]], [content for k in taken for content in contents[k::width]]
    )
    numbers, valid = numbers.reshape(len(taken), rows), valid.reshape(len(taken), rows)
    split = len(counters[1])
    gauge_numbers, gauges_valid = _spread(len(GAUGES), gauges[0], numbers[split:], valid[split:])
    return Ports(
        list(suffixes),
        names,
        *_spread(len(COUNTERS), counters[0], numbers[:split], valid[:split]),
        gauge_numbers,
        gauges_valid,
        _speeds(gauge_numbers, gauges_valid),
    )


@lru_cache(maxsize=256)
def _where(wanted: tuple[str, ...], columns: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Return which of the wanted columns there are, and where each stands among the columns that were read."""
    to = [k for k, name in enumerate(wanted) if name in columns]
    return to, [columns.index(wanted[k]) for k in to]


def _spread(width: int, to: list[int], numbers: UInt64s, valid: Mask) -> tuple[UInt64s, Mask]:
    """Return a matrix of one row a port from one row a column; columns that were not read are unknown."""
    rows = numbers.shape[1]
    spread, spread_valid = np.zeros((rows, width), np.uint64), np.zeros((rows, width), np.bool_)
    spread[:, to], spread_valid[:, to] = numbers.T, valid.T
    return spread, spread_valid


def _speeds(gauges: UInt64s, valid: Mask) -> UInt64s:
    """
    Return bits per second: ifHighSpeed where it says something, else ifSpeed unless that is at its
    ceiling (RFC 2863).
    """
    high, low = GAUGES.index("ifHighSpeed"), GAUGES.index("ifSpeed")
    believable = valid[:, high] & (gauges[:, high] <= _MOST_MEGABITS)
    megabits = np.where(believable, gauges[:, high], 0)
    bits = np.where(valid[:, low] & (gauges[:, low] != _SPEED_BEYOND_GAUGE), gauges[:, low], 0)
    speeds: UInt64s = np.where(megabits > 0, megabits * np.uint64(1_000_000), bits).astype(np.uint64)
    return speeds


def octets(ports: Ports, direction: str) -> tuple[UInt64s, Mask]:
    """
    Return the octet counters of a direction (`In` or `Out`): 64-bit ones, or 32-bit ones where those are absent.

    A 64-bit counter that stands at zero beside a 32-bit one that does not is not counted by the device; the 32-bit one
    is used.
    """
    wide, narrow = COUNTERS.index(f"ifHC{direction}Octets"), COUNTERS.index(f"if{direction}Octets")
    has_wide = ports.counters_valid[:, wide] & (
        (ports.counters[:, wide] > 0) | ~ports.counters_valid[:, narrow] | (ports.counters[:, narrow] == 0)
    )
    numbers: UInt64s = np.where(has_wide, ports.counters[:, wide], ports.counters[:, narrow])
    return numbers, has_wide | ports.counters_valid[:, narrow]
