"""The shape of a profile file, checked when it is loaded."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Oid = Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)+$")]
Severity = Literal["ok", "warning", "critical", "unknown"]

# Class of a sensor and the one unit its value is stored in.
SENSOR_UNITS = {
    "temperature": "C",
    "voltage": "V",
    "current": "A",
    "power": "W",
    "apparent_power": "VA",
    "energy": "kWh",
    "frequency": "Hz",
    "fanspeed": "rpm",
    "humidity": "%",
    "airflow": "m3/min",
    "charge": "%",
    "load": "%",
    "percent": "%",
    "runtime": "s",
    "dbm": "dBm",
    "snr": "dB",
    "distance": "m",
    "rate": "bps",
    "count": "1",
    "state": "1",
}


class Interval(StrEnum):
    """How often a table is read."""

    FAST = "fast"
    NORMAL = "normal"
    INVENTORY = "inventory"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StateName(_Strict):
    """What one number of an enumeration means."""

    name: str
    severity: Severity = "unknown"


class Limits(_Strict):
    """Limits that the device itself reports, as expressions; never guessed."""

    low_critical: str | float | None = None
    low_warning: str | float | None = None
    high_warning: str | float | None = None
    high_critical: str | float | None = None


class SensorReading(_Strict):
    """A sensor for each row: `value` in the unit of its class, states by name."""

    kind: Literal["sensor"]
    value: str
    read: str = Field(description="the column whose object identifier names the sensor")
    sensor_class: str | dict[str, str] = Field(
        alias="class", description="a class, or classes by the value of `class_by`"
    )
    class_by: str | None = None
    name: str = Field(description="text with {column} in it")
    states: str | None = None
    skip: str | float | None = None
    unknown: str | float | None = Field(None, description="condition under which the value is unknown")
    limits: Limits = Limits()


class ProcessorReading(_Strict):
    """A processor or core for each row; usage in percent."""

    kind: Literal["processor"]
    value: str
    read: str
    name: str
    skip: str | float | None = None


class PoolReading(_Strict):
    """A memory pool or a file system for each row; total and used in bytes."""

    kind: Literal["memory", "storage"]
    total: str | float
    used: str
    read: str
    name: str
    skip: str | float | None = None


class IdentityReading(_Strict):
    """What the device says of itself; the first non-empty text over all profiles and rows counts."""

    kind: Literal["identity"]
    skip: str | float | None = None
    vendor: str | None = None
    model: str | None = None
    version: str | None = None
    serial: str | None = None


Reading = Annotated[SensorReading | ProcessorReading | PoolReading | IdentityReading, Field(discriminator="kind")]


class TableSpec(_Strict):
    """Columns under one entry; `scalars` have the single row 0."""

    name: str
    oid: Oid
    interval: Interval = Interval.NORMAL
    scalars: bool = False
    unordered: bool = False
    max_rows: int = Field(20_000, gt=0)
    columns: dict[str, int | str] = Field(description="name to sub-identifier (`4`, or `2.1` where it has several)")
    text: list[str] = Field([], description="columns that hold text")
    join: list[str] = Field([], description="tables with the same index whose columns are needed too")
    readings: list[Reading] = []


class Profile(_Strict):
    """One file: which devices it fits, its tables, its enumerations."""

    name: str
    source: str = Field(description="where the meaning of the objects is published")
    probe: Oid = Field(description="the profile applies where an object below this one exists")
    sys_object_ids: list[Oid] = Field([], description="prefixes; empty means every device")
    states: dict[str, dict[str, StateName]] = {}
    tables: list[TableSpec]
