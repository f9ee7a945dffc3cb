"""Asking one device everything that the profiles know to ask."""

import asyncio
import time
from dataclasses import dataclass, field

from monitoring.device.ports import Ports, build_ports, read_texts, unique_names
from monitoring.device.readings import Readings, WalkedTable, evaluate
from monitoring.device.recognition import recognise, vendor_of
from monitoring.profiles import CompiledProfile, CompiledTable
from monitoring.snmp import Column, Engine, Target, align, walk_columns


@dataclass
class Inspection:
    """What one device said; `problems` tell what could not be read and why."""

    target: Target
    system: dict[str, str] = field(default_factory=dict)
    uptime_s: float | None = None
    profiles: list[CompiledProfile] = field(default_factory=list)
    ports: Ports | None = None
    port_texts: dict[str, list[str]] = field(default_factory=dict)
    readings: Readings = field(default_factory=Readings)
    problems: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    duration_s: float = 0.0

    @property
    def vendor(self) -> str | None:
        """The maker, by what the device says or by its enterprise number."""
        return self.readings.identity.get("vendor") or vendor_of(self.system.get("sys_object_id", ""))


async def inspect(engine: Engine, target: Target, *, budget_s: float = 60.0) -> Inspection:
    """
    Read everything the profiles know from one device.

    Args:
        engine: Asks.
        target: The device.
        budget_s: Seconds after which reading stops with what there is.

    Raises:
        NoAnswerError: the device did not answer the very first question.
    """
    loop, started = asyncio.get_running_loop(), time.monotonic()
    deadline = loop.time() + budget_s
    result = Inspection(target)
    result.system, result.uptime_s, result.profiles = await recognise(engine, target, deadline=deadline)
    walked: list[WalkedTable] = []
    port_columns: dict[str, Column] = {}
    for profile in result.profiles:
        for table in profile.tables:
            columns = await _read_table(engine, target, table, result, deadline)
            walked.append(WalkedTable(table, columns))
            if profile.spec.name == "IF-MIB":
                port_columns |= columns
    result.ports, result.port_texts = _assemble_ports(port_columns)
    result.readings = evaluate(walked)
    result.duration_s = time.monotonic() - started
    return result


async def _read_table(
    engine: Engine, target: Target, table: CompiledTable, result: Inspection, deadline: float
) -> dict[str, Column]:
    """Walk a profile's table; what stops the walk becomes a problem of the inspection."""
    spec = table.spec
    walk = await walk_columns(
        engine,
        target,
        list(table.columns.values()),
        deadline=deadline,
        max_rows=1 if spec.scalars else spec.max_rows,
        unordered=spec.unordered,
    )
    result.requests += walk.requests
    if walk.stopped and not (spec.scalars and walk.is_capped):
        result.problems.append({"what": f"{table.profile} {spec.name}", "why": walk.stopped})
    return dict(zip(table.columns, walk.columns, strict=True))


def _assemble_ports(columns: dict[str, Column]) -> tuple[Ports | None, dict[str, list[str]]]:
    """Return the ports and, beside them, their texts by column name."""
    if not columns:
        return None, {}
    table = align(list(columns.values()))
    aligned = dict(zip(columns, table.columns, strict=True))
    texts = {name: read_texts(aligned[name].tags, aligned[name].contents) for name in ("ifName", "ifDescr", "ifAlias")}
    texts["ifPhysAddress"] = [content.hex(":") for content in aligned["ifPhysAddress"].contents]
    names = unique_names(texts["ifName"], texts["ifDescr"], table.indexes)
    return build_ports(table.indexes, list(aligned), *table.cells(), names), texts
