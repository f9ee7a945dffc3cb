"""
Compiling what the planner compiles, once, where it is set up: `python -m gis.planning --compile`.

What is compiled is kept on disk beside the code, or in a folder of the user where that cannot be written, so that no
planner waits for it.
"""

import numpy as np

from gis.planning.horizon.problem import NEVER, Horizon, PlannedDig
from gis.planning.horizon.search import solve_horizon
from gis.planning.limits import SearchLimits
from gis.planning.networks import Floats, Ints
from gis.planning.steiner.reductions import Problem
from gis.planning.steiner.search import solve_steiner

_SIDE = 5  # crossings of a small town of square blocks


def compile_kernels() -> None:
    """Solve a tree and a plan in a small made-up town, which between them call every compiled function."""
    chance = np.random.default_rng(1)
    us, vs = _streets()
    prices = chance.integers(50, 150, len(us)).astype(np.float64)
    is_goal = np.isin(np.arange(_SIDE * _SIDE), [0, 4, 12, 20, 24])
    solve_steiner(Problem(_SIDE * _SIDE, us, vs, prices, is_goal), SearchLimits(), seed=0, report=lambda _: None)
    solve_horizon(_town(us, vs, prices), SearchLimits(), seed=0, report=lambda _: None)


def _streets() -> tuple[Ints, Ints]:
    number = np.arange(_SIDE * _SIDE).reshape(_SIDE, _SIDE)
    us = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    vs = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    return us.astype(np.int64), vs.astype(np.int64)


def _town(us: Ints, vs: Ints, prices: Floats) -> Horizon:
    work = PlannedDig("sewer", (0, 1), (0.0, 10.0), 1, 1, np.array([3, 4]), np.array([20.0, 20.0]))
    return Horizon(
        names=("0", "1", "2"),
        discounts=np.array([1.0, 0.98, 0.96]),
        nodes=_SIDE * _SIDE,
        roots=np.array([0]),
        us=us,
        vs=vs,
        own=np.repeat(prices[:, None], 3, axis=1),
        sites=("a", "b", "c"),
        site_nodes=np.array([4, 12, 24]),
        prizes=np.full((3, 3), 300.0),
        deadlines=np.array([NEVER, 2, NEVER]),
        works=(work,),
        budgets=np.full(3, 500.0),
        carry_over=True,
    )
