"""
Digging over several periods: what is given, what a plan is, and what it is worth.

A duct may be laid in a period at the street's own price, or at a joint price while somebody's work has the street open,
also where it connects nothing yet. A site earns its prize in each period at whose end laid ducts join it to a root.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gis.planning.networks import Flags, Floats, Ints

_OVER = 1e-6  # share of a budget by which rounding may exceed it
NEVER = -1  # the deadline of a site that has none


@dataclass(frozen=True)
class PlannedDig:
    """
    Somebody's dig: it starts in one of `starts`, at the cost `shifts` of that, and is open for `duration` periods.

    While it is open, a duct on `edges` costs `joints` (EUR, of shape (edges,)); then they stay closed for `closes`
    periods.
    """

    name: str
    starts: tuple[int, ...]
    shifts: tuple[float, ...]
    duration: int
    closes: int
    edges: Ints
    joints: Floats

    def is_open(self, start: int, period: int) -> bool:
        """Whether its streets are open in a period, if it starts then."""
        return start <= period < start + self.duration

    def is_closed(self, start: int, period: int) -> bool:
        """Whether its streets may not be dug up alone in a period, if it starts then."""
        return start + self.duration <= period < start + self.duration + self.closes


@dataclass(frozen=True)
class Horizon:
    """
    Streets, sites and works over T periods; money in EUR.

    Args:
        names: What each period is called.
        discounts: What one euro of each period counts today, of shape (T,).
        nodes: How many; they are numbered from 0.
        roots: Nodes where fibre is already.
        us, vs: Ends of each street edge, of shape (edges,).
        own: Cost of laying a duct alone, of shape (edges, T); infinite where that is not allowed.
        sites: Names.
        site_nodes: Where each site is.
        prizes: What a connected site earns in each period, of shape (sites, T).
        deadlines: By the end of which period each site must be connected, or NEVER.
        works: Other people's digs.
        budgets: What may be paid for ducts in each period, not discounted, or None.
        carry_over: Whether what is left of a budget is added to the next.
    """

    names: tuple[str, ...]
    discounts: Floats
    nodes: int
    roots: Ints
    us: Ints
    vs: Ints
    own: Floats
    sites: tuple[str, ...]
    site_nodes: Ints
    prizes: Floats
    deadlines: Ints
    works: tuple[PlannedDig, ...]
    budgets: Floats | None
    carry_over: bool

    @property
    def periods(self) -> int:
        """Return T."""
        return len(self.discounts)


@dataclass(frozen=True)
class Duct:
    """An edge laid in a period, with a work (its number) or alone."""

    edge: int
    period: int
    work: int | None


@dataclass(frozen=True)
class DuctPlan:
    """What is laid when, and in which period each work starts, in the order of works."""

    ducts: tuple[Duct, ...]
    starts: tuple[int, ...]


@dataclass(frozen=True)
class Worth:
    """
    What a plan is worth, in discounted EUR.

    `objective` is ducts and shifts less prizes; `connected` tells for each site the first period at whose end it is
    connected, or NEVER; `paid` is what ducts cost in each period, not discounted; `faults` says what the plan breaks.
    """

    objective: float
    duct_cost: float
    connected: Ints
    paid: Floats
    faults: tuple[str, ...]


def appraise(horizon: Horizon, plan: DuctPlan) -> Worth:
    """Return what a plan is worth and which rules it breaks."""
    faults = list(_check_ducts(horizon, plan))
    prices = np.array([price_of(horizon, duct) for duct in plan.ducts])
    periods = np.array([duct.period for duct in plan.ducts], np.int64)
    paid = np.zeros(horizon.periods)
    np.add.at(paid, periods, prices)
    shifts = sum(
        horizon.discounts[start] * work.shifts[work.starts.index(start)]
        for work, start in zip(horizon.works, plan.starts, strict=True)
    )
    connected = connect(horizon, np.array([duct.edge for duct in plan.ducts], np.int64), periods)
    served = np.arange(horizon.periods) >= np.where(connected == NEVER, horizon.periods, connected)[:, None]
    earned = float((horizon.prizes * served * horizon.discounts).sum())
    faults += _check_money(horizon, paid)
    late = (horizon.deadlines != NEVER) & ((connected == NEVER) | (connected > horizon.deadlines))
    faults += [f"site {horizon.sites[s]} misses its deadline" for s in np.flatnonzero(late)]
    duct_cost = float(paid @ horizon.discounts)
    return Worth(duct_cost + shifts - earned, duct_cost, connected, paid, tuple(faults))


def price_of(horizon: Horizon, duct: Duct) -> float:
    """Return what a duct costs in EUR, not discounted."""
    if duct.work is None:
        return float(horizon.own[duct.edge, duct.period])
    work = horizon.works[duct.work]
    return float(work.joints[work.edges == duct.edge][0])


def serving_alone(horizon: Horizon, connected: Ints) -> Horizon:
    """
    Return what it takes to give the same buildings fibre by the same periods without anybody's digs, in money of the
    day.

    Whom a plan connects, by `connected` as `connect` tells it, is due by then; nothing is earned, no budget binds and
    nothing is discounted. Where every street is cheapest in the first period, so that waiting gains nothing, one period
    stands for all: that is the classical Steiner tree.
    """
    served = np.flatnonzero(connected != NEVER)
    least = horizon.own.min(axis=1)
    periods = 1 if (horizon.own[:, 0] == least).all() else horizon.periods
    return replace(
        horizon,
        names=horizon.names[:periods],
        discounts=np.ones(periods),
        own=horizon.own[:, :periods],
        sites=tuple(horizon.sites[s] for s in served),
        site_nodes=horizon.site_nodes[served],
        prizes=np.zeros((len(served), periods)),
        deadlines=np.minimum(connected[served], periods - 1),
        works=(),
        budgets=None,
    )


def connect(horizon: Horizon, edges: Ints, periods: Ints) -> Ints:
    """Return for each site the first period at whose end the edges laid up to then join it to a root, or NEVER."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    found = np.full(len(horizon.sites), NEVER)
    for t in reversed(range(horizon.periods)):
        laid = edges[periods <= t]
        heads = np.concatenate([horizon.us[laid], horizon.roots])
        tails = np.concatenate([horizon.vs[laid], np.full(len(horizon.roots), horizon.nodes)])
        graph = coo_matrix((np.ones(len(heads)), (heads, tails)), shape=(horizon.nodes + 1, horizon.nodes + 1))
        _, label = connected_components(graph, directed=False)
        found[label[horizon.site_nodes] == label[horizon.nodes]] = t
    return found


