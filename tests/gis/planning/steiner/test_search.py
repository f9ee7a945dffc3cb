"""Steiner trees, against every tree there is and published optima."""

import csv
import itertools
import os
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from gis.planning.instance_files import read_instance
from gis.planning.limits import SearchLimits
from gis.planning.steiner.reductions import Problem, reduce_problem
from gis.planning.steiner.search import FoundTree, solve_steiner


def _random_problem(seed: int, nodes: int = 9) -> Problem:
    chance = np.random.default_rng(seed)
    pairs = list(itertools.combinations(range(nodes), 2))
    ring = [(i, i + 1) for i in range(nodes - 1)]
    others = [pairs[k] for k in chance.permutation(len(pairs))[: int(chance.integers(2, 12))]]
    edges = sorted(set(ring + others))
    terminals = np.zeros(nodes, np.bool_)
    terminals[chance.permutation(nodes)[: int(chance.integers(2, 6))]] = True
    us, vs = np.array(edges).T
    return Problem(nodes, us, vs, chance.integers(1, 30, len(edges)).astype(float), terminals)


def _best_cost(problem: Problem) -> float:
    """Return the cost of the best tree: the smallest spanning tree over the terminals and some other nodes."""
    others = np.flatnonzero(~problem.is_terminal)
    best = np.inf
    for count in range(len(others) + 1):
        for extra in itertools.combinations(others, count):
            inside = problem.is_terminal.copy()
            inside[list(extra)] = True
            kept = inside[problem.us] & inside[problem.vs]
            shape = (problem.nodes, problem.nodes)
            graph = coo_matrix((problem.costs[kept], (problem.us[kept], problem.vs[kept])), shape=shape)
            tree = minimum_spanning_tree(graph)
            if tree.nnz == inside.sum() - 1:
                best = min(best, float(tree.sum()))
    return best


def _solve(problem: Problem, **limits: float) -> FoundTree:
    return solve_steiner(problem, SearchLimits(**limits), seed=0, report=lambda _: None)


def _joins(problem: Problem, edges: np.ndarray) -> bool:
    graph = coo_matrix((np.ones(len(edges)), (problem.us[edges], problem.vs[edges])), shape=(problem.nodes,) * 2)
    label = minimum_spanning_tree(graph + graph.T)
    reached, stack = {int(problem.terminals[0])}, [int(problem.terminals[0])]
    links = (label + label.T).tolil().rows
    while stack:
        for w in links[stack.pop()]:
            if w not in reached:
                reached.add(w)
                stack.append(w)
    return set(problem.terminals.tolist()) <= reached


@pytest.mark.parametrize("seed", range(60))
def test_the_tree_is_the_best_of_all(seed: int) -> None:
    problem = _random_problem(seed)
    found = _solve(problem)
    assert found.is_optimal
    assert found.objective == _best_cost(problem) == problem.costs[found.edges].sum() == found.bound
    assert _joins(problem, found.edges)


@pytest.mark.parametrize("seed", range(60))
def test_reductions_keep_the_best_cost_and_know_the_way_back(seed: int) -> None:
    problem = _random_problem(seed)
    step = reduce_problem(problem)
    smaller = step.problem
    inside = _solve(smaller).edges if len(smaller.terminals) > 1 else np.empty(0, np.int64)
    restored = step.restore(inside)
    assert problem.costs[restored].sum() == _best_cost(problem)
    assert _joins(problem, restored)


def test_one_terminal_needs_no_edge() -> None:
    problem = _random_problem(1)
    alone = Problem(problem.nodes, problem.us, problem.vs, problem.costs, np.arange(problem.nodes) == 3)
    found = _solve(alone)
    assert (len(found.edges), found.objective, found.is_optimal) == (0, 0.0, True)


def test_the_same_seed_and_work_give_the_same_tree() -> None:
    problem = _random_problem(7, nodes=14)
    first, second = (_solve(problem, rounds=3) for _ in range(2))
    assert first.edges.tolist() == second.edges.tolist()
    assert (first.bound, first.work) == (second.bound, second.work)


def _published() -> list[tuple[str, float]]:
    folder = os.environ.get("VENTSPILS_TEST_DATA")
    if not folder:
        return []
    with (Path(folder) / "steiner" / "index.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [(row["name"], float(row["best_known"])) for row in rows]


QUICK = (
    "steinlib-e",
    "steinlib-gap",
    "steinlib-i080",
    "steinlib-lin",
    "steinlib-wrp4",
    "vienna-i_I052",
    "vienna-i_I056",
)


@pytest.mark.skipif(not _published(), reason="VENTSPILS_TEST_DATA, with published instances, is not set")
@pytest.mark.parametrize(("name", "best"), [row for row in _published() if row[0].startswith(QUICK)])
def test_published_optima_are_found_and_proven(name: str, best: float) -> None:
    problem = read_instance(Path(os.environ["VENTSPILS_TEST_DATA"]) / "steiner" / f"{name}.gr")
    assert isinstance(problem, Problem)
    found = _solve(problem, until=time.monotonic() + 120)
    assert (found.objective, found.bound) == (best, best)
