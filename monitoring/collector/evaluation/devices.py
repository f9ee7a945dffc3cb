"""What is judged of a device itself: whether it answers, by SNMP and by echoes; and the lines that tell of it."""

from collections.abc import Mapping

import numpy as np

from monitoring.collector.conditions import Rule
from monitoring.collector.device_watch import DeviceWatch, Outcome
from monitoring.collector.evaluation.standing import Changes, RuleMemory, StandingConditions
from monitoring.collector.slots import End
from monitoring.telemetry import device_line, identity_line, ping_line


class DeviceEvaluator:
    """The memory of a collector about devices, and the rules over it."""

    def __init__(self, standing: StandingConditions) -> None:
        self._standing = standing
        self.memory = RuleMemory(Rule.UNREACHABLE, Rule.SNMP_SILENT)

    def set_watches(self, watches: Mapping[str, DeviceWatch]) -> None:
        """Forget devices that are not watched any more, and end what is not asked any more of the others."""
        self.memory.keep_devices(watches)
        for key in list(self._standing.by_key):
            if (watch := watches.get(key[0])) is not None and not _is_asked(watch, key[1]):
                del self._standing.by_key[key]
        for (device_id, _), row in self.memory.index.items():
            for rule, state in self.memory.states.items():
                if not _is_asked(watches[device_id], rule):
                    state.forget(np.array([row], np.int64))

    def evaluate(self, outcome: Outcome, now_s: int, changes: Changes) -> str:
        """Judge whether the device answers, and return the lines of its slot and of its reachability."""
        watch, poll, reach = outcome.watch, outcome.poll, outcome.reachability
        if watch.target is not None:
            silent = {End.FAILED: 1.0, End.NOT_POLLED: np.nan}.get(outcome.end, 0.0)
            self._judge(Rule.SNMP_SILENT, outcome, silent, now_s, changes, detail=outcome.reason)
        text = device_line(
            watch.tags,
            outcome.slot_s,
            uptime_s=poll.uptime_s if poll else None,
            requests=poll.requests if poll else 0,
            delay_ms=outcome.delay_ms,
            slot=outcome.end,
            reason=outcome.reason,
        )
        if reach is not None:
            self._judge(Rule.UNREACHABLE, outcome, 0.0 if reach.is_reachable else 1.0, now_s, changes)
            text += ping_line(watch.tags, outcome.slot_s, reach)
        return text

    def identity_lines(self, outcome: Outcome) -> str:
        """Return the line with what the device says that it is, once after it was asked; else nothing."""
        watch = outcome.watch
        if watch.identity is None:
            return ""
        text = identity_line(watch.tags, watch.identity, outcome.slot_s)
        watch.identity = None
        return text

    def _judge(
        self, rule: Rule, outcome: Outcome, value: float, now_s: int, changes: Changes, *, detail: str = ""
    ) -> None:
        key = (outcome.watch.device.device_id, "")
        became = self.memory.judge(rule, key, value)
        if became:
            self._standing.enter(rule, key, now_s, changes, detail=detail)
        elif became is False:
            self._standing.clear(rule, key, changes)


def _is_asked(watch: DeviceWatch, rule: str) -> bool:
    """Whether a device is asked for what a rule is about: reachability needs a check, all of SNMP a credential."""
    return watch.device.reach != "none" if rule == Rule.UNREACHABLE else watch.target is not None
