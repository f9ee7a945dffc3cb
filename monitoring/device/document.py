"""The document that `ventspils device inspect --json` prints."""

from typing import Any  # a JSON document

from monitoring.device.inspection import Inspection
from monitoring.device.ports import ADMIN_STATUS, GAUGES, IF_TYPES, OPER_STATUS, Ports, octets
from monitoring.device.readings import LIMITS, Pool
from monitoring.snmp import name_of

Json = dict[str, Any]


def describe(inspection: Inspection) -> Json:
    """Return an inspection as plain data, keys as promised in docs/operations."""
    readings, identity = inspection.readings, inspection.readings.identity
    return {
        "device": {
            "address": name_of(inspection.target.address),
            "sys_object_id": inspection.system.get("sys_object_id"),
            "sys_descr": inspection.system.get("sys_descr"),
            "sys_name": inspection.system.get("sys_name"),
            "vendor": inspection.vendor,
            "model": identity.get("model"),
            "version": identity.get("version"),
            "serial": identity.get("serial"),
            "uptime_s": inspection.uptime_s,
            "profiles": [profile.spec.name for profile in inspection.profiles],
        },
        "ports": _describe_ports(inspection.ports, inspection.port_texts) if inspection.ports else [],
        "sensors": [
            {
                "class": sensor.sensor_class,
                "unit": sensor.unit,
                "name": sensor.name,
                "oid": sensor.oid,
                "value": sensor.value,
                "state": sensor.state,
                "severity": sensor.severity,
                "limits": {key: sensor.limits.get(key) for key in LIMITS} | {"source": sensor.limits_source},
            }
            for sensor in readings.sensors
        ],
        "processors": [{"name": p.name, "oid": p.oid, "usage_pct": p.usage_pct} for p in readings.processors],
        "memory": [_describe_pool(pool) for pool in readings.pools if pool.kind == "memory"],
        "storage": [_describe_pool(pool) for pool in readings.pools if pool.kind == "storage"],
        "supplies": [],
        "neighbours": [],
        "problems": inspection.problems,
        "requests": inspection.requests,
        "duration_s": round(inspection.duration_s, 3),
    }


def _describe_pool(pool: Pool) -> Json:
    return {
        "name": pool.name,
        "kind": pool.kind,
        "oid": pool.oid,
        "total_bytes": pool.total_bytes,
        "used_bytes": pool.used_bytes,
        "used_pct": pool.used_pct,
    }


def _describe_ports(ports: Ports, texts: dict[str, list[str]]) -> list[Json]:
    (octets_in, valid_in), (octets_out, valid_out) = octets(ports, "In"), octets(ports, "Out")

    def gauge(row: int, name: str) -> int | None:
        position = GAUGES.index(name)
        return int(ports.gauges[row, position]) if ports.gauges_valid[row, position] else None

    return [
        {
            "index": index,
            "name": texts["ifName"][row] or texts["ifDescr"][row] or ports.names[row],
            "descr": texts["ifDescr"][row],
            "alias": texts["ifAlias"][row],
            "mac": texts["ifPhysAddress"][row] or None,
            "type": _named(gauge(row, "ifType"), IF_TYPES),
            "speed_bps": int(ports.speed_bps[row]) or None,
            "mtu": gauge(row, "ifMtu"),
            "admin": _named(gauge(row, "ifAdminStatus"), ADMIN_STATUS),
            "oper": _named(gauge(row, "ifOperStatus"), OPER_STATUS),
            "in_octets": int(octets_in[row]) if valid_in[row] else None,
            "out_octets": int(octets_out[row]) if valid_out[row] else None,
        }
        for row, index in enumerate(ports.indexes)
    ]


def _named(number: int | None, names: dict[int, str]) -> str | None:
    return None if number is None else names.get(number, str(number))
