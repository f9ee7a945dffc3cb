"""
Thirty days that the demo town never had: an hourly value for every port and every answer time, marked as made up.

Every point carries the field `made_up`, so that nobody takes them for measured ones. What is shown as of today is
measured.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any  # devices as the API gives them

from monitoring.telemetry import PING, interface_series, series_key
from ventspils.demo.device_models import BUSIEST_S, KINDS, SWING, Kind, calm_bps

DAYS = 30
_HOUR_S, _DAY_S = 3600, 86_400
_WEEKEND = 0.35


def shape(second: int) -> float:
    """Return how busy the town is at a second: the day's rhythm, and quiet weekends."""
    day = 1 + SWING * math.cos(2 * math.pi * (second - BUSIEST_S) / _DAY_S)
    weekday = (second // _DAY_S + 3) % 7  # 1 January 1970 was a Thursday
    return day * (_WEEKEND if weekday >= 5 else 1.0)


def history_lines(devices: Sequence[Mapping[str, Any]], now_s: int) -> Iterator[bytes]:
    """Give line protocol in seconds, a day at a time, for the thirty days before the present hour."""
    stop_s = now_s // _HOUR_S * _HOUR_S
    series = [_series_of(device) for device in devices]
    first_s = stop_s - DAYS * _DAY_S + _HOUR_S  # what is older than the retention of the store would be refused
    for start_s in range(first_s, stop_s, _DAY_S):
        seconds = range(start_s, min(start_s + _DAY_S, stop_s), _HOUR_S)
        busy = [shape(second) for second in seconds]
        lines = []
        for ping, ports in series:
            for second, share in zip(seconds, busy, strict=True):
                lines.append(f"{ping} average_response_ms={0.4 + 0.3 * share:.2f},made_up=1i {second}\n")
                for key, bps in ports:
                    lines.append(
                        f"{key} in_bps={bps * share:.0f},out_bps={bps * share * 0.8:.0f},made_up=1i {second}\n"
                    )
        yield "".join(lines).encode()


def _series_of(device: Mapping[str, Any]) -> tuple[str, list[tuple[str, float]]]:
    """Return the series of a device's answer time and of its ports, the latter with their usual rate."""
    kind: Kind = KINDS[device["name"].rsplit("-", 1)[0]]
    tags = {
        "agent_host": device["host"],
        "device_id": device["id"],
        "agency": device["agency"],
        "site": device["site"],
        "hostname": device["name"],
    }
    keys = interface_series(tags, [f"Gi0/{port}" for port in range(1, kind.ports + 1)])
    return series_key(PING, tags), [(key, calm_bps(port, kind.megabits)) for port, key in enumerate(keys, start=1)]
