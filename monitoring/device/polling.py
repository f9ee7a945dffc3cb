"""
Polling one device: the columns that change, side by side, with the port's name among them.

The name travels with the numbers, so a value can never land on another port than it was read from, however a device
renumbers. Columns that a device does not have are learned from its first answers and not asked for again.
"""

import asyncio
import gc
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from monitoring.device.ports import Ports, build_ports, read_texts, unique_names
from monitoring.device.readings import Readings, WalkedTable, evaluate
from monitoring.device.recognition import recognise, vendor_of
from monitoring.profiles import CompiledProfile, CompiledTable, Interval, standard_profiles
from monitoring.snmp import (
    TIME_TICKS,
    Cells,
    Column,
    Engine,
    InvalidValueError,
    PduType,
    Rows,
    Target,
    align,
    encode_oid,
    expect,
    read_number,
    read_rows,
    walk_columns,
)

_SYS_UPTIME_COLUMN, _SYS_UPTIME = encode_oid("1.3.6.1.2.1.1.3"), encode_oid("1.3.6.1.2.1.1.3.0")
# Read on every poll.
FAST_COLUMNS = (
    "ifName",
    "ifHCInOctets",
    "ifHCInUcastPkts",
    "ifHCInMulticastPkts",
    "ifHCInBroadcastPkts",
    "ifHCOutOctets",
    "ifHCOutUcastPkts",
    "ifHCOutMulticastPkts",
    "ifHCOutBroadcastPkts",
    "ifHighSpeed",
    "ifAdminStatus",
    "ifOperStatus",
    "ifInDiscards",
    "ifInErrors",
    "ifOutDiscards",
    "ifOutErrors",
)
_NARROW_COLUMNS = ("ifInOctets", "ifInUcastPkts", "ifOutOctets", "ifOutUcastPkts")
_WIDE_COLUMNS = ("ifHCInOctets", "ifHCInUcastPkts", "ifHCOutOctets", "ifHCOutUcastPkts")


IF_MIB = "IF-MIB"
_OF_PORTS = "interface:"


def port_columns() -> dict[str, bytes]:
    """Return the columns of IF-MIB by name."""
    tables = next(p for p in standard_profiles() if p.spec.name == IF_MIB).tables
    return {name: oid for table in tables for name, oid in table.columns.items()}


def collect_garbage_seldom() -> None:
    """Let the interpreter look for reference cycles seldom: reading devices makes many objects and no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


@dataclass
class PollPlan:
    """What to ask a device, learned from its answers and kept between polls."""

    target: Target
    hostname: str = ""
    profiles: list[CompiledProfile] = field(default_factory=list)
    model: tuple[str, str] = ("", "")
    port_columns: list[str] = field(default_factory=list)
    rows: Rows | None = None
    asks_along: bool = True
    name_octets: list[bytes] | None = None
    names: list[str] = field(default_factory=list)

    def tables(self, intervals: Collection[Interval]) -> list[CompiledTable]:
        """Return the tables of interval classes that are not the ports', and the tables whose columns those need."""
        chosen = []
        for profile in self.profiles:
            if profile.spec.name == IF_MIB:
                continue
            due = [table for table in profile.tables if table.interval in intervals]
            needed = {name for table in due for name in table.spec.join}
            chosen += [table for table in profile.tables if table in due or table.spec.name in needed]
        return chosen


@dataclass
class Poll:
    """
    What one poll brought. `partly` names what could not be read and why.

    `received_s` is when sysUpTime came, `counted_s` the middle of the time in which the ports were read, both in loop
    time.
    """

    uptime_s: float | None = None
    received_s: float = 0.0
    counted_s: float = 0.0
    ports: Ports | None = None
    readings: Readings | None = None
    partly: list[str] = field(default_factory=list)
    values: int = 0
    requests: int = 0

    def identity(self, plan: PollPlan) -> dict[str, str]:
        """
        Return what the device says that it is, by the names of SNMPv2-MIB and of the profiles; what is not known is
        left out.
        """
        object_id, description = plan.model
        read = self.readings.identity if self.readings else {}
        told = {"sysDescr": description, "sysObjectID": object_id, "vendor": vendor_of(object_id) or ""} | read
        return {name: text for name, text in told.items() if text}

    @property
    def ports_are_whole(self) -> bool:
        """Whether all ports that the device has were read."""
        return not any(why.startswith(_OF_PORTS) for why in self.partly)

    @property
    def tables_are_whole(self) -> bool:
        """Whether all other tables that were due were read to their end."""
        return all(why.startswith(_OF_PORTS) for why in self.partly)


