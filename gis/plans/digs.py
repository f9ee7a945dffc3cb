"""Other people's digs as an instance holds them: which edges they open, when, and what a duct costs there."""

import math
from collections.abc import Sequence
from typing import Any  # arrays of shapes

import numpy as np

from gis.costs import Costs, Laid, Surface, Utility, joint_eur_per_m
from gis.planning import PlannedDig
from gis.plans.half_years import MONTHS_A_PERIOD, PERIODS_A_YEAR, period_index
from gis.plans.inputs import Dig
from gis.plans.requests import PlanRequest
from gis.streets import LEAST_SHARE, MATCH_M, Floats, Ints, match_edges


def plan_digs(
    digs: Sequence[Dig], shapes: Any, costs: Costs, request: PlanRequest
) -> tuple[tuple[PlannedDig, ...], dict[str, dict[int, float]], list[str]]:
    """
    Return the digs within the horizon with the edges that they open and what a duct costs there; which share of each
    edge they open, by their ids; and what is to be told of them.

    Args:
        digs: All that are known.
        shapes: Of the edges, in the town's CRS.
        costs: How the edges are priced.
        request: For the periods.
    """
    timed = [(dig, starts) for dig in digs if (starts := _starts(dig, request))]
    geometry = np.empty(len(timed), np.object_)
    geometry[:] = [dig.shape for dig, _ in timed]
    found = match_edges(geometry, shapes, within_m=MATCH_M)
    per_m = _joint_prices(costs, [dig.laid for dig, _ in timed])
    works, opened = [], {}
    for number, (dig, starts) in enumerate(timed):
        mine = np.flatnonzero((found.digs == number) & (found.shares >= LEAST_SHARE))
        if len(mine):
            mine = mine[np.argsort(found.edges[mine])]
            edges, shares = found.edges[mine], found.shares[mine]
            joints = _joint_costs(per_m[dig.laid], edges, shares, costs)
            works.append(_plan_dig(dig, starts, edges, joints, costs, request))
            opened[dig.id] = dict(zip(edges.tolist(), shares.tolist(), strict=True))
    return tuple(works), opened, _notes(digs, timed, works)


def _joint_prices(costs: Costs, laid: Sequence[Laid]) -> dict[Laid, Floats]:
    """Return what a metre of duct costs in the trench of each kind of dig, on each surface: one price for all alike."""
    return {
        each: np.array(
            [joint_eur_per_m(costs.book, surface, costs.level, each, costs.techniques).eur for surface in Surface]
        )
        for each in set(laid)
    }


def _joint_costs(joint_per_m: Floats, edges: Ints, shares: Floats, costs: Costs) -> Floats:
    """Return what a duct costs on each edge in somebody's trench; where that covers a part, the rest is dug alone."""
    number = {surface: n for n, surface in enumerate(Surface)}
    joint = joint_per_m[[number[costs.surfaces[edge]] for edge in edges]]
    alone, lengths = costs.per_m[edges], costs.lengths_m[edges]
    return np.asarray(np.round(lengths * np.minimum(shares * joint + (1 - shares) * alone, alone), 2))


def _plan_dig(
    dig: Dig, starts: Sequence[int], edges: Ints, joints: Floats, costs: Costs, request: PlanRequest
) -> PlannedDig:
    planned = max(0, period_index(request.start, dig.starts_on))
    last = period_index(request.start, dig.ends_on or dig.starts_on)
    period_eur = MONTHS_A_PERIOD * (dig.moving_eur_per_month or 0.0)
    closed_for = math.ceil(costs.book.price("moratorium.after_resurfacing").at(request.level) * PERIODS_A_YEAR)
    return PlannedDig(
        dig.id,
        tuple(starts),
        tuple(round(abs(start - planned) * period_eur, 2) for start in starts),
        max(1, last - planned + 1),
        closed_for if dig.laid.utility.is_surface else 0,
        edges.astype(np.int64),
        joints,
    )


def _notes(digs: Sequence[Dig], timed: Sequence[tuple[Dig, list[int]]], works: Sequence[PlannedDig]) -> list[str]:
    notes = []
    used = {work.name for work in works}
    if unknown := sum(dig.depth_m is None for dig, _ in timed if dig.id in used):
        notes.append(
            f"{unknown} of {len(works)} works do not say how deep they dig; "
            "they count as deep as is usual for what they lay."
        )
    if strange := sum(dig.laid.utility is Utility.UNKNOWN for dig, _ in timed if dig.id in used):
        notes.append(f"{strange} of {len(works)} works do not say what they lay; a thin pipe is assumed.")
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
