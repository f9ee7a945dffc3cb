"""What is true at the moment, what of it changed, and what the rules remember of each object."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from monitoring.collector.conditions import LEVELS, Condition, LevelState, Rule, make_condition
from monitoring.collector.row_index import Key, RowIndex

_SEVERITIES = {Rule.UTILISATION: "warning", Rule.ERRORS: "warning", Rule.SNMP_SILENT: "warning"}
_GROW = 1024


@dataclass
class Changes:
    """Conditions that became true and conditions that became false."""

    raised: list[Condition] = field(default_factory=list)
    cleared: list[Condition] = field(default_factory=list)


class RuleMemory:
    """What some rules remember of objects of one kind: each object has a row, the same in the arrays of every rule."""

    def __init__(self, *rules: Rule) -> None:
        self.index = RowIndex()
        self.states = {rule: LevelState(LEVELS[rule]) for rule in rules}

    def grow(self, rows: int) -> None:
        """Make room for more objects."""
        for state in self.states.values():
            state.grow(rows)

    def forget(self, keys: Sequence[Key]) -> npt.NDArray[np.int64]:
        """
        Be as if these objects had never been seen, and return the rows that they had.

        So a device which invents names fills no memory.
        """
        rows = self.index.give_up(keys)
        for state in self.states.values():
            state.forget(rows)
        return rows

    def keep_devices(self, device_ids: Collection[str]) -> npt.NDArray[np.int64]:
        """Forget the objects of all other devices, and return the rows that they had."""
        return self.forget([key for key, _ in self.index.items() if key[0] not in device_ids])

    def judge(self, rule: Rule, key: Key, value: float) -> bool | None:
        """Take a new value of one object: True where the rule became true of it, False where it became false."""
        state, row = self.states[rule], self.index.row(key)
        if row >= len(state.active):
            state.grow(row + _GROW)
        raised, cleared = state.update(np.array([row]), np.array([value]))
        return True if len(raised) else False if len(cleared) else None


class StandingConditions:
    """The conditions that are true now of the devices that are watched, and of the collector itself."""

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str, str], Condition] = {}
        self._watched: frozenset[str] = frozenset()

    def watch(self, device_ids: Collection[str]) -> None:
        """Take over which devices are watched; nothing is true of any other."""
        self._watched = frozenset(device_ids)
        for key in [key for key in self.by_key if key[0] and key[0] not in self._watched]:
            del self.by_key[key]

    def known(self, rule: Rule, key: Key) -> Condition | None:
        """Return the condition of a rule about an object where it is true."""
        return self.by_key.get(make_condition(key[0], rule, key[1]).key)

    def enter(
        self, rule: Rule, key: Key, since_s: int, changes: Changes, *, detail: str = "", severity: str | None = None
    ) -> None:
        """Note that a rule is true about an object; the severity is the rule's own unless given."""
        if key[0] and key[0] not in self._watched:
            return  # taken out of the assignment while its last reading was under way
        severity = severity or _SEVERITIES.get(rule, "critical")
        condition = make_condition(key[0], rule, key[1], severity=severity, detail=detail, since_s=since_s)
        self.by_key[condition.key] = condition
        changes.raised.append(condition)

    def clear(self, rule: Rule, key: Key, changes: Changes) -> None:
        """Note that a rule is not true about an object any more."""
        if (condition := self.by_key.pop(make_condition(key[0], rule, key[1]).key, None)) is not None:
            changes.cleared.append(condition)
