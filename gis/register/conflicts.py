"""Digs of different parties in the same place at the same time: whoever digs second has to wait, or both dig once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any  # shapes

import numpy as np

from gis.matching import near_pairs


@dataclass(frozen=True)
class Timed:
    """A work with its client, place (in the town's CRS) and days; without an end it is thought to go on."""

    id: str
    promoter: str
    starts_on: date | None
    ends_on: date | None
    shape: Any


@dataclass(frozen=True)
class Conflict:
    """Two works, how far apart they are in metres, and the days that they share; `until` is None where neither has an end."""

    first: str
    second: str
    distance_m: float
    since: date
    until: date | None


def find_conflicts(works: Sequence[Timed], *, within_m: float) -> list[Conflict]:
    """Return pairs of works of different clients within a distance whose days overlap, the earliest first."""
    shapes = np.empty(len(works), np.object_)
    shapes[:] = [work.shape for work in works]
    pairs = near_pairs(shapes, within_m=within_m)
    found = []
    for a, b, metres in zip(pairs.firsts.tolist(), pairs.seconds.tolist(), pairs.distances_m.tolist(), strict=True):
        first, second = works[a], works[b]
        if first.promoter == second.promoter or first.starts_on is None or second.starts_on is None:
            continue
        since = max(first.starts_on, second.starts_on)
        ends = [work.ends_on for work in (first, second) if work.ends_on is not None]
        until = min(ends) if ends else None
        if until is None or since <= until:
            found.append(Conflict(first.id, second.id, round(metres, 2), since, until))
    return sorted(found, key=lambda conflict: (conflict.since, conflict.first, conflict.second))
