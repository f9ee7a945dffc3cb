"""
The schema of what is stored, and its line protocol, in one place.

Telegraf's names, so that dashboards made for its SNMP plugin work: measurements `interface`, `snmp`, `sensor` and
`ping`; tags `agent_host`, `hostname`, `ifName`, and our `device_id`, `agency`, `site`. Times are whole seconds, the
planned second of the slot, so that a resend overwrites. Unknown is an absent field, never zero.

Lines are made column by column with pyarrow: no Python object a value.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.device import COUNTERS, GAUGES, LIMITS, Mask, Ports, Reachability, Readings, UInt64s

INTERFACE, DEVICE, SENSOR, PING = "interface", "snmp", "sensor", "ping"
PRECISION = "s"
_MAX_SIGNED = np.uint64(2**63 - 1)
_MAX_TAG = 256
_LONGEST_TEXT = 1024
_UNSAFE_BACKSLASH = re.compile(r"\\(?=[\\,= ]|$)")
_TAG_ESCAPES = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})

# Gauges that are stored as they are; ifSpeed only serves to know the line rate.
_STORED_GAUGES = ("ifAdminStatus", "ifOperStatus", "ifHighSpeed")
# Rates, computed from the counters: our own fields beside Telegraf's.
RATES = (
    "in_bps",
    "out_bps",
    "in_pps",
    "out_pps",
    "in_multicast_pps",
    "out_multicast_pps",
    "in_broadcast_pps",
    "out_broadcast_pps",
    "in_errors_per_s",
    "out_errors_per_s",
    "in_discards_per_s",
    "out_discards_per_s",
)


@dataclass
class PortBlock:
    """
    Ports of one or many devices, row by row, ready to become lines.

    `series` holds measurement and tags, escaped; `times_s` whole seconds since 1970; the matrices have one row a port.
    """

    series: Sequence[str]
    times_s: npt.NDArray[np.int64]
    delays_ms: npt.NDArray[np.int64]
    indexes: npt.NDArray[np.int64]
    counters: UInt64s
    counters_valid: Mask
    gauges: UInt64s
    gauges_valid: Mask
    rates: npt.NDArray[np.float64] | None = None


def escape_tag(text: str) -> str:
    """
    Return a tag value as line protocol wants it.

    A backslash before a character that is escaped, or at the end, has no form there; it becomes a slash.
    """
    text = text[:_MAX_TAG]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = text.strip()
    if "\\" in text:
        text = _UNSAFE_BACKSLASH.sub("/", text)
    return text.translate(_TAG_ESCAPES)


def series_key(measurement: str, tags: Mapping[str, str | None]) -> str:
    """Return measurement and tags as a line begins; empty tags are left out, names are in order."""
    pairs = [(name, escape_tag(value)) for name, value in sorted(tags.items()) if value]
    return ",".join([measurement, *(f"{name}={value}" for name, value in pairs if value)])


def interface_series(tags: Mapping[str, str | None], names: Sequence[str]) -> list[str]:
    """Return the series key of every port of a device, given the device's tags and the ports' unique names."""
    before = series_key(INTERFACE, {name: value for name, value in tags.items() if name < "ifName"})
    after = series_key("", {name: value for name, value in tags.items() if name > "ifName"})
    return [f"{before},ifName={escape_tag(name) or '-'}{after}" for name in names]


def port_block(ports: Ports, series: Sequence[str], *, time_s: int, delay_ms: int) -> PortBlock:
    """Return the ports of one device at one time as rows."""
    rows = len(ports)
    return PortBlock(
        series,
        np.full(rows, time_s, np.int64),
        np.full(rows, delay_ms, np.int64),
        np.array(ports.indexes, np.int64),
        ports.counters,
        ports.counters_valid,
        ports.gauges,
        ports.gauges_valid,
    )


def join_blocks(blocks: Sequence[PortBlock]) -> PortBlock:
    """Return the rows of all blocks in one; none of them may have rates."""
    arrays = ("times_s", "delays_ms", "indexes", "counters", "counters_valid", "gauges", "gauges_valid")
    joined = [np.concatenate([getattr(block, name) for block in blocks]) for name in arrays]
    return PortBlock([key for block in blocks for key in block.series], *joined)


def interface_lines(block: PortBlock) -> bytes:
    """Return one line a port, each ended by a newline; a port of which nothing is known gives none."""
    fields = [
        *(_integers(name, block.counters[:, k], block.counters_valid[:, k]) for k, name in enumerate(COUNTERS)),
        *(_gauge_fields(block)),
    ]
    if block.rates is not None:
        fields += [_floats(name, block.rates[:, k]) for k, name in enumerate(RATES)]
    columns = [f for f in fields if f is not None]
    if not columns:
        return b""
    known = pc.binary_join_element_wise(*columns, ",", null_handling="skip")
    tail = pc.binary_join_element_wise(
        known, _number_field("ifIndex", block.indexes), _number_field("poll_delay_ms", block.delays_ms), ","
    )
    times = pc.binary_join_element_wise(pc.cast(pa.array(block.times_s), pa.string()), "\n", "")
    lines = pc.binary_join_element_wise(pa.array(block.series, pa.string()), tail, times, " ")
    return _text(lines.filter(pc.greater(pc.binary_length(known), 0)))


def _gauge_fields(block: PortBlock) -> list[pa.Array | None]:
    positions = [(name, GAUGES.index(name)) for name in _STORED_GAUGES]
    return [_integers(name, block.gauges[:, k], block.gauges_valid[:, k]) for name, k in positions]


def _integers(name: str, numbers: UInt64s, valid: Mask) -> pa.Array | None:
    """Return `name=123i` a row, null where unknown; None where the whole column is. Beyond 2^63 - 1 no integer fits."""
    usable = valid & (numbers <= _MAX_SIGNED)
    if not usable.any():
        return None
    text = pc.cast(pa.array(numbers, mask=None if usable.all() else ~usable), pa.string())
    return pc.binary_join_element_wise(f"{name}=", text, "i", "")


def _floats(name: str, numbers: npt.NDArray[np.float64]) -> pa.Array | None:
    known = np.isfinite(numbers)
    if not known.any():
        return None
    text = pc.cast(pa.array(np.round(numbers, 3), mask=~known), pa.string())
    return pc.binary_join_element_wise(f"{name}=", text, "")


def _number_field(name: str, numbers: npt.NDArray[np.int64]) -> pa.Array:
    return pc.binary_join_element_wise(f"{name}=", pc.cast(pa.array(numbers), pa.string()), "i", "")


def _text(lines: pa.Array) -> bytes:
    """Return the characters of all strings, one after the other, without making any of them an object."""
    if len(lines) == 0:
        return b""
    _, offsets, characters = lines.buffers()
    bounds = np.frombuffer(offsets, np.int32)[lines.offset : lines.offset + len(lines) + 1]
    return bytes(memoryview(characters)[bounds[0] : bounds[-1]])


def device_line(
    tags: Mapping[str, str | None],
    time_s: int,
    *,
    uptime_s: float | None = None,
    requests: int = 0,
    delay_ms: int = 0,
    slot: str | None = None,
    reason: str | None = None,
) -> str:
    """Return the line of a device's slot: how it ended, and sysUpTime in hundredths of a second as SNMP gives it."""
    ticks = None if uptime_s is None else round(uptime_s * 100)
    fields = {"uptime": ticks, "requests": requests, "poll_delay_ms": delay_ms, "slot": slot, "reason": reason or None}
    return line(series_key(DEVICE, tags), fields, time_s)


