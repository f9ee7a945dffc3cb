"""
Dual ascent after Wong (1984): a lower bound for a rooted Steiner arborescence, with reduced costs.

The sets that are raised are grown from the terminals against the arcs; the one with the fewest entering arcs comes
first, as in Pajor, Uchoa and Werneck (2018), "A robust and scalable algorithm for the Steiner problem in graphs".
"""

import heapq

import numpy as np

from gis.planning.kernels import kernel
from gis.planning.networks import ArcNetwork, Floats, Ints

_PATIENCE = 1.25  # how much larger than the next set one may grow before it waits its turn


def ascend(
    network: ArcNetwork, costs: Floats, root: int, terminals: Ints, *, keep_cuts: int = 0
) -> tuple[float, Floats, list[Ints], Ints]:
    """
    Return a lower bound for connecting all terminals to the root, the reduced costs of all arcs, cuts, and whose each
    cut is.

    Args:
        network: The arcs.
        costs: Cost of each arc, not negative, of shape (arcs,).
        root: Where the arborescence starts.
        terminals: Nodes to be reached.
        keep_cuts: Return at most so many of the raised cuts, each as the numbers of its arcs.

    The bound is infinite when a terminal cannot be reached.
    """
    room = 64 * keep_cuts
    bound, reduced, flat, ends, grown_by = _ascend(
        network.first_in, network.arcs_in, network.tails, costs, root, terminals, keep_cuts, room
    )
    return bound, reduced, np.split(flat, ends)[:-1] if len(ends) else [], grown_by


@kernel
def _ascend(
    first_in: Ints, arcs_in: Ints, tails: Ints, costs: Floats, root: int, terminals: Ints, keep_cuts: int, room: int
) -> tuple[float, Floats, Ints, Ints, Ints]:
    nodes = len(first_in) - 1
    reduced = costs.copy()
    mark = np.zeros(nodes, np.int64)
    active = np.zeros(nodes, np.bool_)
    stack = np.empty(nodes, np.int64)
    entering = np.empty(len(costs), np.int64)
    flat = np.empty(room, np.int64)
    ends = np.empty(keep_cuts, np.int64)
    grown_by = np.empty(keep_cuts, np.int64)
    used, cuts = 0, 0
    heap = [(np.int64(0), np.int64(0))]
    heap.pop()
    for t in terminals:
        if t != root and not active[t]:
            active[t] = True
            heapq.heappush(heap, (first_in[t + 1] - first_in[t], t))
    stamp, bound = 0, 0.0
    while len(heap):
        _, terminal = heapq.heappop(heap)
        stamp += 1
        mark[terminal] = stamp
        stack[0] = terminal
        depth, count = 1, 0
        while True:
            joined = False
            while depth > 0 and not joined:
                depth -= 1
                v = stack[depth]
                for k in range(first_in[v], first_in[v + 1]):
                    a = arcs_in[k]
                    u = tails[a]
                    if mark[u] == stamp:
                        continue
                    if reduced[a] <= 0.0:
                        if u == root or active[u]:
                            joined = True
                            break
                        mark[u] = stamp
                        stack[depth] = u
                        depth += 1
                    else:
                        entering[count] = a
                        count += 1
            if joined:
                active[terminal] = False
                break
            kept, delta = 0, np.inf
            for k in range(count):
                a = entering[k]
                if mark[tails[a]] != stamp:
                    entering[kept] = a
                    kept += 1
                    delta = min(delta, reduced[a])
            count = kept
            if count == 0:
                return np.inf, reduced, flat[:0], ends[:0], grown_by[:0]
            if len(heap) and count > _PATIENCE * heap[0][0]:
                heapq.heappush(heap, (np.int64(count), terminal))
                break
            if cuts < keep_cuts and used + count <= room:
                flat[used : used + count] = entering[:count]
                used += count
                ends[cuts] = used
                grown_by[cuts] = terminal
                cuts += 1
            bound += delta
            for k in range(count):
                a = entering[k]
                reduced[a] -= delta
                u = tails[a]
                if reduced[a] <= 0.0 and mark[u] != stamp:
                    if u == root or active[u]:
                        joined = True
                    mark[u] = stamp
                    stack[depth] = u
                    depth += 1
            if joined:
                active[terminal] = False
                break
    return bound, reduced, flat[:used], ends[:cuts], grown_by[:cuts]


def distances(network: ArcNetwork, costs: Floats, sources: Ints, *, against: bool = False) -> Floats:
    """
    Return the shortest distance from the nearest source to every node, or to the nearest one if taken `against` the
    arcs.
    """
    if against:
        return _distances(network.first_in, network.arcs_in, network.tails, costs, sources)
    return _distances(network.first_out, network.arcs_out, network.heads, costs, sources)


@kernel
def _distances(first: Ints, arcs: Ints, others: Ints, costs: Floats, sources: Ints) -> Floats:
    far = np.full(len(first) - 1, np.inf)
    heap = [(0.0, np.int64(0))]
    heap.pop()
    for s in sources:
        far[s] = 0.0
        heapq.heappush(heap, (0.0, s))
    while len(heap):
        d, v = heapq.heappop(heap)
        if d > far[v]:
            continue
        for k in range(first[v], first[v + 1]):
            a = arcs[k]
            w = others[a]
            if d + costs[a] < far[w]:
                far[w] = d + costs[a]
                heapq.heappush(heap, (far[w], w))
    return far


def through_costs(network: ArcNetwork, reduced: Floats, root: int, terminals: Ints) -> Floats:
    """
    Return what the bound rises by at least if an arc is in the arborescence: from the root to it
    and on to a terminal.
    """
    from_root = distances(network, reduced, np.array([root]))
    others = terminals[terminals != root]
    to_terminal = distances(network, reduced, others, against=True)
    return from_root[network.tails] + reduced + to_terminal[network.heads]
