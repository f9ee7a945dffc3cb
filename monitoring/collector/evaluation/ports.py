"""From the outcomes of a second to rates, conditions and lines: arrays over all ports that were read in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from monitoring.collector.conditions import (
    LEVELS,
    Condition,
    LevelState,
    Rule,
    make_condition,
    port_down_values,
    utilisation_values,
)
from monitoring.collector.device_watch import NORMAL_EVERY_S, DeviceWatch, Outcome
from monitoring.collector.port_policies import (
    ERRORS_AT_PER_S,
    FULL_AT_PCT,
    Mode,
    PortPolicy,
    Ruling,
    in_hours,
    policy_of,
)
from monitoring.collector.rates import CounterReadings, compute_rates, join_readings
from monitoring.collector.row_index import Key, RowIndex
from monitoring.collector.slots import End
from monitoring.device import GAUGES, Ports, Sensor
from monitoring.telemetry import (
    RATES,
    PortBlock,
    alias_lines,
    device_line,
    identity_line,
    interface_lines,
    interface_series,
    join_blocks,
    ping_line,
    port_block,
    reading_lines,
)

_PORT_RULES = (Rule.PORT_DOWN, Rule.UTILISATION, Rule.ERRORS)
_DEVICE_RULES = (Rule.UNREACHABLE, Rule.SNMP_SILENT)
_ADMIN, _OPER = GAUGES.index("ifAdminStatus"), GAUGES.index("ifOperStatus")
_IN_ERRORS, _OUT_ERRORS = RATES.index("in_errors_per_s"), RATES.index("out_errors_per_s")
_GROW = 4096
_MOST_HELD = 5000  # ports that readings cut short have not brought; beyond it a device only invents names
_GONE_AFTER_S = 3 * NORMAL_EVERY_S
_SEVERITIES = {Rule.UTILISATION: "warning", Rule.ERRORS: "warning", Rule.SNMP_SILENT: "warning"}


@dataclass
class _DevicePorts:
    """Where a device's ports lie in the arrays; valid as long as its list of names is the same object."""

    names: list[str]
    rows: npt.NDArray[np.int64]
    series: list[str]
    hostname: str
    held: set[str]


@dataclass
class Changes:
    """Conditions that became true and conditions that became false."""

    raised: list[Condition] = field(default_factory=list)
    cleared: list[Condition] = field(default_factory=list)


