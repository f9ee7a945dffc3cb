"""
Rules on arrays: a condition is a rule's truth about one object, raised and cleared at different levels over several
slots.

Unknown is a state of its own: it neither raises nor clears, and it does not count as one of the slots in a row.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from monitoring.collector.port_policies import ERRORS_AT_PER_S, FULL_AT_PCT
from monitoring.device import DOWN, UP, Mask
from ventspils.core.digests import digest_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Rule(StrEnum):
    """What a collector judges by itself."""

    UNREACHABLE = "unreachable"
    SNMP_SILENT = "snmp_silent"
    PORT_DOWN = "port_down"
    UTILISATION = "utilisation"
    ERRORS = "errors"
    SENSOR = "sensor"
    CLOCK = "clock"
    SPOOL = "spool"
    STORE = "store"


@dataclass(frozen=True)
class Level:
    """Where a rule is raised and cleared, and for how many slots in a row."""

    raise_at: float
    clear_at: float
    raise_for: int
    clear_for: int


# Ours, changeable by port policies; documented in docs/operations.
LEVELS = {
    Rule.UTILISATION: Level(FULL_AT_PCT, FULL_AT_PCT * 8 / 9, 3, 3),
    Rule.ERRORS: Level(ERRORS_AT_PER_S, ERRORS_AT_PER_S / 10, 3, 3),
    Rule.PORT_DOWN: Level(1.0, 1.0, 2, 1),
    Rule.SENSOR: Level(1.0, 1.0, 2, 2),
    Rule.UNREACHABLE: Level(1.0, 1.0, 2, 1),
    Rule.SNMP_SILENT: Level(1.0, 1.0, 3, 1),
}

# When each is raised and cleared, for docs/operations.md, whose table `make docs` writes with the figures of LEVELS.
JUDGED = {
    Rule.UNREACHABLE: ("no answer to echoes in {raise_for}", "{clear_for} with an answer"),
    Rule.SNMP_SILENT: ("no SNMP answer in {raise_for}", "{clear_for} with an answer"),
    Rule.PORT_DOWN: ("should be up and is down, in {raise_for}", "{clear_for}"),
    Rule.UTILISATION: (
        "busier direction at {raise_at} % of the line, {raise_for}; a port rule may give another share",
        "below eight ninths of that share, {clear_for}",
    ),
    Rule.ERRORS: (
        "{raise_at} errored packet a second, {raise_for}; a port rule may give another number",
        "below a tenth of it, {clear_for}",
    ),
    Rule.SENSOR: ("beyond the device's own limit or in a bad state, {raise_for}", "{clear_for}"),
    Rule.CLOCK: ("the collector's clock was set back", "at once"),
    Rule.SPOOL: ("the collector's spool is 70 % full or not writable", "at once"),
    Rule.STORE: ("the store does not take the collector's points", "at once"),
}


@dataclass(frozen=True, order=True)
class Condition:
    """A rule that is true about an object (a port, a sensor, the device itself) of a device."""

    device_id: str
    rule: str
    object: str
    severity: str = "critical"
    detail: str = ""
    since_s: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same condition later."""
        return self.device_id, self.rule, self.object


_LONGEST_OBJECT, _LONGEST_DETAIL = 300, 300


def make_condition(
    device_id: str, rule: str, name: str, *, severity: str = "critical", detail: str = "", since_s: int = 0
) -> Condition:
    """Return a condition whose texts, which devices give, are of a bounded length and still tell objects apart."""
    if len(name) > _LONGEST_OBJECT:
        mark = hashlib.sha256(name.encode()).hexdigest()[:16]
        name = f"{name[: _LONGEST_OBJECT - 20]}... {mark}"
    return Condition(device_id, rule, name, severity, detail[:_LONGEST_DETAIL], since_s)


def digest(conditions: Iterable[Condition]) -> str:
    """Return a digest over a set of conditions: equal sets, equal digests, in whatever order."""
    return digest_of((*c.key, c.severity) for c in conditions)


class LevelState:
    """The memory of one rule over many objects, one row an object."""

    def __init__(self, level: Level, rows: int = 0) -> None:
        self._level = level
        self.active = np.zeros(rows, np.bool_)
        self._streak = np.zeros(rows, np.int16)

    def grow(self, rows: int) -> None:
        """Make room for more objects; new ones are not active."""
        more = rows - len(self.active)
        if more > 0:
            self.active = np.concatenate([self.active, np.zeros(more, np.bool_)])
            self._streak = np.concatenate([self._streak, np.zeros(more, np.int16)])

    def forget(self, rows: Integers) -> None:
        """Let objects be as if never seen."""
        rows = rows[rows < len(self.active)]
        self.active[rows], self._streak[rows] = False, 0

    def update(self, rows: Integers, values: Floats) -> tuple[Integers, Integers]:
        """
        Take new values of some objects and return which of them were raised and which cleared.

        Args:
            rows: Their row numbers, each at most once.
            values: Their values; NaN is unknown.
        """
        level, active = self._level, self.active[rows]
        with np.errstate(invalid="ignore"):
            against = np.where(active, values < level.clear_at, values >= level.raise_at)
        known = ~np.isnan(values)
        streak = np.where(known, np.where(against, self._streak[rows] + 1, 0), self._streak[rows])
        needed = np.where(active, level.clear_for, level.raise_for)
        turned = known & (streak >= needed)
        self._streak[rows] = np.where(turned, 0, streak)
        self.active[rows] = active ^ turned
        return rows[turned & ~active], rows[turned & active]


def port_down_values(admin: npt.NDArray[np.uint64], oper: npt.NDArray[np.uint64], alarms: Mask) -> Floats:
    """
    Return 1 where a port that may alarm is down though it should be up, 0 where it is fine, NaN where unknown.

    A port that is switched off by its administrator is not down but off; one that may not alarm counts as fine.
    """
    known = (admin > 0) & (oper > 0)
    down = (admin == UP) & np.isin(oper, (DOWN, 6, 7))  # down, notPresent, lowerLayerDown
    return np.where(~alarms, 0.0, np.where(known, down.astype(np.float64), np.nan))


def utilisation_values(rates: Floats, speed_bps: npt.NDArray[np.uint64]) -> Floats:
    """
    Return the busier direction as a share of the line rate in percent; NaN where a rate or the line
    rate is unknown.
    """
    line = np.where(speed_bps > 0, speed_bps.astype(np.float64), np.nan)
    with np.errstate(all="ignore"):
        return 100.0 * np.fmax(rates[:, 0], rates[:, 1]) / line
