"""What a kind of device can be asked, as data, and the loader of that data."""

from monitoring.profiles.expressions import Row, Value
from monitoring.profiles.loader import CompiledProfile, CompiledReading, CompiledTable, standard_profiles
from monitoring.profiles.schema import (
    SENSOR_UNITS,
    IdentityReading,
    Interval,
    PoolReading,
    ProcessorReading,
    SensorReading,
)

__all__ = [
    "SENSOR_UNITS",
    "CompiledProfile",
    "CompiledReading",
    "CompiledTable",
    "IdentityReading",
    "Interval",
    "PoolReading",
    "ProcessorReading",
    "Row",
    "SensorReading",
    "Value",
    "standard_profiles",
]