class Evaluator:
    """The memory of a collector about all ports, sensors and devices, and the rules over it."""

    def __init__(self, *, timezone: str) -> None:
        self._timezone = timezone
        self._policies: Sequence[PortPolicy] = ()
        self._readings = CounterReadings.empty(0)
        self._ports, self._devices, self._sensors = RowIndex(), RowIndex(), RowIndex()
        self._rulings: list[Ruling] = []
        self._places: dict[str, _DevicePorts] = {}
        self._seen: dict[
            str, dict[str, tuple[int, str]]
        ] = {}  # by device: object identifier, slot and name of a sensor
        self._states = {rule: LevelState(LEVELS[rule]) for rule in (*_PORT_RULES, *_DEVICE_RULES, Rule.SENSOR)}
        self._watched: frozenset[str] = frozenset()
        self.conditions: dict[tuple[str, str, str], Condition] = {}

    def set_policies(self, policies: Sequence[PortPolicy], watches: Sequence[DeviceWatch]) -> None:
        """Take over policies and judge all known ports anew; devices no longer watched are forgotten."""
        self._policies = policies
        by_id = {watch.device.device_id: watch for watch in watches}
        self._watched = frozenset(by_id)
        for key in [k for k in self.conditions if k[0] and k[0] not in by_id]:
            del self.conditions[key]
        places = ((self._ports, _PORT_RULES), (self._devices, _DEVICE_RULES), (self._sensors, (Rule.SENSOR,)))
        for numbering, rules in places:
            self._forget(numbering, rules, [key for key, _ in numbering.items() if key[0] not in by_id])
        for known in (self._places, self._seen):
            for device_id in [d for d in known if d not in by_id]:
                del known[device_id]
        for (device_id, name), row in self._ports.items():
            self._rulings[row] = self._policy(by_id[device_id], name)
        self._drop_unasked(by_id)

    def _drop_unasked(self, by_id: Mapping[str, DeviceWatch]) -> None:
        """
        End what is not asked any more: reachability where there is no check, all of SNMP where
        there is no credential.
        """
        for key in list(self.conditions):
            watch = by_id.get(key[0])
            if watch is None:
                continue
            is_reach = key[1] == Rule.UNREACHABLE
            if (is_reach and watch.device.reach == "none") or (not is_reach and watch.target is None):
                del self.conditions[key]
        for (device_id, _), row in self._devices.items():
            rows = np.array([row], np.int64)
            if by_id[device_id].device.reach == "none":
                self._states[Rule.UNREACHABLE].forget(rows)
            if by_id[device_id].target is None:
                self._states[Rule.SNMP_SILENT].forget(rows)

    def _forget(self, numbering: RowIndex, rules: Sequence[Rule], keys: Sequence[Key]) -> None:
        """Be as if these objects had never been seen, so that a device which invents names fills no memory."""
        rows = numbering.give_up(keys)
        for rule in rules:
            self._states[rule].forget(rows)
        if numbering is self._ports:
            self._readings.put(rows, CounterReadings.empty(len(rows)))

    def _policy(self, watch: DeviceWatch, name: str) -> Ruling:
        device = watch.device
        return policy_of(
            self._policies,
            device_id=device.device_id,
            name=name,
            alias=watch.aliases.get(name, ""),
            is_parent_link=name == device.parent_port,
        )

    def evaluate(self, outcomes: Sequence[Outcome], now_s: int) -> tuple[bytes, Changes]:
        """Return the lines of these outcomes and the conditions that changed."""
        changes = Changes()
        lines: list[bytes] = []
        for part in _each_device_once(outcomes):
            lines.append(self._evaluate_ports(part, now_s, changes))
            lines += [self._evaluate_device(outcome, now_s, changes).encode() for outcome in part]
        return b"".join(lines), changes

    # --- ports ---

    def _evaluate_ports(self, outcomes: Sequence[Outcome], now_s: int, changes: Changes) -> bytes:
        blocks: list[PortBlock] = []
        readings: list[CounterReadings] = []
        rows: list[npt.NDArray[np.int64]] = []
        speeds: list[npt.NDArray[np.uint64]] = []
        for outcome in outcomes:
            poll = outcome.poll
            if poll is None or poll.ports is None:
                continue
            place = self._place(outcome.watch, poll.ports, changes, is_whole=poll.ports_are_whole)
            if not len(poll.ports):
                continue
            blocks.append(port_block(poll.ports, place.series, time_s=outcome.slot_s, delay_ms=outcome.delay_ms))
            readings.append(
                CounterReadings.of(poll.ports, time_s=poll.counted_s, asked_s=poll.received_s, uptime_s=poll.uptime_s)
            )
            rows.append(place.rows)
            speeds.append(poll.ports.speed_bps)
        if not blocks:
            return b""
        block, now, row, speed = (
            join_blocks(blocks),
            join_readings(readings),
            np.concatenate(rows),
            np.concatenate(speeds),
        )
        block.rates, _ = compute_rates(self._readings.take(row), now, speed)
        self._readings.put(row, now)
        self._judge_ports(block, row, speed, now_s, changes)
        return interface_lines(block)

    def _place(self, watch: DeviceWatch, ports: Ports, changes: Changes, *, is_whole: bool) -> _DevicePorts:
        device_id, hostname = watch.device.device_id, watch.tags["hostname"]
        place = self._places.get(device_id)
        if place is not None and place.names is ports.names and place.hostname == hostname:
            return place
        held, present = (place.held if place else set()), set(ports.names)
        if is_whole or len(held - present) > _MOST_HELD:
            self._leave([(device_id, name) for name in held - present], changes)
            held = set()
        rows = np.array([self._ports.row((device_id, name)) for name in ports.names], np.int64)
        self._rulings += [Ruling()] * (len(self._ports) - len(self._rulings))
        if len(self._ports) > len(self._readings.index):
            size = len(self._ports) + _GROW
            self._readings = self._readings.grown(size)
            for rule in _PORT_RULES:
                self._states[rule].grow(size)
        for name, row in zip(ports.names, rows.tolist(), strict=True):
            self._rulings[row] = self._policy(watch, name)
        series = interface_series(watch.tags, ports.names)
        place = _DevicePorts(ports.names, rows, series, hostname, held | present)
        self._places[device_id] = place
        return place

    def _leave(self, keys: Sequence[Key], changes: Changes) -> None:
        """Let go of ports that a device does not list any more: nothing is true about them."""
        for key in keys:
            for rule in _PORT_RULES:
                self._clear(rule, key, changes)
        self._forget(self._ports, _PORT_RULES, keys)

    def _judge_ports(
        self,
        block: PortBlock,
        rows: npt.NDArray[np.int64],
        speed: npt.NDArray[np.uint64],
        now_s: int,
        changes: Changes,
    ) -> None:
        assert block.rates is not None
        alarms = self._alarms(rows)
        admin = np.where(block.gauges_valid[:, _ADMIN], block.gauges[:, _ADMIN], 0)
        oper = np.where(block.gauges_valid[:, _OPER], block.gauges[:, _OPER], 0)
        used = utilisation_values(block.rates, speed)
        full_at = np.fromiter((self._rulings[row].full_at_pct for row in rows.tolist()), np.float64, len(rows))
        errors_at = np.fromiter((self._rulings[row].errors_at_per_s for row in rows.tolist()), np.float64, len(rows))
        errors = np.fmax(block.rates[:, _IN_ERRORS], block.rates[:, _OUT_ERRORS])
        values = {
            Rule.PORT_DOWN: port_down_values(admin, oper, alarms),
            # Scaled so that every port reaches the rule's level at its own limit.
            Rule.UTILISATION: np.where(alarms, used * FULL_AT_PCT / full_at, 0.0),
            Rule.ERRORS: np.where(alarms, errors * ERRORS_AT_PER_S / errors_at, 0.0),
        }
        measured = values | {Rule.UTILISATION: used, Rule.ERRORS: errors}
        for rule, found in values.items():
            raised, cleared = self._states[rule].update(rows, found)
            shown = dict(zip(rows.tolist(), measured[rule].tolist(), strict=True)) if len(raised) else {}
            for row in raised.tolist():
                detail = "" if rule is Rule.PORT_DOWN else f"{shown[row]:.1f}"
                self._raise(rule, self._ports.keys[row], now_s, changes, detail=detail)
            for row in cleared.tolist():
                self._clear(rule, self._ports.keys[row], changes)

    def _alarms(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        moment = datetime.now(UTC)
        open_hours: dict[str, bool] = {}

        def may(ruling: Ruling) -> bool:
            hours = ruling.hours
            if ruling.mode is Mode.HOURS and hours:
                if hours not in open_hours:
                    open_hours[hours] = in_hours(hours, moment, self._timezone)
                return open_hours[hours]
            return ruling.mode is Mode.ALWAYS

        return np.fromiter((may(self._rulings[row]) for row in rows.tolist()), np.bool_, len(rows))

    # --- devices and sensors ---

    def _evaluate_device(self, outcome: Outcome, now_s: int, changes: Changes) -> str:
        watch, poll, reach = outcome.watch, outcome.poll, outcome.reachability
        tags, device_id = watch.tags, watch.device.device_id
        silent = {End.FAILED: 1.0, End.NOT_POLLED: np.nan}.get(outcome.end, 0.0)
        if watch.target is not None:
            self._judge_device(Rule.SNMP_SILENT, device_id, silent, now_s, changes, outcome.reason)
        text = device_line(
            tags,
            outcome.slot_s,
            uptime_s=poll.uptime_s if poll else None,
            requests=poll.requests if poll else 0,
            delay_ms=outcome.delay_ms,
            slot=outcome.end,
            reason=outcome.reason,
        )
        if reach is not None:
            self._judge_device(Rule.UNREACHABLE, device_id, 0.0 if reach.is_reachable else 1.0, now_s, changes, "")
            text += ping_line(tags, outcome.slot_s, reach)
        if poll and poll.readings:
            for sensor in poll.readings.sensors:
                self._judge_sensor(device_id, sensor, outcome.slot_s, now_s, changes)
            if poll.tables_are_whole:
                self._leave_sensors(device_id, outcome.slot_s, changes)
            text += reading_lines(poll.readings, tags, outcome.slot_s)
        if poll and poll.ports is not None and watch.fresh_aliases:
            place = self._places[device_id]
            aliases = [watch.aliases.get(name, "") for name in place.names]
            text += alias_lines(place.series, aliases, outcome.slot_s)
            watch.fresh_aliases = False
        if watch.identity is not None:
            text += identity_line(tags, watch.identity, outcome.slot_s)
            watch.identity = None
        return text

    def _judge_device(
        self, rule: Rule, device_id: str, value: float, now_s: int, changes: Changes, detail: str
    ) -> None:
        self._judge_one(rule, self._devices.row((device_id, "")), value, (device_id, ""), now_s, changes, detail)

    def _judge_sensor(self, device_id: str, sensor: Sensor, slot_s: int, now_s: int, changes: Changes) -> None:
        key = (device_id, sensor.oid)
        if sensor.severity in ("ok", "unknown") and key not in self._sensors:
            return
        name = f"{sensor.name} ({sensor.oid})"
        seen = self._seen.setdefault(device_id, {})
        if seen.get(sensor.oid, (0, name))[1] != name:
            self._leave_sensor(device_id, sensor.oid, changes)
        seen[sensor.oid] = (slot_s, name)
        value = {"ok": 0.0, "unknown": np.nan}.get(sensor.severity, 1.0)
        shown = sensor.state if sensor.state else f"{sensor.value} {sensor.unit}"
        row = self._sensors.row(key)
        self._judge_one(Rule.SENSOR, row, value, (device_id, name), now_s, changes, shown, sensor.severity)

    def _leave_sensors(self, device_id: str, slot_s: int, changes: Changes) -> None:
        """Let go of sensors that whole readings have not brought for a while: nothing is true about them."""
        seen = self._seen.get(device_id, {})
        for oid in [oid for oid, (last_s, _) in seen.items() if slot_s - last_s > _GONE_AFTER_S]:
            self._leave_sensor(device_id, oid, changes)

    def _leave_sensor(self, device_id: str, oid: str, changes: Changes) -> None:
        _, name = self._seen[device_id].pop(oid)
        self._clear(Rule.SENSOR, (device_id, name), changes)
        self._forget(self._sensors, (Rule.SENSOR,), [(device_id, oid)])

    def _judge_one(
        self,
        rule: Rule,
        row: int,
        value: float,
        key: Key,
        now_s: int,
        changes: Changes,
        detail: str,
        severity: str | None = None,
    ) -> None:
        state = self._states[rule]
        state.grow(row + 1 if row < len(state.active) else row + 1024)
        raised, cleared = state.update(np.array([row]), np.array([value]))
        if len(raised):
            self._raise(rule, key, now_s, changes, detail=detail, severity=severity)
        elif len(cleared):
            self._clear(rule, key, changes)
        elif severity in ("warning", "critical"):
            known = self.conditions.get(make_condition(key[0], rule, key[1]).key)
            if known is not None and known.severity != severity:  # it became worse or better and is still true
                self._raise(rule, key, known.since_s, changes, detail=detail, severity=severity)

    # --- conditions ---

    def _raise(
        self,
        rule: Rule,
        key: Key,
        now_s: int,
        changes: Changes,
        *,
        detail: str = "",
        severity: str | None = None,
    ) -> None:
        if key[0] and key[0] not in self._watched:
            return  # taken out of the assignment while its last reading was under way
        severity = severity or _SEVERITIES.get(rule, "critical")
        condition = make_condition(key[0], rule, key[1], severity=severity, detail=detail, since_s=now_s)
        self.conditions[condition.key] = condition
        changes.raised.append(condition)

    def _clear(self, rule: Rule, key: Key, changes: Changes) -> None:
        if (condition := self.conditions.pop(make_condition(key[0], rule, key[1]).key, None)) is not None:
            changes.cleared.append(condition)

    def set_own(self, rule: Rule, name: str, trouble: str | None, now_s: int, changes: Changes) -> None:
        """Raise or clear a condition of the collector itself (spool, store, clock)."""
        known = self.conditions.get(("", rule, name))
        if trouble and known is None:
            self._raise(rule, ("", name), now_s, changes, detail=trouble[:500])
        elif not trouble and known is not None:
            self._clear(rule, ("", name), changes)


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
