"""Small instances made at random, as the planner takes them."""

import numpy as np

from gis.planning import NEVER, Horizon, PlannedDig
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.constraints import Built

_NODES = 7


def random_built(seed: int, *, deadlines: bool = False) -> Built:
    """Return an instance of streets with ways into buildings at the end, as one of a town is built."""
    chance = np.random.default_rng(seed)
    periods, streets, sites = int(chance.integers(1, 5)), int(chance.integers(4, 10)), int(chance.integers(1, 4))
    us = chance.integers(0, _NODES, streets)
    vs = (us + 1 + chance.integers(0, _NODES - 1, streets)) % _NODES
    hung = chance.integers(0, _NODES, sites)
    own = np.repeat(chance.integers(500, 4000, (streets + sites, 1)) / 100, periods, axis=1)
    own[:streets][chance.random((streets, periods)) < 0.15] = np.inf
    due = chance.integers(0, periods, sites) if deadlines else np.full(sites, NEVER)
    horizon = Horizon(
        names=tuple(f"{2027 + t // 2}-H{t % 2 + 1}" for t in range(periods)),
        discounts=0.98 ** np.arange(periods),
        nodes=_NODES + sites,
        roots=np.unique(chance.integers(0, _NODES, int(chance.integers(1, 3)))),
        us=np.concatenate([us, hung]),
        vs=np.concatenate([vs, _NODES + np.arange(sites)]),
        own=own,
        sites=tuple(f"s{i}" for i in range(sites)),
        site_nodes=_NODES + np.arange(sites),
        prizes=chance.integers(0, 40, (sites, periods)).astype(float),
        deadlines=due,
        works=tuple(_random_work(chance, w, own[:streets]) for w in range(int(chance.integers(0, 3)))),
        budgets=chance.integers(20, 90, periods).astype(float) if chance.random() < 0.7 else None,
        carry_over=bool(chance.random() < 0.7),
    )
    return Built(horizon, np.concatenate([np.arange(streets), np.full(sites, -1)]))


def _random_work(chance: np.random.Generator, number: int, own: np.ndarray) -> PlannedDig:
    streets, periods = own.shape
    starts = sorted(chance.permutation(periods)[: int(chance.integers(1, periods + 1))].tolist())
    on = np.sort(chance.permutation(streets)[: int(chance.integers(1, 4))])
    dearest = np.where(np.isfinite(own[on]), own[on], 0).max(axis=1)
    joints = np.round(dearest * chance.random(len(on)), 2)
    shifts = tuple(float(s) for s in chance.integers(0, 8, len(starts)))
    return PlannedDig(f"w{number}", tuple(starts), shifts, int(chance.integers(1, 3)), 1, on, joints)


def random_plan(built: Built, seed: int) -> PlanAnswer:
    """Return ducts at random, each where it may be laid by itself; a plan need not be a good one to add up."""
    chance, horizon = np.random.default_rng(seed), built.horizon
    starts = {work.name: int(chance.choice(work.starts)) for work in horizon.works}
    laid = []
    for edge in np.flatnonzero(chance.random(len(horizon.us)) < 0.7):
        ways = [(t, None) for t in range(horizon.periods) if np.isfinite(horizon.own[edge, t])]
        ways += [
            (t, work.name)
            for work in horizon.works
            for t in range(horizon.periods)
            if edge in work.edges and work.is_open(starts[work.name], t)
        ]
        if ways:
            period, name = ways[int(chance.integers(len(ways)))]
            laid.append(LaidDuct(int(edge), period, name))
    return PlanAnswer(0.0, -1e9, np.inf, False, 0.0, 0, tuple(laid), starts)
