"""One round over many devices, from a list of targets to points: `ventspils sweep once`."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import structlog

from monitoring.device import Poll, PollContext, PollPlan, collect_garbage_seldom, make_plan, read_ports, read_tables
from monitoring.errors import AgentError, NoAnswerError
from monitoring.profiles import Interval
from monitoring.snmp import Engine, Target
from monitoring.telemetry import (
    PortBlock,
    device_line,
    interface_lines,
    interface_series,
    join_blocks,
    port_block,
    reading_lines,
)

log = structlog.get_logger()

_AT_ONCE = 150
_ROWS_A_BLOCK = 10_000
Sink = Callable[[bytes], Awaitable[None]]


@dataclass
class Sweep:
    """What a round did, in figures."""

    devices: int = 0
    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    values: int = 0
    points: int = 0
    written: int = 0
    duration_s: float = 0.0
    cpu_s: float = 0.0


class _SweepRound:
    """A round under way: counts, and the ports that wait to become lines together."""

    def __init__(self, engine: Engine, sink: Sink, *, budget_s: float) -> None:
        self._sink, self._budget_s = sink, budget_s
        self._context = PollContext(engine)
        self._time_s = int(time.time())
        self._blocks: list[PortBlock] = []
        self._rows = 0
        self.sweep = Sweep()

    async def read(self, target: Target, agent_host: str) -> None:
        """Read one device to an end that is known: its points, or the reason why there are none."""
        deadline = asyncio.get_running_loop().time() + self._budget_s
        try:
            plan, poll = await make_plan(self._context, target, deadline=deadline, with_discontinuity=False)
            if plan.port_columns:
                await read_ports(self._context, plan, poll, deadline=deadline)
            if tables := plan.tables({Interval.FAST, Interval.NORMAL}):
                await read_tables(self._context.engine, target, tables, poll, deadline=deadline)
        except NoAnswerError:
            self.sweep.failed["no answer"] += 1
            return
        except AgentError:
            self.sweep.failed["agent error"] += 1
            return
        except Exception:
            log.exception("reading_failed", device=agent_host)
            self.sweep.failed["internal error"] += 1
            return
        self.sweep.answered += 1
        self.sweep.values += poll.values
        await self._keep(plan, poll, agent_host)

    async def _keep(self, plan: PollPlan, poll: Poll, agent_host: str) -> None:
        tags = {"agent_host": agent_host, "hostname": plan.hostname}
        if poll.ports is not None and len(poll.ports):
            series = interface_series(tags, poll.ports.names)
            self._blocks.append(port_block(poll.ports, series, time_s=self._time_s, delay_ms=0))
            self._rows += len(series)
        text = device_line(tags, self._time_s, uptime_s=poll.uptime_s, requests=poll.requests)
        if poll.readings:
            text += reading_lines(poll.readings, tags, self._time_s)
        await self._write(text.encode())
        if self._rows >= _ROWS_A_BLOCK:
            await self.flush()

    async def flush(self) -> None:
        """Make lines of the ports that wait, and write them."""
        if self._blocks:
            blocks, self._blocks, self._rows = self._blocks, [], 0
            await self._write(interface_lines(join_blocks(blocks)))

    async def _write(self, lines: bytes) -> None:
        self.sweep.points += lines.count(b"\n")
        await self._sink(lines)


async def sweep_once(engine: Engine, targets: Sequence[tuple[Target, str]], sink: Sink, *, budget_s: float) -> Sweep:
    """
    Read every target once and hand its points, as line protocol, to the sink.

    Args:
        engine: Asks.
        targets: Devices with the name that becomes the tag `agent_host`.
        sink: Takes lines.
        budget_s: Seconds for one device.

    Returns:
        The figures; every device is in `answered` or, with its reason, in `failed`.
    """
    started, cpu = time.monotonic(), time.process_time()
    collect_garbage_seldom()
    round_ = _SweepRound(engine, sink, budget_s=budget_s)
    waiting = iter(targets)

    async def work() -> None:
        for target, agent_host in waiting:
            await round_.read(target, agent_host)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, len(targets))):
            group.create_task(work())
    await round_.flush()
    sweep = round_.sweep
    sweep.devices, sweep.duration_s, sweep.cpu_s = (
        len(targets),
        round(time.monotonic() - started, 3),
        round(time.process_time() - cpu, 3),
    )
    return sweep
