"""Watching one device: what to ask in a slot, and how the slot ended."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass, field, replace

from monitoring.collector.assignment import AssignedDevice
from monitoring.collector.slots import Backoff, End
from monitoring.device import (
    Poll,
    PollContext,
    PollPlan,
    Prober,
    Reachability,
    make_plan,
    read_aliases,
    read_known,
    read_ports,
    read_tables,
    read_uptime,
)
from monitoring.errors import AgentError, NoAnswerError
from monitoring.profiles import Interval
from monitoring.snmp import Target

NORMAL_EVERY_S = 300
INVENTORY_EVERY_S = 3600
_LOOK_UP_S = 5.0


@dataclass
class Outcome:
    """How a slot of a device ended, and what it brought."""

    watch: "DeviceWatch"
    slot_s: int
    end: End
    reason: str = ""
    poll: Poll | None = None
    reachability: Reachability | None = None
    delay_ms: int = 0

    @property
    def answered(self) -> bool | None:
        """Whether the device gave any sign of life; None where it was not asked."""
        if self.reachability is not None:
            return self.reachability.is_reachable
        return None if self.end is End.NOT_POLLED else self.end is not End.FAILED


@dataclass(frozen=True)
class Tools:
    """What all watches share."""

    context: PollContext
    prober: Prober
    budget_s: float


@dataclass
class DeviceWatch:
    """A device, and what was learned of it."""

    device: AssignedDevice
    target: Target | None
    plan: PollPlan | None = None
    backoff: Backoff = field(default_factory=Backoff)
    aliases: dict[str, str] = field(default_factory=dict)
    fresh_aliases: bool = False
    identity: dict[str, str] | None = None
    next_normal_s: int = 0
    next_inventory_s: int = 0
    address: str = ""
    look_up_at_s: float = 0.0

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything that is measured of it."""
        return self.device.tags | {"hostname": self.plan.hostname if self.plan else ""}

    async def read(self, slot_s: int, tools: Tools) -> Outcome:
        """Read the device once; whatever happens ends in an outcome."""
        if not await self._find_address():
            return Outcome(self, slot_s, End.FAILED, "its name cannot be resolved")
        async with asyncio.TaskGroup() as both:
            reach = both.create_task(self._probe(tools))
            outcome = await self._read_snmp(slot_s, tools)
        outcome.reachability = reachability = reach.result()
        if self.target is None and reachability is not None and not reachability.is_reachable:
            outcome.end, outcome.reason = End.FAILED, "unreachable"
        return outcome

    async def _probe(self, tools: Tools) -> Reachability | None:
        kind, _, port = self.device.reach.partition(":")
        if kind == "none":
            return None
        return await tools.prober.probe(self.address, tcp_port=int(port) if kind == "tcp" else None)

    async def _find_address(self) -> bool:
        """
        Look a host name up now and then, without holding anybody else up; return whether there is
        an address to ask.
        """
        if self._is_address():
            return True
        loop = asyncio.get_running_loop()
        if self.address and loop.time() < self.look_up_at_s:
            return True
        try:
            async with asyncio.timeout(_LOOK_UP_S):
                found = await loop.getaddrinfo(self.device.host, None, type=socket.SOCK_DGRAM)
        except (OSError, TimeoutError, UnicodeError):
            return bool(self.address)  # the last one that is known goes on
        self.address, self.look_up_at_s = str(found[0][4][0]), loop.time() + NORMAL_EVERY_S
        if self.target is not None:
            self.target = replace(self.target, address=(self.address, self.device.port))
            if self.plan is not None:
                self.plan.target = self.target
        return True

    def _is_address(self) -> bool:
        if self.address == self.device.host:
            return True
        try:
            ipaddress.ip_address(self.device.host)
        except ValueError:
            return False
        self.address = self.device.host
        return True

    async def _read_snmp(self, slot_s: int, tools: Tools) -> Outcome:
        if self.target is None:
            return Outcome(self, slot_s, End.STORED)
        if not self.backoff.is_due():
            return Outcome(self, slot_s, End.NOT_POLLED, "does not answer, asked again later")
        deadline = asyncio.get_running_loop().time() + tools.budget_s
        try:
            poll = await self._poll(self.target, slot_s, tools.context, deadline)
        except (NoAnswerError, AgentError) as error:
            self.backoff.record(answered=False)
            return Outcome(self, slot_s, End.FAILED, "no answer" if isinstance(error, NoAnswerError) else "agent error")
        self.backoff.record(answered=True)
        if poll.partly:
            return Outcome(self, slot_s, End.PARTLY, "; ".join(poll.partly), poll)
        return Outcome(self, slot_s, End.STORED, "", poll)

    async def _poll(self, target: Target, slot_s: int, context: PollContext, deadline: float) -> Poll:
        is_inventory = self.plan is None or slot_s >= self.next_inventory_s
        if self.plan is None or is_inventory:
            plan, poll = await self._look_anew(target, context, deadline)
        else:
            plan = self.plan
            known = None if self.backoff.failures else await read_known(context, plan, deadline=deadline)
            poll = known or await self._read_steps(plan, context, deadline)
        due = {Interval.FAST}
        if slot_s >= self.next_normal_s:
            due.add(Interval.NORMAL)
            self.next_normal_s = slot_s + NORMAL_EVERY_S
        if is_inventory:
            due.add(Interval.INVENTORY)
        if tables := plan.tables(due):
            await read_tables(context.engine, target, tables, poll, deadline=deadline)
        if is_inventory:
            self.identity = poll.identity(plan)
            if poll.ports_are_whole:
                self.next_inventory_s = slot_s + INVENTORY_EVERY_S
        return poll

    async def _look_anew(self, target: Target, context: PollContext, deadline: float) -> tuple[PollPlan, Poll]:
        """Learn again what the device is, and read it."""
        self.plan, poll = await make_plan(context, target, deadline=deadline)
        if self.plan.port_columns:
            await read_ports(context, self.plan, poll, deadline=deadline)
            aliases = await read_aliases(context, self.plan, poll, deadline=deadline)
            if aliases is None:
                poll.partly.append("interface: ifAlias could not be read")
            elif aliases != self.aliases or not self.fresh_aliases:
                self.aliases, self.fresh_aliases = aliases, True
        return self.plan, poll

    async def _read_steps(self, plan: PollPlan, context: PollContext, deadline: float) -> Poll:
        """Ask first whether the device answers at all, then for its ports."""
        poll = await read_uptime(context.engine, plan.target, deadline=deadline)
        if plan.port_columns:
            await read_ports(context, plan, poll, deadline=deadline)
        return poll
