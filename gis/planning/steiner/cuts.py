"""
Directed cuts that a fractional plan violates, found by maximum flows.

A node that is to be reached with weight q from the root needs arcs of that weight into every set that holds it and not
the root (Wong 1984; Koch and Martin 1998). Where the flow falls short, the cuts next to the node and next to the root
are taken, their arcs are raised to one, and the flow is tried again, so that one question yields several cuts that
share no arc ("nested cuts").
"""

import numpy as np

from gis.planning.kernels import kernel
from gis.planning.networks import ArcNetwork, Flags, Floats, Ints

_CREEP = 1e-6  # on every arc, so that of equal cuts the one with the fewest arcs is found (Koch and Martin 1998)
_SHORT = 1e-4  # what is missing less is not called violated


def find_cuts(network: ArcNetwork, capacities: Floats, root: int, node: int, demand: float, *, most: int) -> list[Ints]:
    """
    Return at most `most` sets of arcs, each of capacity below the demand, that every path from root to node crosses.

    Args:
        network: The arcs.
        capacities: Weight of each arc in the fractional plan, of shape (arcs,).
        root: Where flow starts.
        node: Where it is to arrive.
        demand: How much of it.
        most: When to stop.
    """
    if demand <= _SHORT:
        return []
    flat, ends = _find_cuts(
        network.first_out, network.arcs_out, network.tails, network.heads, capacities, root, node, demand, most
    )
    return np.split(flat[: ends[-1]], ends[:-1]) if len(ends) else []


@kernel
def _find_cuts(
    first: Ints,
    arcs: Ints,
    tails: Ints,
    heads: Ints,
    capacities: Floats,
    root: int,
    node: int,
    demand: float,
    most: int,
) -> tuple[Ints, Ints]:
    rest = capacities + _CREEP
    raised = np.zeros(len(heads), np.bool_)
    flat = np.empty(len(heads) * 2, np.int64)
    ends = np.empty(most, np.int64)
    used, cuts, flow = 0, 0, 0.0
    while cuts < most:
        flow += _augment(first, arcs, heads, rest, root, node, demand - flow)
        if flow >= demand - _SHORT:
            break
        before = used
        for side in range(2):
            if cuts == most:
                break
            near = (
                _reached(first, arcs, heads, rest, node, 1)
                if side == 0
                else ~_reached(first, arcs, heads, rest, root, 0)
            )
            start, weight = used, 0.0
            for a in range(len(heads)):
                if near[heads[a]] and not near[tails[a]]:
                    if used == len(flat):
                        return flat, ends[:cuts]
                    flat[used] = a
                    used += 1
                    weight += 1.0 if raised[a] else capacities[a]
            if weight < demand - _SHORT and not (side == 1 and _same(flat, before, start, used)):
                ends[cuts] = used
                cuts += 1
            else:
                used = start
        if used == before:
            break
        for k in range(before, used):
            a = flat[k]
            if not raised[a]:
                raised[a] = True
                rest[a] += 1.0 - capacities[a]
    return flat, ends[:cuts]


@kernel
def _same(flat: Ints, before: int, start: int, used: int) -> bool:
    if used - start != start - before:
        return False
    return np.array_equal(flat[before:start], flat[start:used])


@kernel
def _reached(first: Ints, arcs: Ints, heads: Ints, rest: Floats, root: int, against: int) -> Flags:
    """Mark what can be reached over arcs that have rest, or over their counterparts if `against` is 1."""
    seen = np.zeros(len(first) - 1, np.bool_)
    stack = np.empty(len(first), np.int64)
    stack[0] = root
    seen[root] = True
    depth = 1
    while depth > 0:
        depth -= 1
        v = stack[depth]
        for k in range(first[v], first[v + 1]):
            a = arcs[k]
            if rest[a ^ against] > 1e-9 and not seen[heads[a]]:
                seen[heads[a]] = True
                stack[depth] = heads[a]
                depth += 1
    return seen


@kernel
def _augment(first: Ints, arcs: Ints, heads: Ints, rest: Floats, root: int, node: int, wanted: float) -> float:
    """Push up to `wanted` along shortest paths of the residual network (Dinic 1970); return how much went."""
    nodes = len(first) - 1
    level = np.empty(nodes, np.int64)
    queue = np.empty(nodes, np.int64)
    at = np.empty(nodes, np.int64)
    path = np.empty(nodes, np.int64)
    total = 0.0
    while total < wanted - 1e-9:
        level[:] = -1
        level[root] = 0
        queue[0] = root
        head, tail = 0, 1
        while head < tail and level[node] < 0:
            v = queue[head]
            head += 1
            for k in range(first[v], first[v + 1]):
                a = arcs[k]
                w = heads[a]
                if rest[a] > 1e-9 and level[w] < 0:
                    level[w] = level[v] + 1
                    queue[tail] = w
                    tail += 1
        if level[node] < 0:
            break
        at[:] = first[:-1]
        v, depth = root, 0
        while total < wanted - 1e-9:
            if v == node:
                push = wanted - total
                for k in range(depth):
                    push = min(push, rest[path[k]])
                total += push
                back = depth
                for k in range(depth - 1, -1, -1):
                    rest[path[k]] -= push
                    rest[path[k] ^ 1] += push
                    if rest[path[k]] <= 1e-9:
                        back = k
                if back == depth:
                    break
                v = heads[path[back] ^ 1]
                depth = back
                continue
            moved = False
            while at[v] < first[v + 1]:
                a = arcs[at[v]]
                if rest[a] > 1e-9 and level[heads[a]] == level[v] + 1:
                    path[depth] = a
                    depth += 1
                    v = heads[a]
                    moved = True
                    break
                at[v] += 1
            if not moved:
                if v == root:
                    break
                depth -= 1
                v = heads[path[depth] ^ 1]
                at[v] += 1
    return total
