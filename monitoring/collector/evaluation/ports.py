"""What is judged of ports: whether one is down, full, or has too many errors; arrays over all that were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from monitoring.collector.conditions import Rule, port_down_values, utilisation_values
from monitoring.collector.device_watch import DeviceWatch, Outcome
from monitoring.collector.evaluation.standing import Changes, RuleMemory, StandingConditions
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
from monitoring.collector.row_index import Key
from monitoring.device import GAUGES, Ports
from monitoring.telemetry import (
    RATES,
    PortBlock,
    alias_lines,
    interface_lines,
    interface_series,
    join_blocks,
    port_block,
)

_PORT_RULES = (Rule.PORT_DOWN, Rule.UTILISATION, Rule.ERRORS)
_ADMIN, _OPER = GAUGES.index("ifAdminStatus"), GAUGES.index("ifOperStatus")
_IN_ERRORS, _OUT_ERRORS = RATES.index("in_errors_per_s"), RATES.index("out_errors_per_s")
_GROW = 4096
_MOST_HELD = 5000  # ports that readings cut short have not brought; beyond it a device only invents names


@dataclass
class _DevicePorts:
    """Where a device's ports lie in the arrays; valid as long as its list of names is the same object."""

    names: list[str]
    rows: npt.NDArray[np.int64]
    series: list[str]
    hostname: str
    held: set[str]


class PortEvaluator:
    """The memory of a collector about ports, and the rules over it."""

    def __init__(self, standing: StandingConditions, *, timezone: str) -> None:
        self._standing, self._timezone = standing, timezone
        self._policies: Sequence[PortPolicy] = ()
        self._readings = CounterReadings.empty(0)
        self._places: dict[str, _DevicePorts] = {}
        self.memory = RuleMemory(*_PORT_RULES)
        self.rulings: list[Ruling] = []

    def set_policies(self, policies: Sequence[PortPolicy], watches: Mapping[str, DeviceWatch]) -> None:
        """Take over policies and judge all known ports anew; devices no longer watched are forgotten."""
        self._policies = policies
        self._empty(self.memory.keep_devices(watches))
        for device_id in [device_id for device_id in self._places if device_id not in watches]:
            del self._places[device_id]
        for (device_id, name), row in self.memory.index.items():
            self.rulings[row] = self._policy(watches[device_id], name)

    def _empty(self, rows: npt.NDArray[np.int64]) -> None:
        """Leave no reading in rows that were given up."""
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

    def evaluate(self, outcomes: Sequence[Outcome], now_s: int, changes: Changes) -> bytes:
        """Judge the ports of outcomes that hold no device twice, and return a line for each port."""
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
        self._judge(block, row, speed, now_s, changes)
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
        rows = np.array([self.memory.index.row((device_id, name)) for name in ports.names], np.int64)
        self.rulings += [Ruling()] * (len(self.memory.index) - len(self.rulings))
        if len(self.memory.index) > len(self._readings.index):
            size = len(self.memory.index) + _GROW
            self._readings = self._readings.grown(size)
            self.memory.grow(size)
        for name, row in zip(ports.names, rows.tolist(), strict=True):
            self.rulings[row] = self._policy(watch, name)
        series = interface_series(watch.tags, ports.names)
        place = _DevicePorts(ports.names, rows, series, hostname, held | present)
        self._places[device_id] = place
        return place

    def _leave(self, keys: Sequence[Key], changes: Changes) -> None:
        """Let go of ports that a device does not list any more: nothing is true about them."""
        for key in keys:
            for rule in _PORT_RULES:
                self._standing.clear(rule, key, changes)
        self._empty(self.memory.forget(keys))

    def _judge(
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
        full_at = np.fromiter((self.rulings[row].full_at_pct for row in rows.tolist()), np.float64, len(rows))
        errors_at = np.fromiter((self.rulings[row].errors_at_per_s for row in rows.tolist()), np.float64, len(rows))
        errors = np.fmax(block.rates[:, _IN_ERRORS], block.rates[:, _OUT_ERRORS])
        values = {
            Rule.PORT_DOWN: port_down_values(admin, oper, alarms),
            # Scaled so that every port reaches the rule's level at its own limit.
            Rule.UTILISATION: np.where(alarms, used * FULL_AT_PCT / full_at, 0.0),
            Rule.ERRORS: np.where(alarms, errors * ERRORS_AT_PER_S / errors_at, 0.0),
        }
        measured = values | {Rule.UTILISATION: used, Rule.ERRORS: errors}
        for rule, found in values.items():
            raised, cleared = self.memory.states[rule].update(rows, found)
            shown = dict(zip(rows.tolist(), measured[rule].tolist(), strict=True)) if len(raised) else {}
            for row in raised.tolist():
                detail = "" if rule is Rule.PORT_DOWN else f"{shown[row]:.1f}"
                self._standing.enter(rule, self.memory.index.keys[row], now_s, changes, detail=detail)
            for row in cleared.tolist():
                self._standing.clear(rule, self.memory.index.keys[row], changes)

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

        return np.fromiter((may(self.rulings[row]) for row in rows.tolist()), np.bool_, len(rows))

    def alias_lines(self, outcome: Outcome) -> str:
        """Return lines with the aliases of a device's ports, once after they were read; else nothing."""
        watch, poll = outcome.watch, outcome.poll
        if not poll or poll.ports is None or not watch.fresh_aliases:
            return ""
        place = self._places[watch.device.device_id]
        aliases = [watch.aliases.get(name, "") for name in place.names]
        text = alias_lines(place.series, aliases, outcome.slot_s)
        watch.fresh_aliases = False
        return text
