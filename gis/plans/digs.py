"""Other people's digs as an instance holds them: which edges they open, when, and what a duct costs there."""

import math
from collections.abc import Sequence
from typing import Any  # arrays of shapes

import numpy as np

from gis.costs import PriceBook, PriceLevel, joint_eur_per_m
from gis.planning import PlannedDig
from gis.plans.half_years import MONTHS_A_PERIOD, PERIODS_A_YEAR, period_index
from gis.plans.inputs import Dig
from gis.plans.requests import PlanRequest
from gis.register import RESURFACING
from gis.streets import LEAST_SHARE, MATCH_M, Floats, Ints, match_edges


def plan_digs(
    digs: Sequence[Dig], shapes: Any, lengths: Floats, per_m: Floats, book: PriceBook, request: PlanRequest
) -> tuple[tuple[PlannedDig, ...], list[str]]:
    """
    Return the digs within the horizon with the edges that they open and what a duct costs there, and what is to be told
    of them.

    Args:
        digs: All that are known.
        shapes: Of the edges, in the town's CRS.
        lengths: Of the edges, in metres.
        per_m: What a metre of each edge costs alone, in EUR.
        book: Prices.
        request: For the periods and the level of prices.
    """
    timed = [(dig, starts) for dig in digs if (starts := _starts(dig, request))]
    geometry = np.empty(len(timed), np.object_)
    geometry[:] = [dig.shape for dig, _ in timed]
    found = match_edges(geometry, shapes, within_m=MATCH_M)
    works = []
    for number, (dig, starts) in enumerate(timed):
        mine = np.flatnonzero((found.digs == number) & (found.shares >= LEAST_SHARE))
        if len(mine):
            mine = mine[np.argsort(found.edges[mine])]
            edges, shares = found.edges[mine], found.shares[mine]
            joints = _joint_costs(dig, edges, shares, lengths, per_m, book, request.level)
            works.append(_plan_dig(dig, starts, edges, joints, book, request))
    return tuple(works), _notes(digs, timed, works)


def _joint_costs(
    dig: Dig, edges: Ints, shares: Floats, lengths: Floats, per_m: Floats, book: PriceBook, level: PriceLevel
) -> Floats:
    """Return what a duct costs on each edge in somebody's trench; where that covers a part, the rest is dug alone."""
    joint_per_m = joint_eur_per_m(book, level, dig.depth_m).eur
    joints = lengths[edges] * (shares * joint_per_m + (1 - shares) * per_m[edges])
    return np.asarray(np.round(np.minimum(joints, lengths[edges] * per_m[edges]), 2))


def _plan_dig(
    dig: Dig, starts: Sequence[int], edges: Ints, joints: Floats, book: PriceBook, request: PlanRequest
) -> PlannedDig:
    planned = max(0, period_index(request.start, dig.starts_on))
    last = period_index(request.start, dig.ends_on or dig.starts_on)
    period_eur = MONTHS_A_PERIOD * (dig.moving_eur_per_month or 0.0)
    closed_for = math.ceil(book.price("moratorium.after_resurfacing").at(request.level) * PERIODS_A_YEAR)
    return PlannedDig(
        dig.id,
        tuple(starts),
        tuple(round(abs(start - planned) * period_eur, 2) for start in starts),
        max(1, last - planned + 1),
        closed_for if dig.kind in RESURFACING else 0,
        edges.astype(np.int64),
        joints,
    )


def _notes(digs: Sequence[Dig], timed: Sequence[tuple[Dig, list[int]]], works: Sequence[PlannedDig]) -> list[str]:
    notes = []
    used = {work.name for work in works}
    if unknown := sum(dig.depth_m is None for dig, _ in timed if dig.id in used):
        notes.append(
            f"{unknown} of {len(works)} works do not say how deep they dig; they count as deep enough for a duct."
        )
    if len(works) < len(digs):
        notes.append(f"{len(digs) - len(works)} of {len(digs)} works open no street of this plan in its time.")
    return notes


def _starts(dig: Dig, request: PlanRequest) -> list[int]:
    """Return the periods in which a work may start: its own, or all that its owner allows if moving has a price."""
    planned = period_index(request.start, dig.starts_on)
    last = period_index(request.start, dig.ends_on or dig.starts_on)
    if dig.earliest_on is None or dig.latest_on is None or dig.moving_eur_per_month is None:
        return [max(0, planned)] if last >= 0 and planned < request.periods else []
    first, end = (period_index(request.start, day) for day in (dig.earliest_on, dig.latest_on))
    allowed = set(range(max(0, first), min(request.periods - 1, end) + 1))
    if 0 <= planned < request.periods:
        allowed.add(planned)
    return sorted(allowed)
