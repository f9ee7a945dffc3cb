"""What a store of measured points must be able to do, and what is computed the same way over all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from math import ceil
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Selection:
    """
    Which points: a measurement's field, tags that must be equal, seconds since 1970 from `start_s`
    to before `stop_s`.
    """

    bucket: str
    measurement: str
    field: str
    start_s: int
    stop_s: int
    tags: Mapping[str, str] = default(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """Points of one series in order of time: `times_s` and `values` of shape (points,); NaN is a gap."""

    tags: Mapping[str, str]
    times_s: Times
    values: Floats


@dataclass(frozen=True)
class Latest:
    """The newest value of each field of a series, with the time of the newest."""

    tags: Mapping[str, str]
    time_s: int
    fields: Mapping[str, float | int | str | bool]


class TelemetryStore(Protocol):
    """A time-series store: the embedded one, or InfluxDB 2."""

    def ensure_bucket(self, name: str, retention_s: int) -> None:
        """Make a bucket that keeps points for that long (0: for ever), or set that of an existing one."""

    def write(self, bucket: str, body: bytes, precision: str) -> None:
        """Store line protocol; returns only when it is stored. Raises StoreError with InfluxDB's own status."""

    def points(self, selection: Selection) -> list[Series]:
        """Return the numeric points of every series that fits, without filling anything."""

    def latest(
        self, bucket: str, measurement: str, fields: Sequence[str], *, since_s: int, tags: Mapping[str, str]
    ) -> list[Latest]:
        """Return the newest values of every series that fits and has any since then."""

    def close(self) -> None:
        """Close files and connections."""


def series(store: TelemetryStore, selection: Selection, *, every_s: int) -> list[Series]:
    """
    Return the mean of every interval; an interval without a point is NaN, so a gap stays a gap.

    Args:
        store: Where to look.
        selection: What to look for.
        every_s: Length of an interval; intervals begin at multiples of it.

    Returns:
        One series a set of tags, each with the same times: the beginnings of the intervals.
    """
    starts = np.arange(selection.start_s // every_s, -(-selection.stop_s // every_s)) * every_s
    return [Series(found.tags, starts, _mean_by_interval(found, starts, every_s)) for found in store.points(selection)]


def _mean_by_interval(found: Series, starts: Times, every_s: int) -> Floats:
    place = found.times_s // every_s - starts[0] // every_s
    counts = np.bincount(place, minlength=len(starts))
    sums = np.bincount(place, found.values, minlength=len(starts))
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Floats = sums / counts
    return means


def percentile(store: TelemetryStore, selection: Selection, *, percent: float) -> list[tuple[Mapping[str, str], float]]:
    """
    Return the percentile of every series by the nearest-rank method: a value that was measured, never one between two.

    The smallest value such that at least `percent` of all values are not above it (Hyndman and Fan 1996, definition 1).
    """
    results = []
    for found in store.points(selection):
        ordered = np.sort(found.values[np.isfinite(found.values)])
        if len(ordered):
            rank = max(1, ceil(round(percent * len(ordered) / 100, 9)))
            results.append((found.tags, float(ordered[rank - 1])))
    return results
