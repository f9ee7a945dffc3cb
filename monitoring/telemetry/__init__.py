"""
Measured points: the lines they are written as, and what a store of them must be able to do.

The stores themselves and the writer are imported from their own modules, since they load DuckDB or influxdb-client:
`monitoring.telemetry.duck`, `monitoring.telemetry.influx`, `monitoring.telemetry.writer`.
"""

from monitoring.telemetry.gzip import compress, decompress
from monitoring.telemetry.points import (
    PING,
    RATES,
    PortBlock,
    alias_lines,
    device_line,
    identity_line,
    interface_lines,
    interface_series,
    join_blocks,
    ping_line,
    port_block,
    reading_lines,
    series_key,
)
from monitoring.telemetry.store import Selection, TelemetryStore, percentile, series

__all__ = [
    "PING",
    "RATES",
    "PortBlock",
    "Selection",
    "TelemetryStore",
    "alias_lines",
    "compress",
    "decompress",
    "device_line",
    "identity_line",
    "interface_lines",
    "interface_series",
    "join_blocks",
    "percentile",
    "ping_line",
    "port_block",
    "reading_lines",
    "series",
    "series_key",
]
