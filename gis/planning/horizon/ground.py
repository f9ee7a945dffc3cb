"""
What a plan over several periods can be made of: the streets that lead somewhere, and every way of laying a duct in
them.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from gis.planning.horizon.problem import NEVER, Horizon, PlannedDig
from gis.planning.networks import ArcNetwork, Floats, Ints, make_network

ALONE = -1


@dataclass(frozen=True)
class Ground:
    """The part of the streets that a plan can make use of; node 0 is all roots, goals are nodes with sites."""

    network: ArcNetwork
    edges: Ints  # numbers of its edges in the horizon
    goals: Ints  # nodes, of shape (goals,)
    prizes: Floats  # of shape (goals, T)
    deadlines: Ints
    earned_anyway: float  # by sites at roots, discounted
    unreached: Ints  # sites that no street joins to a root
    goal_sites: Ints  # a site at each goal


@dataclass(frozen=True)
class Columns:
    """Ways of laying: an arc in a period, with a work or alone; then goals by period; then starts of movable works."""

    arcs: Ints
    periods: Ints
    works: Ints
    prices: Floats
    first_goal: int
    first_start: int
    start_works: Ints
    start_periods: Ints

    @property
    def count(self) -> int:
        """Return how many columns there are."""
        return self.first_start + len(self.start_works)


def make_ground(horizon: Horizon) -> Ground:
    """Return the streets without what leads to no site."""
    name = np.arange(1, horizon.nodes + 1)
    name[horizon.roots] = 0
    us, vs = name[horizon.us], name[horizon.vs]
    usable = np.isfinite(horizon.own).any(axis=1) & (us != vs)
    for work in horizon.works:
        usable[work.edges] |= us[work.edges] != vs[work.edges]
    site_nodes = name[horizon.site_nodes]
    is_goal = np.zeros(horizon.nodes + 1, np.bool_)
    is_goal[site_nodes] = True
    is_goal[0] = True
    _, label = sp.csgraph.connected_components(
        sp.coo_matrix((np.ones(usable.sum()), (us[usable], vs[usable])), shape=(len(name) + 1,) * 2), directed=False
    )
    usable &= label[us] == label[0]
    while True:
        degree = np.bincount(np.concatenate([us[usable], vs[usable]]), minlength=len(name) + 1)
        loose = (degree == 1) & ~is_goal
        dead = usable & (loose[us] | loose[vs])
        if not dead.any():
            break
        usable &= ~dead
    edges = np.flatnonzero(usable)
    at_root = site_nodes == 0
    unreached = label[site_nodes] != label[0]
    sites = np.flatnonzero(~at_root & ~unreached)
    goals, first, place = np.unique(site_nodes[sites], return_index=True, return_inverse=True)
    prizes = np.zeros((len(goals), horizon.periods))
    np.add.at(prizes, place, horizon.prizes[sites])
    deadlines = np.full(len(goals), horizon.periods)
    np.minimum.at(
        deadlines, place, np.where(horizon.deadlines[sites] == NEVER, horizon.periods, horizon.deadlines[sites])
    )
    touched = np.unique(np.concatenate([[0], us[edges], vs[edges], goals]))
    number = np.full(len(name) + 1, -1)
    number[touched] = np.arange(len(touched))
    earned = float((horizon.prizes[at_root] * horizon.discounts).sum())
    network = make_network(len(touched), number[us[edges]], number[vs[edges]])
    return Ground(network, edges, number[goals], prizes, deadlines, earned, np.flatnonzero(unreached), sites[first])


def make_columns(horizon: Horizon, ground: Ground) -> Columns:
    """Return every way of laying that some start of the works allows."""
    ways: list[tuple[int, int, int, float]] = []
    place = {int(e): i for i, e in enumerate(ground.edges)}
    closers: dict[int, list[int]] = {}
    for w, work in enumerate(horizon.works):
        for e in work.edges.tolist():
            closers.setdefault(e, []).append(w)
    for i, e in enumerate(ground.edges.tolist()):
        ways += [
            (i, t, ALONE, float(horizon.own[e, t]))
            for t in np.flatnonzero(np.isfinite(horizon.own[e])).tolist()
            if not any(_is_surely_closed(horizon.works[w], t) for w in closers.get(e, ()))
        ]
    for w, work in enumerate(horizon.works):
        open_in = [t for t in range(horizon.periods) if any(work.is_open(s, t) for s in work.starts)]
        for e, joint in zip(work.edges.tolist(), work.joints.tolist(), strict=True):
            if e in place:
                ways += [(place[e], t, w, joint) for t in open_in]
    edges, periods, works = (np.array([way[k] for way in ways], np.int64) for k in range(3))
    prices = np.array([way[3] for way in ways], np.float64)
    arcs = (2 * edges[:, None] + np.arange(2)).ravel()
    laid = ground.network.heads[arcs] != 0
    movable = [(w, s) for w, work in enumerate(horizon.works) if len(work.starts) > 1 for s in work.starts]
    ways_count = int(laid.sum())
    return Columns(
        arcs[laid],
        np.repeat(periods, 2)[laid],
        np.repeat(works, 2)[laid],
        np.repeat(prices, 2)[laid],
        ways_count,
        ways_count + len(ground.goals) * horizon.periods,
        np.array([w for w, _ in movable], np.int64),
        np.array([s for _, s in movable], np.int64),
    )


def _is_surely_closed(work: PlannedDig, period: int) -> bool:
    return all(work.is_closed(start, period) for start in work.starts)
