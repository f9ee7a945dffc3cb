"""Ports, devices and sensors judged together: the memory of a collector about all that it reads."""

from collections import Counter
from collections.abc import Sequence

from monitoring.collector.conditions import Condition, Rule
from monitoring.collector.device_watch import DeviceWatch, Outcome
from monitoring.collector.evaluation.devices import DeviceEvaluator
from monitoring.collector.evaluation.ports import PortEvaluator
from monitoring.collector.evaluation.sensors import SensorEvaluator
from monitoring.collector.evaluation.standing import Changes, StandingConditions
from monitoring.collector.port_policies import PortPolicy

_LONGEST_TROUBLE = 500


class Evaluator:
    """The memory of a collector about all ports, sensors and devices, and the rules over it."""

    def __init__(self, *, timezone: str) -> None:
        self._standing = StandingConditions()
        self._ports = PortEvaluator(self._standing, timezone=timezone)
        self._devices = DeviceEvaluator(self._standing)
        self._sensors = SensorEvaluator(self._standing)

    @property
    def conditions(self) -> dict[tuple[str, str, str], Condition]:
        """What is true now."""
        return self._standing.by_key

    def set_policies(self, policies: Sequence[PortPolicy], watches: Sequence[DeviceWatch]) -> None:
        """Take over policies and judge all known ports anew; devices no longer watched are forgotten."""
        by_id = {watch.device.device_id: watch for watch in watches}
        self._standing.watch(by_id)
        self._ports.set_policies(policies, by_id)
        self._sensors.keep_devices(by_id)
        self._devices.set_watches(by_id)

    def evaluate(self, outcomes: Sequence[Outcome], now_s: int) -> tuple[bytes, Changes]:
        """Return the lines of these outcomes and the conditions that changed."""
        changes = Changes()
        lines: list[bytes] = []
        for part in _each_device_once(outcomes):
            lines.append(self._ports.evaluate(part, now_s, changes))
            lines += [self._evaluate_device(outcome, now_s, changes).encode() for outcome in part]
        return b"".join(lines), changes

    def _evaluate_device(self, outcome: Outcome, now_s: int, changes: Changes) -> str:
        text = self._devices.evaluate(outcome, now_s, changes)
        text += self._sensors.evaluate(outcome, now_s, changes)
        text += self._ports.alias_lines(outcome)
        return text + self._devices.identity_lines(outcome)

    def set_own(self, rule: Rule, name: str, trouble: str | None, now_s: int, changes: Changes) -> None:
        """Raise or clear a condition of the collector itself (spool, store, clock)."""
        known = self.conditions.get(("", rule, name))
        if trouble and known is None:
            self._standing.enter(rule, ("", name), now_s, changes, detail=trouble[:_LONGEST_TROUBLE])
        elif not trouble and known is not None:
            self._standing.clear(rule, ("", name), changes)


def _each_device_once(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Return the outcomes in parts that hold no device twice, so that a later one finds the earlier one's readings."""
    parts: list[list[Outcome]] = []
    seen: Counter[str] = Counter()
    for outcome in outcomes:
        device_id = outcome.watch.device.device_id
        if seen[device_id] == len(parts):
            parts.append([])
        parts[seen[device_id]].append(outcome)
        seen[device_id] += 1
    return parts
