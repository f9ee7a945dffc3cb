"""Directed cuts, against scipy's maximum flow."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from gis.planning.networks import ArcNetwork, make_network
from gis.planning.steiner.cuts import find_cuts

QUARTERS = 4


def _random_network(seed: int) -> tuple[ArcNetwork, np.ndarray]:
    chance = np.random.default_rng(seed)
    nodes = int(chance.integers(4, 30))
    edges = int(chance.integers(nodes, 3 * nodes))
    us = chance.integers(0, nodes, edges)
    vs = (us + 1 + chance.integers(0, nodes - 1, edges)) % nodes
    return make_network(nodes, us, vs), chance.integers(0, QUARTERS, 2 * edges) / QUARTERS


def _largest_flow(network: ArcNetwork, capacities: np.ndarray) -> float:
    shape = (network.nodes, network.nodes)
    quarters = csr_matrix(((QUARTERS * capacities).astype(np.int32), (network.tails, network.heads)), shape=shape)
    return float(maximum_flow(quarters, 0, network.nodes - 1).flow_value) / QUARTERS


def _reaches(network: ArcNetwork, without: np.ndarray) -> bool:
    kept = np.setdiff1d(np.arange(len(network.heads)), without)
    shape = (network.nodes, network.nodes)
    graph = csr_matrix((np.ones(len(kept)), (network.tails[kept], network.heads[kept])), shape=shape)
    return network.nodes - 1 in breadth_first_order(graph, 0, return_predecessors=False)


@pytest.mark.parametrize("seed", range(60))
def test_cuts_are_found_exactly_where_less_than_what_is_wanted_can_flow(seed: int) -> None:
    network, capacities = _random_network(seed)
    cuts = find_cuts(network, capacities, 0, network.nodes - 1, 1.0, most=6)
    assert bool(cuts) == (_largest_flow(network, capacities) < 1)


@pytest.mark.parametrize("seed", range(60))
def test_every_cut_parts_the_node_from_the_root_and_holds_less_than_wanted(seed: int) -> None:
    network, capacities = _random_network(seed)
    for cut in find_cuts(network, capacities, 0, network.nodes - 1, 1.0, most=6):
        assert capacities[cut].sum() < 1
        assert not _reaches(network, cut)


def test_what_is_hardly_wanted_is_not_cut() -> None:
    network, capacities = _random_network(1)
    assert find_cuts(network, 0 * capacities, 0, network.nodes - 1, 0.0, most=6) == []
