"""The collector: reads the devices of its assignment, slot by slot, and goes on whatever else is down."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any  # JSON documents

import structlog

from monitoring.collector.assignment import AssignedDevice, Assignment, CollectorFiles, read_assignment
from monitoring.collector.centre_client import CentreClient
from monitoring.collector.conditions import Condition, Rule, digest
from monitoring.collector.device_watch import DeviceWatch, Outcome, Tools
from monitoring.collector.evaluation import Changes, Evaluator
from monitoring.collector.forwarder import Forwarder
from monitoring.collector.slots import CLOCK_TOLERANCE_S, End, Ledger, SlotClock, next_slot_s, stable_offset_s
from monitoring.collector.spool import Spool
from monitoring.device import PollContext, Prober, collect_garbage_seldom
from monitoring.snmp import Pace, Target, UdpEngine, open_engine
from ventspils.core.errors import UnavailableError, UsageError, VentspilsError

log = structlog.get_logger()

_TICK_S = 4.0
_ASSIGNMENT_EVERY_S = 15.0
_AT_ONCE, _SLOW_AT_ONCE = 400, 400
_MOST_MISSED_SINGLY = 60
_LATE_S = 1.0
_SPOOL_WARN_PCT = 70.0


@dataclass(frozen=True)
class CollectorOptions:
    """How to read; see the settings of the same names."""

    budget_s: float = 30.0
    timeout_s: float = 1.0
    engine: str = "native"
    spool_octets: int = 4 << 30
    timezone: str = "Europe/Riga"


@dataclass
class Status:
    """What a collector saw in an interval; given to whoever wants to show it."""

    slots: dict[str, int]
    reasons: dict[str, int]
    late: int
    conditions: int
    waiting_points: int
    sent_points: int


@dataclass(frozen=True)
class _Report:
    """A report as it is sent, with the counts that are in it."""

    document: dict[str, Any]
    ledger: Ledger


class Collector:
    """One collector over one folder. `run` ends when `stop` is called."""

    def __init__(
        self, files: CollectorFiles, options: CollectorOptions, *, on_status: Callable[[Status], None] | None = None
    ) -> None:
        enrolment = files.enrolment()
        if enrolment is None:
            raise UsageError(f"The collector in {files.folder} is not enrolled; run `ventspils collector enrol` first.")
        self._files, self._options, self._on_status = files, options, on_status
        self._centre = CentreClient(*enrolment)
        self._spool = Spool(files.spool, limit_octets=options.spool_octets)
        self._evaluator = Evaluator(timezone=options.timezone)
        self._clock = SlotClock()
        self._ledger = Ledger()
        self._outcomes: list[Outcome] = []
        self._changes = Changes()
        self._assignment: Assignment | None = None
        self._watches: dict[str, tuple[DeviceWatch, asyncio.Task[None]]] = {}
        self._forwarder: Forwarder | None = None
        self._stopping = asyncio.Event()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._slow_gate = asyncio.Semaphore(
            _SLOW_AT_ONCE
        )  # those that did not answer last time wait for each other only
        self._sequence, self._send_full = int(time.time()), True
        self._unanswered: _Report | None = None
        self._ended_before = self._spool.ended()
        self._parents: frozenset[str] = frozenset()
        self._probed: dict[str, tuple[int, bool]] = {}

    def stop(self) -> None:
        """End `run` after what was read is on disk."""
        self._stopping.set()

    async def run(self) -> None:
        """Read until stopped."""
        collect_garbage_seldom()
        engine, prober = open_engine(self._options.engine), Prober()
        self._tools = Tools(PollContext(engine), prober, self._options.budget_s)
        self._load_kept()
        tasks = [
            asyncio.create_task(loop()) for loop in (self._keep_assignment, self._keep_ticking, self._keep_reporting)
        ]
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()  # a loop of ours ended by itself: let the reason out
        finally:
            await self._close(tasks, engine, prober)

    async def _close(self, tasks: list[asyncio.Task[None]], engine: UdpEngine, prober: Prober) -> None:
        readers = [task for _, task in self._watches.values()]
        for task in (*tasks, *readers):
            task.cancel()
        await asyncio.gather(*tasks, *readers, return_exceptions=True)
        await self._tick()
        if self._forwarder is not None:
            await asyncio.to_thread(self._forwarder.stop)
        engine.close()
        prober.close()
        self._spool.close()
        await self._centre.close()

    # --- what to read ---

    def _load_kept(self) -> None:
        """Begin with the assignment on disk, so that the centre need not be there."""
        try:
            if (kept := self._files.assignment()) is not None:
                self._take_assignment(kept)
        except VentspilsError as error:
            log.warning("kept_assignment_not_used", reason=str(error))

    async def _keep_assignment(self) -> None:
        while True:
            try:
                found = await self._centre.assignment(self._assignment.tag if self._assignment else "")
                if found is not None:
                    document, tag = found
                    self._take_assignment(read_assignment(document, self._files.keys, tag))
                    self._files.save_assignment(document, tag)
            except Exception as error:  # noqa: BLE001 - whatever came, the assignment that is known goes on
                log.warning("assignment_not_taken", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(_ASSIGNMENT_EVERY_S if self._assignment else 1.0)

    def _take_assignment(self, assignment: Assignment) -> None:
        before, self._assignment = self._assignment, assignment
        if before is None or before.destination != assignment.destination:
            self._redirect(assignment)
        changed = (
            before is None or before.interval_s != assignment.interval_s or before.communities != assignment.communities
        )
        for device_id in list(self._watches):
            watch, task = self._watches[device_id]
            if changed or assignment.devices.get(device_id) != watch.device:
                task.cancel()
                del self._watches[device_id]
        for device in assignment.devices.values():
            if device.device_id not in self._watches:
                watch = DeviceWatch(device, self._target(device, assignment))
                task = asyncio.create_task(self._keep_reading(watch, assignment.interval_s))
                self._watches[device.device_id] = (watch, task)
        self._evaluator.set_policies(assignment.policies, [watch for watch, _ in self._watches.values()])
        self._spool.keep_ended(assignment.devices)
        self._parents = frozenset(d.parent_id for d in assignment.devices.values() if d.parent_id is not None)
        self._probed = {device: state for device, state in self._probed.items() if device in self._parents}
        log.info("assignment_taken", devices=len(assignment.devices), interval_s=assignment.interval_s)

    def _redirect(self, assignment: Assignment) -> None:
        old = self._forwarder
        self._forwarder = Forwarder(self._spool, assignment.destination)
        self._forwarder.start()
        if old is not None:
            self._stopping_old = asyncio.create_task(asyncio.to_thread(old.stop))

    def _target(self, device: AssignedDevice, assignment: Assignment) -> Target | None:
        if device.credential is None:
            return None
        secret, pace = assignment.communities[device.credential], Pace(timeout_s=self._options.timeout_s)
        return Target((device.host, device.port), device.version, secret, pace=pace)

    # --- reading ---

    async def _keep_reading(self, watch: DeviceWatch, interval_s: int) -> None:
        """Read one device at its second of every interval; a slot that passed meanwhile is said to have."""
        offset_s = stable_offset_s(watch.device.device_id, interval_s)
        slot_s = next_slot_s(self._clock.now_s(), offset_s, interval_s)
        if (last_s := self._ended_before.pop(watch.device.device_id, None)) is not None:
            first_s = next_slot_s(last_s, offset_s, interval_s)
            self._miss(watch, range(first_s, slot_s, interval_s), "the collector was not running")
        while True:
            await asyncio.sleep(max(0.0, self._clock.monotonic_of(slot_s) - time.monotonic()))
            if self._clock.now_s() - slot_s > interval_s:  # the clock was set forward while this device waited
                passed_s, slot_s = slot_s, next_slot_s(self._clock.now_s(), offset_s, interval_s)
                self._miss(watch, range(passed_s, slot_s, interval_s), "the clock was set forward")
                continue
            await self._read_slot(watch, slot_s)
            following_s = next_slot_s(max(self._clock.now_s(), slot_s), offset_s, interval_s)
            passed = range(slot_s + interval_s, following_s, interval_s)
            self._miss(watch, passed, "the reading before took too long")
            slot_s = following_s

    async def _read_slot(self, watch: DeviceWatch, slot_s: int) -> None:
        """Bring a slot that has come to its end, also when the reading is broken off."""
        try:
            async with self._slow_gate if watch.backoff.failures else self._gate:
                delay_s = self._clock.now_s() - slot_s
                outcome = await self._read(watch, slot_s)
        except asyncio.CancelledError:
            why = "the collector was stopped" if self._stopping.is_set() else "the assignment changed meanwhile"
            self._outcomes.append(Outcome(watch, slot_s, End.NOT_POLLED, why))
            raise
        outcome.delay_ms = round(delay_s * 1000)
        self._ledger.late += delay_s > _LATE_S
        self._outcomes.append(outcome)

    def _miss(self, watch: DeviceWatch, slots_s: range, why: str) -> None:
        """Give slots that passed their end: each its own, or many of them one count together."""
        if len(slots_s) > _MOST_MISSED_SINGLY:
            self._ledger.add(End.NOT_POLLED, why, count=len(slots_s))
        else:
            self._outcomes += [Outcome(watch, slot_s, End.NOT_POLLED, why) for slot_s in slots_s]

    async def _read(self, watch: DeviceWatch, slot_s: int) -> Outcome:
        """Read a device; a mistake of ours ends its slot with that reason and no other device's."""
        try:
            return await watch.read(slot_s, self._tools)
        except Exception:
            log.exception("reading_failed", device=watch.device.name)
            return Outcome(watch, slot_s, End.FAILED, "internal error, see the log")

    async def _keep_ticking(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            try:
                await self._tick()
            except Exception:
                log.exception("tick_failed")

    async def _tick(self) -> None:
        """Turn what was read since the last tick into lines on disk and changes of conditions."""
        now_s = int(self._clock.now_s())
        try:
            self._check_self(now_s)
            self._files.beat()
        except Exception:
            log.exception("not_judged_itself")  # what was read goes on to the spool all the same
        outcomes, self._outcomes = self._outcomes, []
        if not outcomes:
            return
        for outcome in outcomes:
            self._ledger.add(outcome.end, outcome.reason)
            device_id = outcome.watch.device.device_id
            if device_id in self._parents and (answered := outcome.answered) is not None:
                self._probed[device_id] = (outcome.slot_s, answered)
        lines = self._evaluate(outcomes, now_s)
        ended = {outcome.watch.device.device_id: outcome.slot_s for outcome in outcomes}
        await asyncio.to_thread(self._spool.append, lines, now_s=now_s, ended=ended)

    def _evaluate(self, outcomes: list[Outcome], now_s: int) -> bytes:
        """
        Return the lines of outcomes; where all together fail, one by one, so that a single one takes no other's points
        along.
        """
        try:
            lines, changes = self._evaluator.evaluate(outcomes, now_s)
        except Exception:
            log.exception("evaluation_failed", outcomes=len(outcomes))
            if len(outcomes) == 1:
                (lost,) = outcomes
                failed = Outcome(lost.watch, lost.slot_s, End.FAILED, "internal error, see the log")
                return self._evaluator.evaluate([failed], now_s)[0]
            return b"".join(self._evaluate([outcome], now_s) for outcome in outcomes)
        self._changes.raised += changes.raised
        self._changes.cleared += changes.cleared
        return lines

    def _check_self(self, now_s: int) -> None:
        """Judge the collector itself: its clock, its spool, its way to the store."""
        self._clock.follow()
        behind_s = self._clock.wrong_by_s()
        clock = f"The clock was set back by {behind_s:.0f} s." if behind_s > CLOCK_TOLERANCE_S else None
        state = self._spool.state()
        full = f"The spool is {state.fill_pct:.0f} % full." if state.fill_pct >= _SPOOL_WARN_PCT else None
        if state.in_memory:
            full = "The spool cannot be written; points wait in memory."
        trouble = self._forwarder.state.trouble if self._forwarder else None
        for rule, sentence in ((Rule.CLOCK, clock), (Rule.SPOOL, full or self._spool.damage), (Rule.STORE, trouble)):
            self._evaluator.set_own(rule, "collector", sentence, now_s, self._changes)

    # --- reporting ---

    async def _keep_reporting(self) -> None:
        while True:
            await asyncio.sleep(self._assignment.interval_s if self._assignment else 5)
            await self._report()

    async def _report(self) -> None:
        """
        Tell the centre how the slots ended and what changed; what could not be told is told in full
        the next time.
        """
        report = self._make_report()
        self._show(report.ledger)
        try:
            if self._unanswered is not None:  # the centre may have it; it knows by the sequence
                await self._centre.report(self._unanswered.document)
            self._unanswered = report
            self._send_full = await self._centre.report(report.document)
            self._unanswered = None
        except UnavailableError as error:
            log.warning("report_not_sent", reason=str(error))
            self._send_full = True
            if self._unanswered is not report:
                self._ledger.merge(report.ledger)
        except UsageError as error:
            log.error("report_refused", reason=str(error))
            refused, self._unanswered, self._send_full = self._unanswered, None, True
            for lost in {id(r): r for r in (refused, report) if r is not None}.values():
                self._ledger.merge(lost.ledger)

    def _make_report(self) -> "_Report":
        ledger, self._ledger = self._ledger, Ledger()
        changes, self._changes = self._changes, Changes()
        conditions = list(self._evaluator.conditions.values())
        self._sequence += 1
        state = self._spool.state()
        document: dict[str, Any] = {
            "sequence": self._sequence,
            "first": self._send_full,
            "digest": digest(conditions),
            "ends": {end.value: count for end, count in ledger.ends.items()},
            "reasons": dict(ledger.reasons.most_common(50)),
            "late": ledger.late,
            "parents": self._probed,
            "spool": {
                "points": state.points,
                "fill_pct": round(state.fill_pct, 2),
                "lost": state.lost_points,
                "oldest_s": state.oldest_s,
            },
        }
        if self._send_full:
            document["full"] = [asdict(c) for c in conditions]
        else:
            document |= _settle(changes, self._evaluator.conditions)
        return _Report(document, ledger)

    def _show(self, ledger: Ledger) -> None:
        if self._on_status is not None:
            state = self._spool.state()
            sent = self._forwarder.state.sent_points if self._forwarder else 0
            ends = {end.value: count for end, count in ledger.ends.items()}
            self._on_status(
                Status(ends, dict(ledger.reasons), ledger.late, len(self._evaluator.conditions), state.points, sent)
            )


def _settle(changes: Changes, conditions: dict[tuple[str, str, str], Condition]) -> dict[str, list[dict[str, Any]]]:
    """Return what changed in the end, however often it changed meanwhile."""
    touched = {condition.key: condition for condition in (*changes.raised, *changes.cleared)}
    return {
        "raised": [asdict(conditions[key]) for key in touched if key in conditions],
        "cleared": [asdict(condition) for key, condition in touched.items() if key not in conditions],
    }