def identity_line(tags: Mapping[str, str | None], identity: Mapping[str, str], time_s: int) -> str:
    """Return the line with what a device says that it is, which is stored once an inventory; long texts are cut."""
    return line(series_key(DEVICE, tags), {name: text[:_LONGEST_TEXT] for name, text in identity.items()}, time_s)


def ping_line(tags: Mapping[str, str | None], time_s: int, reach: Reachability) -> str:
    """Return the line of a reachability check, with the names of Telegraf's ping plugin."""
    fields = {
        "percent_packet_loss": float(reach.loss_pct),
        "average_response_ms": reach.rtt_ms,
        "packets_transmitted": reach.sent,
        "packets_received": reach.received,
        "method": reach.method,
    }
    return line(series_key(PING, tags), fields, time_s)


def alias_lines(series: Sequence[str], aliases: Sequence[str], time_s: int) -> str:
    """Return lines with the ports' aliases, which change so seldom that they are stored once an inventory."""
    return "".join(line(key, {"ifAlias": alias}, time_s) for key, alias in zip(series, aliases, strict=True) if alias)


def reading_lines(readings: Readings, tags: Mapping[str, str | None], time_s: int) -> str:
    """Return the lines of a device's sensors, processors, memory pools and file systems."""
    lines = []
    for sensor in readings.sensors:
        fields = {
            "value": _as_float(sensor.value),
            "state": sensor.state,
            "severity": sensor.severity,
            "oid": sensor.oid,
            **{name: _as_float(sensor.limits.get(name)) for name in LIMITS},
        }
        lines.append(_sensor_line(tags, sensor.sensor_class, sensor.name, sensor.index, fields, time_s))
    for processor in readings.processors:
        fields = {"value": _as_float(processor.usage_pct), "oid": processor.oid}
        lines.append(_sensor_line(tags, "processor", processor.name, processor.index, fields, time_s))
    for pool in readings.pools:
        fields = {
            "value": pool.used_pct,
            "total_bytes": pool.total_bytes,
            "used_bytes": pool.used_bytes,
            "oid": pool.oid,
        }
        lines.append(_sensor_line(tags, pool.kind, pool.name, pool.index, fields, time_s))
    return "".join(lines)


def _sensor_line(
    tags: Mapping[str, str | None],
    kind: str,
    name: str,
    index: str,
    fields: Mapping[str, float | str | None],
    time_s: int,
) -> str:
    """
    One sensor is its class, its name, and the index of its row unless that stands in the name; a
    scalar needs none.
    """
    is_told = index == "0" or name.endswith(f" {index}")
    key = series_key(SENSOR, {**tags, "class": kind, "name": name if is_told else f"{name} {index}"})
    return line(key, fields, time_s)


def _as_float(value: float | None) -> float | None:
    return None if value is None else float(value)


def format_field(value: float | str | bool) -> str:
    """
    Return a field value as line protocol wants it.

    Raises:
        ValueError: not a finite number.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a field value must be finite")
        return repr(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
    return f'"{escaped}"'


def line(series: str, fields: Mapping[str, float | str | bool | None], time_s: int) -> str:
    """Return one line with its newline, or nothing where no field is known; for what comes in small numbers."""
    known = [f"{name}={format_field(value)}" for name, value in fields.items() if value is not None]
    return f"{series} {','.join(known)} {time_s}\n" if known else ""
