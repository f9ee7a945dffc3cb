"""What is judged of sensors: one that a device calls bad, or whose value is beyond the device's own limits."""

from collections.abc import Collection

import numpy as np

from monitoring.collector.conditions import Rule
from monitoring.collector.device_watch import NORMAL_EVERY_S, Outcome
from monitoring.collector.evaluation.standing import Changes, RuleMemory, StandingConditions
from monitoring.collector.row_index import Key
from monitoring.device import Sensor
from monitoring.telemetry import reading_lines

_GONE_AFTER_S = 3 * NORMAL_EVERY_S


class SensorEvaluator:
    """The memory of a collector about sensors that were bad, and the rule over it."""

    def __init__(self, standing: StandingConditions) -> None:
        self._standing = standing
        self.memory = RuleMemory(Rule.SENSOR)
        # By device: object identifier, slot in which the sensor was last seen, and its name.
        self._seen: dict[str, dict[str, tuple[int, str]]] = {}

    def keep_devices(self, device_ids: Collection[str]) -> None:
        """Forget the sensors of all other devices."""
        self.memory.keep_devices(device_ids)
        for device_id in [device_id for device_id in self._seen if device_id not in device_ids]:
            del self._seen[device_id]

    def evaluate(self, outcome: Outcome, now_s: int, changes: Changes) -> str:
        """Judge the sensors of a device, and return the lines of everything that its tables say."""
        poll, device_id = outcome.poll, outcome.watch.device.device_id
        if not poll or not poll.readings:
            return ""
        for sensor in poll.readings.sensors:
            self._judge(device_id, sensor, outcome.slot_s, now_s, changes)
        if poll.tables_are_whole:
            self._let_go(device_id, outcome.slot_s, changes)
        return reading_lines(poll.readings, outcome.watch.tags, outcome.slot_s)

    def _judge(self, device_id: str, sensor: Sensor, slot_s: int, now_s: int, changes: Changes) -> None:
        row_key = (device_id, sensor.oid)
        if sensor.severity in ("ok", "unknown") and row_key not in self.memory.index:
            return
        name = f"{sensor.name} ({sensor.oid})"
        seen = self._seen.setdefault(device_id, {})
        if seen.get(sensor.oid, (0, name))[1] != name:
            self._leave(device_id, sensor.oid, changes)
        seen[sensor.oid] = (slot_s, name)
        value = {"ok": 0.0, "unknown": np.nan}.get(sensor.severity, 1.0)
        became = self.memory.judge(Rule.SENSOR, row_key, value)
        if became:
            self._enter((device_id, name), sensor, now_s, changes)
        elif became is False:
            self._standing.clear(Rule.SENSOR, (device_id, name), changes)
        elif sensor.severity in ("warning", "critical"):
            known = self._standing.known(Rule.SENSOR, (device_id, name))
            if known is not None and known.severity != sensor.severity:  # worse or better, and still true
                self._enter((device_id, name), sensor, known.since_s, changes)

    def _enter(self, key: Key, sensor: Sensor, since_s: int, changes: Changes) -> None:
        shown = sensor.state if sensor.state else f"{sensor.value} {sensor.unit}"
        self._standing.enter(Rule.SENSOR, key, since_s, changes, detail=shown, severity=sensor.severity)

    def _let_go(self, device_id: str, slot_s: int, changes: Changes) -> None:
        """Let go of sensors that whole readings have not brought for a while: nothing is true about them."""
        seen = self._seen.get(device_id, {})
        for oid in [oid for oid, (last_s, _) in seen.items() if slot_s - last_s > _GONE_AFTER_S]:
            self._leave(device_id, oid, changes)

    def _leave(self, device_id: str, oid: str, changes: Changes) -> None:
        _, name = self._seen[device_id].pop(oid)
        self._standing.clear(Rule.SENSOR, (device_id, name), changes)
        self.memory.forget([(device_id, oid)])
