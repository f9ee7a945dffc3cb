"""Asking one device everything that the profiles know to ask."""

import asyncio
import time
from dataclasses import dataclass, field

from monitoring.device.ports import Ports, build_ports, read_texts, unique_names
from monitoring.device.readings import Readings, WalkedTable, evaluate
from monitoring.profiles import CompiledProfile, CompiledTable, standard_profiles
from monitoring.snmp import (
    TIME_TICKS,
    Column,
    Engine,
    InvalidValueError,
    Target,
    align,
    encode_oid,
    read_next,
    read_number,
    read_text,
    walk_columns,
)

_SYSTEM = {
    "sys_descr": "1.3.6.1.2.1.1.1",
    "sys_object_id": "1.3.6.1.2.1.1.2",
    "uptime": "1.3.6.1.2.1.1.3",
    "sys_name": "1.3.6.1.2.1.1.5",
}
# Vendors by IANA private enterprise number (iana.org/assignments/enterprise-numbers).
_VENDORS = {
    2: "IBM", 9: "Cisco", 11: "HP", 25: "HPE", 42: "Oracle", 43: "3Com", 171: "D-Link", 207: "Allied Telesis",
    232: "HPE",
    259: "Edgecore", 311: "Microsoft", 318: "APC", 367: "Ricoh", 368: "Axis", 476: "Vertiv", 534: "Eaton", 674: "Dell",
    705: "Eaton", 800: "Alcatel-Lucent", 890: "Zyxel", 1347: "Kyocera", 1588: "Brocade", 1602: "Canon", 1916: "Extreme",
    1991: "Ruckus", 2011: "Huawei", 2272: "Nortel", 2356: "Lancom", 2435: "Brother", 2620: "Check Point",
    2636: "Juniper",
    3375: "F5", 3401: "Konica Minolta", 3808: "CyberPower", 4413: "Broadcom", 4526: "Netgear", 5951: "Citrix",
    6027: "Dell", 6486: "Alcatel-Lucent Enterprise", 6574: "Synology", 6876: "VMware", 7367: "DrayTek",
    7779: "Infoblox",
    8072: "net-snmp", 8691: "Moxa", 8741: "SonicWall", 10704: "Barracuda", 11863: "TP-Link", 12356: "Fortinet",
    12532: "Pulse Secure", 13742: "Raritan", 14179: "Cisco", 14823: "Aruba", 14988: "MikroTik", 17049: "HW group",
    17713: "Cambium", 18334: "Konica Minolta", 20916: "AVTECH", 21796: "HW group", 21839: "Sophos",
    23867: "SAF Tehnika",
    24681: "QNAP", 25053: "Ruckus", 25461: "Palo Alto Networks", 25506: "HPE", 30065: "Arista",
    35098: "Pulse Electronics",
    35265: "Eltex", 38696: "Generex", 41112: "Ubiquiti", 47196: "HPE Aruba", 48690: "Teltonika", 50536: "iXsystems",
}  # fmt: skip


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


def vendor_of(sys_object_id: str) -> str | None:
    """Return the maker by the enterprise number in sysObjectID."""
    arcs = sys_object_id.split(".")
    return _VENDORS.get(int(arcs[6])) if len(arcs) > 6 and arcs[:6] == ["1", "3", "6", "1", "4", "1"] else None


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


async def recognise(
    engine: Engine, target: Target, *, deadline: float
) -> tuple[dict[str, str], float | None, list[CompiledProfile]]:
    """
    Return the system group's texts, seconds since the agent started, and the profiles whose objects the device has.

    Raises:
        NoAnswerError: the device did not answer.
        AgentError: the device refuses to answer anything.
    """
    profiles = standard_profiles()
    oids = [*map(encode_oid, _SYSTEM.values()), *(profile.probe for profile in profiles)]
    found = await read_next(engine, target, oids, deadline=deadline)
    system, uptime_s = {}, None
    for name, binding in zip(_SYSTEM, found, strict=False):
        if binding is None:
            continue
        _, tag, content = binding
        if name == "uptime":
            uptime_s = _uptime_s(tag, content)
        elif (text := read_text(tag, content)) is not None:
            system[name] = text
    present = [p for p, binding in zip(profiles, found[len(_SYSTEM) :], strict=True) if binding is not None]
    return system, uptime_s, [p for p in present if _fits(p, system.get("sys_object_id", ""))]


def _fits(profile: CompiledProfile, sys_object_id: str) -> bool:
    prefixes = profile.spec.sys_object_ids
    return not prefixes or any(f"{sys_object_id}.".startswith(f"{prefix}.") for prefix in prefixes)


def _uptime_s(tag: int, content: bytes) -> float | None:
    try:
        ticks = read_number(tag, content) if tag == TIME_TICKS else None
    except InvalidValueError:
        return None
    return None if ticks is None else ticks / 100


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
