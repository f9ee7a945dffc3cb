"""
Compile the planner's kernels once, so that processes of a test run find them on the disk and do not each compile their
own: `python -m tests.kernels`.
"""

from gis.planning.horizon.search import NoPlanError
from tests.gis.planning.horizon import test_search as horizons
from tests.gis.planning.steiner import test_search as trees


def compile_kernels() -> None:
    """Solve small instances, which between them call every kernel with every type that it is called with."""
    for seed in range(12):
        trees._solve(trees._random_problem(seed))
        try:
            horizons._solve(horizons._random_horizon(seed))
        except NoPlanError:
            continue


if __name__ == "__main__":
    compile_kernels()
