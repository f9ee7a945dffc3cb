"""Dual ascent: a bound that the best tree is never below."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gis.planning.networks import make_network
from gis.planning.steiner.ascent import ascend, distances


def _network(seed: int) -> tuple[object, np.ndarray, int]:
    chance = np.random.default_rng(seed)
    nodes = 12
    us = np.concatenate([np.arange(nodes - 1), chance.integers(0, nodes, 15)])
    vs = np.concatenate([np.arange(1, nodes), (us[nodes - 1 :] + 1 + chance.integers(0, nodes - 1, 15)) % nodes])
    return make_network(nodes, us, vs), chance.integers(1, 20, len(us)).astype(float), nodes


@pytest.mark.parametrize("seed", range(20))
def test_with_one_terminal_the_bound_is_the_shortest_way(seed: int) -> None:
    network, costs, nodes = _network(seed)
    bound, _, _, _ = ascend(network, np.repeat(costs, 2), 0, np.array([0, nodes - 1]))
    assert bound == pytest.approx(distances(network, np.repeat(costs, 2), np.array([0]))[nodes - 1])


@pytest.mark.parametrize("seed", range(20))
def test_distances_are_those_of_scipy(seed: int) -> None:
    network, costs, nodes = _network(seed)
    arcs = np.repeat(costs, 2)
    dense = np.full((nodes, nodes), np.inf)
    np.minimum.at(dense, (network.tails, network.heads), arcs)
    dense[~np.isfinite(dense)] = 0
    assert distances(network, arcs, np.array([0])) == pytest.approx(dijkstra(csr_matrix(dense), indices=0))


@pytest.mark.parametrize("seed", range(20))
def test_what_is_raised_is_paid_for_by_the_arcs(seed: int) -> None:
    network, costs, nodes = _network(seed)
    arcs = np.repeat(costs, 2)
    bound, reduced, cuts, grown_by = ascend(network, arcs, 0, np.array([3, 7, nodes - 1]), keep_cuts=100)
    assert (reduced >= -1e-9).all()
    assert bound > 0
    assert len(cuts) == len(grown_by) > 0
    assert all(0 not in network.heads[cut] for cut in cuts)


def test_a_terminal_out_of_reach_has_an_infinite_bound() -> None:
    network = make_network(3, np.array([0]), np.array([1]))
    assert ascend(network, np.ones(2), 0, np.array([2]))[0] == np.inf
