"""One device: what is asked of it, and what its answers mean."""

from monitoring.device.document import describe
from monitoring.device.inspection import inspect
from monitoring.device.polling import (
    Poll,
    PollContext,
    PollPlan,
    collect_garbage_seldom,
    make_plan,
    read_aliases,
    read_known,
    read_ports,
    read_tables,
    read_uptime,
)
from monitoring.device.ports import COUNTER_BITS, COUNTERS, DOWN, GAUGES, UP, Mask, Ports, UInt64s
from monitoring.device.reachability import Prober, Reachability
from monitoring.device.readings import LIMITS, Readings, Sensor

__all__ = [
    "COUNTERS",
    "COUNTER_BITS",
    "DOWN",
    "GAUGES",
    "LIMITS",
    "UP",
    "Mask",
    "Poll",
    "PollContext",
    "PollPlan",
    "Ports",
    "Prober",
    "Reachability",
    "Readings",
    "Sensor",
    "UInt64s",
    "collect_garbage_seldom",
    "describe",
    "inspect",
    "make_plan",
    "read_aliases",
    "read_known",
    "read_ports",
    "read_tables",
    "read_uptime",
]
