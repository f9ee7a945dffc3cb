"""
Digs of different parties in the same place at the same time: whoever digs second has to wait, or both dig once.

And digs in a place that is closed to digging.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any  # shapes

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import Work
from gis.register.moratoria import Closed, present_moratoria
from gis.register.works import outline_of, seen_by
from gis.streets import LEAST_SHARE, MATCH_M, near_pairs
from ventspils.core.security.roles import Scope


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
    """
    Two works, how far apart they are in metres, and the days that they share; `until` is None where neither has an end.

    Of the kind `moratorium`, the second is a place that is closed to digging.
    """

    first: str
    second: str
    distance_m: float
    since: date
    until: date | None
    kind: str = "digs"


@dataclass(frozen=True)
class NamedConflict:
    """A conflict with what its two sides are called and whose they are; a closed place is nobody's."""

    conflict: Conflict
    first_title: str
    first_promoter: str
    second_title: str
    second_promoter: str


def list_conflicts(session: Session, scope: Scope, *, within_m: float, since: date | None) -> list[NamedConflict]:
    """Return the conflicts of the works that a caller may see, without those that were over by a day."""
    is_work = (Work.removed_at.is_(None), Work.sort == "work", Work.stage != "cancelled")
    rows = session.scalars(select(Work).where(*is_work, seen_by(scope))).all()
    timed = [
        Timed(w.id, w.promoter, w.starts_on, w.ends_on, outline) for w in rows if (outline := outline_of(w)) is not None
    ]
    closed = present_moratoria(session, scope)
    found = find_conflicts(timed, within_m=within_m) + find_in_moratoria(timed, closed)
    named = {w.id: (w.name, w.promoter) for w in rows} | {m.id: (m.reason, "") for m in closed}
    return [
        NamedConflict(c, *named[c.first], *named[c.second])
        for c in found
        if since is None or c.until is None or c.until >= since
    ]


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


def find_in_moratoria(works: Sequence[Timed], closed: Sequence[Closed]) -> list[Conflict]:
    """Return works that begin in a place while it is closed to digging, the earliest first."""
    if not closed:
        return []
    shapes, places = np.empty(len(works), np.object_), np.empty(len(closed), np.object_)
    shapes[:], places[:] = [work.shape for work in works], [each.shape for each in closed]
    inside, around = shapely.STRtree(places).query(shapes, predicate="dwithin", distance=MATCH_M)
    grown, wide = shapely.buffer(shapes[inside], MATCH_M), shapely.buffer(places[around], MATCH_M)
    common = shapely.area(shapely.intersection(grown, wide)) / np.minimum(shapely.area(grown), shapely.area(wide))
    crosses = common < LEAST_SHARE  # an end that only touches a protected street does not cut it up
    found = []
    for a, b in zip(inside[~crosses].tolist(), around[~crosses].tolist(), strict=True):
        work, place = works[a], closed[b]
        if work.starts_on is None or work.id == place.work_id:
            continue
        if place.since <= work.starts_on <= place.until:
            until = place.until if work.ends_on is None else min(work.ends_on, place.until)
            found.append(Conflict(work.id, place.id, 0.0, work.starts_on, until, "moratorium"))
    return sorted(found, key=lambda conflict: (conflict.since, conflict.first, conflict.second))
