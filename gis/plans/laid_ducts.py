"""The ducts of a plan, those that a planner set among them, and what each costs; EUR of the day, not discounted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gis.planning import Duct, Horizon, connect, price_of
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.constraints import Built
from gis.streets import Floats, Ints


def with_fixed(built: Built, answer: PlanAnswer) -> PlanAnswer:
    """Return what a search answered with the streets that are laid whatever else, and with what they cost."""
    paid = fixed_eur(built)
    fixed = {f.edge for f in built.fixed}
    found = (duct for duct in answer.build if duct.edge not in fixed)
    build = (*found, *(LaidDuct(f.edge, f.period, f.work) for f in built.fixed))
    return replace(answer, build=build, objective=answer.objective + paid, lower_bound=answer.lower_bound + paid)


def fixed_eur(built: Built) -> float:
    """Return the present value of what is laid whatever else."""
    return float(sum(built.horizon.discounts[f.period] * f.cost_eur for f in built.fixed))


def costs(built: Built, laid: Sequence[LaidDuct]) -> list[float]:
    """Return what each duct costs."""
    fixed = {f.edge: f.cost_eur for f in built.fixed}
    number = {work.name: w for w, work in enumerate(built.horizon.works)}

    def cost(duct: LaidDuct) -> float:
        if duct.edge in fixed:
            return fixed[duct.edge]
        work = None if duct.work is None else number[duct.work]
        return price_of(built.horizon, Duct(duct.edge, duct.period, work))

    return [cost(duct) for duct in laid]


def costs_alone(built: Built, laid: Sequence[LaidDuct]) -> list[float]:
    """Return what each duct would cost if it were dug alone in its period."""
    fixed = {f.edge: f.alone_eur for f in built.fixed}
    return [fixed[d.edge] if d.edge in fixed else _dearest(built.horizon, d.edge, d.period) for d in laid]


def _dearest(horizon: Horizon, edge: int, period: int) -> float:
    """Return what an edge costs alone in a period; where it is closed, what it does when it is not, or with a dig."""
    own = horizon.own[edge]
    if np.isfinite(own[period]):
        return float(own[period])
    joints = [float(joint) for work in horizon.works for joint in work.joints[work.edges == edge]]
    return float(max(own[np.isfinite(own)], default=max(joints, default=0.0)))


def moving_eur(built: Built, answer: PlanAnswer) -> Floats:
    """Return what moving other people's digs costs in each period, of shape (periods,)."""
    total = np.zeros(built.horizon.periods)
    for work in built.horizon.works:
        start = answer.starts.get(work.name)
        if start is not None:
            total[start] += work.shifts[work.starts.index(start)]
    return total


def connected_in(built: Built, laid: Sequence[LaidDuct]) -> Ints:
    """Return for each site the first period at whose end the ducts join it to a root, or NEVER."""
    edges = np.array([duct.edge for duct in laid], np.int64)
    return connect(built.horizon, edges, np.array([duct.period for duct in laid], np.int64))