@dataclass(frozen=True)
class PollContext:
    """What all polls share: who asks, the columns of IF-MIB, and what was learned of each model of device."""

    engine: Engine
    columns: dict[str, bytes] = field(default_factory=port_columns)
    models: dict[tuple[str, str], tuple[list[str], Rows]] = field(default_factory=dict)


async def make_plan(
    context: PollContext, target: Target, *, deadline: float, with_discontinuity: bool = True
) -> tuple[PollPlan, Poll]:
    """
    Recognise a device and return its plan, with a poll that holds only the uptime.

    Args:
        context: Asks and remembers.
        target: The device.
        deadline: Loop time to give up.
        with_discontinuity: Read ifCounterDiscontinuityTime too, which rates need.

    Raises:
        NoAnswerError: the device did not answer.
        AgentError: the device refuses.
    """
    system, uptime_s, profiles = await recognise(context.engine, target, deadline=deadline)
    plan = PollPlan(target, system.get("sys_name", ""), profiles)
    plan.model = (system.get("sys_object_id", ""), system.get("sys_descr", ""))
    if any(profile.spec.name == IF_MIB for profile in profiles):
        plan.port_columns = [*FAST_COLUMNS, *(["ifCounterDiscontinuityTime"] if with_discontinuity else [])]
        if plan.model in context.models:
            plan.port_columns, plan.rows = context.models[plan.model]
    received_s = asyncio.get_running_loop().time()
    return plan, Poll(uptime_s, received_s, values=1 if uptime_s is not None else 0, requests=1)


async def read_uptime(engine: Engine, target: Target, *, deadline: float) -> Poll:
    """
    Ask for sysUpTime alone: one cheap question that tells whether the device answers.

    Raises:
        NoAnswerError: the device did not answer.
        AgentError: the device refuses.
    """
    answer = await engine.ask(target, PduType.GET, (_SYS_UPTIME,), deadline=deadline)
    poll = Poll(received_s=asyncio.get_running_loop().time(), requests=1)
    _take_uptime(poll, answer.tags[0], answer.contents[0])
    return poll


def _take_uptime(poll: Poll, tag: int, content: bytes) -> None:
    try:
        ticks = read_number(tag, content) if tag == TIME_TICKS else None
    except InvalidValueError:
        ticks = None
    if ticks is not None:
        poll.uptime_s = ticks / 100
        poll.values += 1


async def read_known(context: PollContext, plan: PollPlan, *, deadline: float) -> Poll | None:
    """
    Return a poll of sysUpTime and the expected rows, asked for together.

    None where the device has other rows, answers no wide questions or none at all; it is then to be asked step by step.
    """
    if plan.rows is None or not plan.asks_along:
        return None
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    cells = await read_rows(context.engine, plan.target, plan.rows, deadline=deadline, scalar=_SYS_UPTIME_COLUMN)
    if cells is None or cells.scalar is None:
        plan.asks_along = False  # until it is next looked at whole, so that nothing is asked in vain at every reading
        return None
    poll = Poll(received_s=cells.scalar_s)
    _take_uptime(poll, *cells.scalar)
    _take_expected(plan, plan.rows, poll, cells)
    poll.counted_s = (started_s + loop.time()) / 2
    return poll


async def read_ports(context: PollContext, plan: PollPlan, poll: Poll, *, deadline: float) -> None:
    """Read the port columns of a plan into a poll: the rows that are expected, or else whatever rows there are."""
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    await _read_some_rows(context, plan, poll, deadline)
    poll.counted_s = (started_s + loop.time()) / 2


async def _read_some_rows(context: PollContext, plan: PollPlan, poll: Poll, deadline: float) -> None:
    if plan.rows is not None and await _read_expected(context, plan, plan.rows, poll, deadline):
        return
    walked = await _walk(context, plan, poll, plan.port_columns, deadline)
    if (more := _also_needed(plan.port_columns, walked)) and not poll.partly:
        walked |= await _walk(context, plan, poll, more, deadline)
        plan.port_columns = [c for c in (*plan.port_columns, *more) if walked[c].names]
    table = align(list(walked.values()))
    tags, contents = table.cells()
    _take_cells(plan, poll, table.indexes, list(walked), tags, contents)
    if not poll.partly:
        columns = tuple(context.columns[name] for name in plan.port_columns)
        plan.rows = expect(columns, tuple(table.indexes)) if table.indexes else None
        if plan.rows is not None:
            context.models[plan.model] = (plan.port_columns, plan.rows)


