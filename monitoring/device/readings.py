"""From the rows of a device's tables to sensors, processors, memory, storage and identity, by its profiles."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from monitoring.profiles import (
    SENSOR_UNITS,
    CompiledReading,
    CompiledTable,
    IdentityReading,
    PoolReading,
    ProcessorReading,
    Row,
    SensorReading,
    Value,
)
from monitoring.snmp import (
    ABSENT_TAGS,
    Column,
    InvalidValueError,
    Table,
    align,
    decode_arcs,
    decode_oid,
    read_number,
    read_text,
)

Number = int | float
LIMITS = ("low_critical", "low_warning", "high_warning", "high_critical")
_FIELD = re.compile(r"\{([a-z_|]+)\}")


@dataclass(frozen=True)
class Sensor:
    """One reading; `value` is in the unit of its class, None where the device gives no valid one."""

    sensor_class: str
    name: str
    oid: str
    value: Number | None
    state: str | None = None
    severity: str = "unknown"
    limits: Mapping[str, float | None] = field(default_factory=dict)
    limits_source: str = "none"
    index: str = "0"

    @property
    def unit(self) -> str:
        """The unit of the value."""
        return SENSOR_UNITS[self.sensor_class]


@dataclass(frozen=True)
class Processor:
    """Usage of a processor or core."""

    name: str
    oid: str
    usage_pct: float | None
    index: str = "0"


@dataclass(frozen=True)
class Pool:
    """A memory pool or a file system."""

    kind: str
    name: str
    oid: str
    total_bytes: int | None
    used_bytes: int | None
    index: str = "0"

    @property
    def used_pct(self) -> float | None:
        """The share in use, in percent."""
        if not self.total_bytes or self.used_bytes is None:
            return None
        return round(100 * self.used_bytes / self.total_bytes, 2)


@dataclass
class Readings:
    """Everything that a device's tables say of it."""

    sensors: list[Sensor] = field(default_factory=list)
    processors: list[Processor] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    identity: dict[str, str] = field(default_factory=dict)


class WalkedTable:
    """A profile's table with the rows that a device has of it."""

    def __init__(self, spec: CompiledTable, columns: Mapping[str, Column]) -> None:
        self.spec = spec
        self._table: Table = align(list(columns.values()))
        self._columns = dict(zip(columns, self._table.columns, strict=True))

    def rows(self) -> Iterator[tuple[bytes, dict[str, Value]]]:
        """Give every row as index octets and its values by column name; unknown ones are None."""
        for position, index in enumerate(self._table.indexes):
            values: dict[str, Value] = {"index": ".".join(map(str, decode_arcs(index)))}
            for name, column in self._columns.items():
                if position < len(column.tags):
                    is_text = name in self.spec.spec.text
                    values[name] = _cell(column.tags[position], column.contents[position], is_text)
            yield index, values


def _cell(tag: int, content: bytes, is_text: bool) -> Value:
    if tag in ABSENT_TAGS:
        return None
    if is_text:
        return read_text(tag, content)
    try:
        number = read_number(tag, content)
    except InvalidValueError:
        return None
    return number if number is not None else read_text(tag, content)


def evaluate(tables: Sequence[WalkedTable]) -> Readings:
    """Return what the readings of the tables' profiles make of their rows."""
    by_name = {(table.spec.profile, table.spec.spec.name): table for table in tables}
    result = Readings()
    for table in tables:
        joined = [by_name[table.spec.profile, n] for n in table.spec.spec.join if (table.spec.profile, n) in by_name]
        extra: dict[bytes, dict[str, Value]] = {}
        for other in joined:
            for index, values in other.rows():
                extra.setdefault(index, {}).update(values)
        for index, values in table.rows():
            row = extra.get(index, {}) | values
            for reading in table.spec.readings:
                _add(result, table.spec, reading, index, row)
    return result


def _add(result: Readings, table: CompiledTable, reading: CompiledReading, index: bytes, row: Row) -> None:
    if reading.value("skip", row):
        return
    spec = reading.spec
    if isinstance(spec, IdentityReading):
        for key in ("vendor", "model", "version", "serial"):
            text = reading.value(key, row)
            if isinstance(text, str) and text:
                result.identity.setdefault(key, text)
        return
    if row.get(spec.read) is None:
        return  # the device has no such object in this row
    oid = decode_oid(table.columns[spec.read] + index)
    name = _name(spec.name, row)
    if isinstance(spec, SensorReading):
        if (sensor := _sensor(spec, reading, row, oid, name)) is not None:
            result.sensors.append(sensor)
    elif isinstance(spec, ProcessorReading):
        result.processors.append(Processor(name, oid, _float(reading.value("value", row)), str(row["index"])))
    else:
        result.pools.append(_pool(spec, reading, row, oid, name))


def _sensor(spec: SensorReading, reading: CompiledReading, row: Row, oid: str, name: str) -> Sensor | None:
    sensor_class = spec.sensor_class
    if isinstance(sensor_class, dict):
        found = sensor_class.get(str(row.get(spec.class_by or "")))
        if found is None:
            return None
        sensor_class = found
    index = str(row["index"])
    value = None if reading.value("unknown", row) else _number(reading.value("value", row))
    if reading.states is not None:
        state = reading.states.get(int(value)) if value is not None else None
        raw = row.get(spec.read)
        text = state.name if state else raw if isinstance(raw, str) else None
        return Sensor(sensor_class, name, oid, value, text, state.severity if state else "unknown", index=index)
    limits = {key: _float(reading.value(key, row)) for key in LIMITS}
    has_limits = any(limit is not None for limit in limits.values())
    severity = grade(value, limits) if value is not None and has_limits else "unknown" if value is None else "ok"
    return Sensor(sensor_class, name, oid, value, None, severity, limits, "device" if has_limits else "none", index)


def grade(value: float, limits: Mapping[str, float | None]) -> str:
    """Return `ok`, `warning` or `critical`: how a value stands to its limits, each of which may be absent."""
    low_critical, low_warning, high_warning, high_critical = (limits.get(key) for key in LIMITS)
    if (low_critical is not None and value <= low_critical) or (high_critical is not None and value >= high_critical):
        return "critical"
    if (low_warning is not None and value <= low_warning) or (high_warning is not None and value >= high_warning):
        return "warning"
    return "ok"


def _pool(spec: PoolReading, reading: CompiledReading, row: Row, oid: str, name: str) -> Pool:
    total, used = _number(reading.value("total", row)), _number(reading.value("used", row))
    return Pool(
        spec.kind,
        name,
        oid,
        None if total is None else int(total),
        None if used is None else int(used),
        str(row["index"]),
    )


def _number(value: Value) -> Number | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _float(value: Value) -> float | None:
    number = _number(value)
    return None if number is None else float(number)


def _name(template: str, row: Row) -> str:
    """Fill a template: `{a|b}` is the first of the columns that has text."""

    def fill(match: re.Match[str]) -> str:
        return next((str(row[key]) for key in match[1].split("|") if row.get(key) not in (None, "")), "")

    return " ".join(_FIELD.sub(fill, template).split())
