"""Recognising a device: what it says of itself, who made it, and which profiles fit it."""

from monitoring.profiles import CompiledProfile, standard_profiles
from monitoring.snmp import (
    TIME_TICKS,
    Engine,
    InvalidValueError,
    Target,
    encode_oid,
    read_next,
    read_number,
    read_text,
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


def vendor_of(sys_object_id: str) -> str | None:
    """Return the maker by the enterprise number in sysObjectID."""
    arcs = sys_object_id.split(".")
    return _VENDORS.get(int(arcs[6])) if len(arcs) > 6 and arcs[:6] == ["1", "3", "6", "1", "4", "1"] else None
