"""
Trees that join terminals: the shortest-path heuristic (Takahashi and Matsuyama, 1980), pruned and taken over its nodes
again.
"""

import heapq

import numpy as np

from gis.planning.kernels import kernel
from gis.planning.networks import ArcNetwork, Flags, Floats, Ints


def grow_tree(network: ArcNetwork, costs: Floats, start: int, terminals: Ints, allowed: Flags | None = None) -> Ints:
    """
    Return the edges of a tree that joins the terminals to the start, or no edges when they cannot be joined.

    Args:
        network: The arcs.
        costs: Cost of each edge, of shape (edges,).
        start: Where the tree begins to grow.
        terminals: Nodes to be joined.
        allowed: Which edges may be used; all unless told.
    """
    usable = np.ones(len(costs), np.bool_) if allowed is None else allowed
    is_terminal = np.zeros(network.nodes, np.bool_)
    is_terminal[terminals] = True
    is_terminal[start] = True
    chosen, is_whole = _grow(network.first_out, network.arcs_out, network.heads, costs, start, is_terminal, usable)
    if not is_whole:
        return np.empty(0, np.int64)
    return prune_tree(network, costs, np.flatnonzero(chosen), is_terminal)


@kernel
def _grow(
    first: Ints, arcs: Ints, heads: Ints, costs: Floats, start: int, is_terminal: Flags, usable: Flags
) -> tuple[Flags, bool]:
    nodes = len(first) - 1
    far = np.full(nodes, np.inf)
    via = np.full(nodes, -1, np.int64)
    inside = np.zeros(nodes, np.bool_)
    chosen = np.zeros(len(costs), np.bool_)
    missing = is_terminal.sum() - 1
    far[start] = 0.0
    inside[start] = True
    heap = [(0.0, np.int64(start))]
    while len(heap) and missing > 0:
        d, v = heapq.heappop(heap)
        if d > far[v]:
            continue
        if is_terminal[v] and not inside[v]:
            w = v
            while not inside[w]:
                inside[w] = True
                missing -= is_terminal[w]
                far[w] = 0.0
                heapq.heappush(heap, (0.0, w))
                a = via[w]
                chosen[a // 2] = True
                w = heads[a ^ 1]
            continue
        for k in range(first[v], first[v + 1]):
            a = arcs[k]
            w = heads[a]
            if usable[a // 2] and not inside[w] and d + costs[a // 2] < far[w]:
                far[w] = d + costs[a // 2]
                via[w] = a
                heapq.heappush(heap, (far[w], w))
    return chosen, missing == 0


def prune_tree(network: ArcNetwork, costs: Floats, edges: Ints, is_terminal: Flags) -> Ints:
    """Return the cheapest tree over the nodes of the given edges, without branches that lead to no terminal."""
    inside = np.zeros(network.nodes, np.bool_)
    inside[network.tails[2 * edges]] = True
    inside[network.heads[2 * edges]] = True
    candidates = np.flatnonzero(inside[network.tails[0::2]] & inside[network.heads[0::2]])
    order = candidates[np.argsort(costs[candidates], kind="stable")]
    kept = _spanning(network.nodes, network.tails, network.heads, order)
    return _without_branches(network.nodes, network.tails, network.heads, kept, is_terminal)


@kernel
def _spanning(nodes: int, tails: Ints, heads: Ints, order: Ints) -> Ints:
    parent = np.arange(nodes)
    kept = np.empty(len(order), np.int64)
    count = 0
    for e in order:
        a, b = tails[2 * e], heads[2 * e]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a != b:
            parent[a] = b
            kept[count] = e
            count += 1
    return kept[:count]


@kernel
def _without_branches(nodes: int, tails: Ints, heads: Ints, edges: Ints, is_terminal: Flags) -> Ints:
    degree = np.zeros(nodes, np.int64)
    touching = np.zeros(nodes, np.int64)  # exclusive or of the numbers of the edges left at a node
    for e in edges:
        for v in (tails[2 * e], heads[2 * e]):
            degree[v] += 1
            touching[v] ^= e
    alive = np.zeros(len(tails) // 2, np.bool_)
    alive[edges] = True
    for e in edges:
        for v in (tails[2 * e], heads[2 * e]):
            while degree[v] == 1 and not is_terminal[v]:
                dead = touching[v]
                alive[dead] = False
                degree[v] = 0
                v = tails[2 * dead] if heads[2 * dead] == v else heads[2 * dead]
                degree[v] -= 1
                touching[v] ^= dead
    return np.flatnonzero(alive)