def leading_somewhere(horizon: Horizon, edges: Ints) -> Flags:
    """Return which of these edges may be part of a way from a root to a site: the others no site needs."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    name = np.arange(horizon.nodes + 1)
    name[horizon.roots] = horizon.nodes
    us, vs = name[horizon.us[edges]], name[horizon.vs[edges]]
    is_end = np.zeros(horizon.nodes + 1, np.bool_)
    is_end[name[horizon.site_nodes]] = is_end[horizon.nodes] = True
    size = (horizon.nodes + 1, horizon.nodes + 1)
    _, label = connected_components(coo_matrix((np.ones(len(us)), (us, vs)), size), directed=False)
    kept = np.asarray((label[us] == label[horizon.nodes]) & (us != vs))
    while True:
        degree = np.bincount(np.concatenate([us[kept], vs[kept]]), minlength=horizon.nodes + 1)
        loose = (degree == 1) & ~is_end
        dead = kept & (loose[us] | loose[vs])
        if not dead.any():
            return kept
        kept &= ~dead


def _check_ducts(horizon: Horizon, plan: DuctPlan) -> Sequence[str]:
    faults = []
    laid: set[int] = set()
    closed = {
        (edge, period)
        for work, start in zip(horizon.works, plan.starts, strict=True)
        for period in range(horizon.periods)
        if work.is_closed(start, period)
        for edge in work.edges.tolist()
    }
    for duct in plan.ducts:
        if duct.edge in laid:
            faults.append(f"edge {duct.edge} is laid twice")
        laid.add(duct.edge)
        if duct.work is not None:
            work, start = horizon.works[duct.work], plan.starts[duct.work]
            if not work.is_open(start, duct.period) or duct.edge not in work.edges:
                faults.append(f"edge {duct.edge} in period {duct.period}: work {work.name} is not open there")
        elif not np.isfinite(horizon.own[duct.edge, duct.period]) or (duct.edge, duct.period) in closed:
            faults.append(f"edge {duct.edge} is closed in period {duct.period}")
    return faults


def _check_money(horizon: Horizon, paid: Floats) -> Sequence[str]:
    if horizon.budgets is None:
        return []
    spent = np.cumsum(paid) if horizon.carry_over else paid
    given = np.cumsum(horizon.budgets) if horizon.carry_over else horizon.budgets
    over = np.flatnonzero(spent - given > _OVER * np.maximum(1, horizon.budgets))
    return [f"period {t}: {spent[t] - given[t]:.2f} EUR over the budget" for t in over]