async def _read_expected(context: PollContext, plan: PollPlan, rows: Rows, poll: Poll, deadline: float) -> bool:
    cells = await read_rows(context.engine, plan.target, rows, deadline=deadline)
    if cells is None:
        return False
    _take_expected(plan, rows, poll, cells)
    return True


def _take_expected(plan: PollPlan, rows: Rows, poll: Poll, cells: Cells) -> None:
    poll.requests += cells.requests
    poll.values += len(cells.tags)
    _take_cells(plan, poll, rows.indexes, plan.port_columns, cells.tags, cells.contents)


def _take_cells(
    plan: PollPlan, poll: Poll, indexes: Sequence[bytes], columns: list[str], tags: list[int], contents: list[bytes]
) -> None:
    """Make the ports of cells; their names are made anew only when the octets they come from changed."""
    width = len(columns)
    places = {name: columns.index(name) for name in ("ifName", "ifDescr") if name in columns}
    octets = [content for place in places.values() for content in contents[place::width]]
    if plan.name_octets != octets or len(plan.names) != len(indexes):
        nothing = [""] * len(indexes)
        texts = {name: read_texts(tags[k::width], contents[k::width]) for name, k in places.items()}
        plan.name_octets = octets
        plan.names = unique_names(texts.get("ifName", nothing), texts.get("ifDescr", nothing), indexes)
    poll.ports = build_ports(indexes, columns, tags, contents, plan.names)


async def _walk(
    context: PollContext, plan: PollPlan, poll: Poll, names: list[str], deadline: float
) -> dict[str, Column]:
    walk = await walk_columns(context.engine, plan.target, [context.columns[name] for name in names], deadline=deadline)
    poll.requests += walk.requests
    poll.values += sum(len(column.names) for column in walk.columns)
    if walk.stopped:
        poll.partly.append(f"{_OF_PORTS} {walk.stopped}")
    return dict(zip(names, walk.columns, strict=True))


def _also_needed(asked: list[str], walked: dict[str, Column]) -> list[str]:
    """Return the columns whose need shows in the answer: 32-bit counters, ifSpeed, ifDescr."""
    rows = max((len(column.names) for column in walked.values()), default=0)
    more: list[str] = []
    if rows == 0 or any(len(walked[name].names) < rows for name in _WIDE_COLUMNS if name in walked):
        more += _NARROW_COLUMNS
    if not walked["ifHighSpeed"].names if "ifHighSpeed" in walked else "ifSpeed" not in asked:
        more.append("ifSpeed")
    contents = walked["ifName"].contents if "ifName" in walked else []
    if len(contents) < rows or len(set(contents)) < len(contents) or not all(contents):
        more.append("ifDescr")
    return [name for name in more if name not in asked]


async def read_tables(
    engine: Engine, target: Target, tables: list[CompiledTable], poll: Poll, *, deadline: float
) -> None:
    """Read the tables of the given profiles into a poll's readings."""
    walked = []
    for table in tables:
        spec = table.spec
        limit = 1 if spec.scalars else spec.max_rows
        columns = list(table.columns.values())
        walk = await walk_columns(engine, target, columns, deadline=deadline, max_rows=limit, unordered=spec.unordered)
        poll.requests += walk.requests
        poll.values += sum(len(column.names) for column in walk.columns)
        if walk.stopped and not (spec.scalars and walk.is_capped):
            poll.partly.append(f"{table.profile} {spec.name}: {walk.stopped}")
        walked.append(WalkedTable(table, dict(zip(table.columns, walk.columns, strict=True))))
    poll.readings = evaluate(walked)


async def read_aliases(context: PollContext, plan: PollPlan, poll: Poll, *, deadline: float) -> dict[str, str] | None:
    """Return ifAlias of the ports by the port's name; None where it could not be read."""
    if poll.ports is None:
        return {}
    walk = await walk_columns(context.engine, plan.target, [context.columns["ifAlias"]], deadline=deadline)
    poll.requests += walk.requests
    if walk.stopped:
        return None
    (column,) = walk.columns
    texts = dict(zip(column.suffixes, read_texts(column.tags, column.contents), strict=True))
    return {name: texts.get(suffix, "") for name, suffix in zip(poll.ports.names, poll.ports.suffixes, strict=True)}
