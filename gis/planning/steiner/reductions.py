"""
Making a Steiner problem smaller without changing its optimum.

Nodes of degree one and two (Duin and Volgenant 1989), edges dearer than another way between their ends whose parts
between terminals are each no longer (special distance, Duin and Volgenant 1989), and edges that no better tree than a
known one can hold (bound-based, from reduced costs). An edge that replaces two remembers them, so that a tree found
later is told in original edges.
"""

import heapq
from dataclasses import dataclass

import numpy as np

from gis.planning.kernels import kernel
from gis.planning.networks import Flags, Floats, Ints

_SETTLED = 300  # nodes looked at for a way around an edge


@dataclass(frozen=True)
class Problem:
    """A Steiner tree problem: edges with costs, and which nodes are terminals."""

    nodes: int
    us: Ints
    vs: Ints
    costs: Floats
    is_terminal: Flags

    @property
    def terminals(self) -> Ints:
        """Return the numbers of the terminals."""
        return np.flatnonzero(self.is_terminal)


@dataclass(frozen=True)
class Reduced:
    """A smaller problem and the way back; `fixed` are the edges that are in the tree anyway."""

    problem: Problem
    original_edges: int
    number: Ints  # of an edge of the smaller problem among original and merged ones
    parts: Ints  # of merged ones, of shape (merged, 2), in the order of their making
    fixed: Ints

    def restore(self, edges: Ints) -> Ints:
        """Return the edges of the original problem that a tree of the smaller one stands for, with the fixed ones."""
        found: list[int] = []
        stack = [*self.number[edges].tolist(), *self.fixed.tolist()]
        while stack:
            e = stack.pop()
            if e < self.original_edges:
                found.append(e)
            else:
                stack.extend(self.parts[e - self.original_edges].tolist())
        return np.array(sorted(found), np.int64)


def reduce_problem(problem: Problem, keep: Flags | None = None, *, around: bool = True) -> Reduced:
    """Return a smaller problem with the same optimum; edges that `keep` does not name are left out before."""
    alive = np.ones(len(problem.us), np.bool_) if keep is None else keep.copy()
    alive &= problem.us != problem.vs
    if around:
        _drop_dear(problem.nodes, problem.us, problem.vs, problem.costs, problem.is_terminal, alive, _SETTLED)
    us, vs, costs, alive, is_terminal, parts, fixed = _contract(
        problem.nodes, problem.us, problem.vs, problem.costs, alive, problem.is_terminal
    )
    number = np.flatnonzero(alive)
    touched = np.unique(np.concatenate([us[number], vs[number], np.flatnonzero(is_terminal)]))
    name = np.full(problem.nodes, -1, np.int64)
    name[touched] = np.arange(len(touched))
    smaller = Problem(len(touched), name[us[number]], name[vs[number]], costs[number], is_terminal[touched])
    return Reduced(smaller, len(problem.us), number, parts, fixed)


@kernel
def _links(nodes: int, us: Ints, vs: Ints, alive: Flags, room: int) -> tuple[Ints, Ints, Ints]:
    """Lists of edges by node: `begin[v]` and `after[2 * e + side]` are places 2 * e + side, -1 at the end."""
    begin = np.full(nodes, -1, np.int64)
    after = np.full(2 * room, -1, np.int64)
    degree = np.zeros(nodes, np.int64)
    for e in range(len(us)):
        if alive[e]:
            for side in range(2):
                v = us[e] if side == 0 else vs[e]
                after[2 * e + side] = begin[v]
                begin[v] = 2 * e + side
                degree[v] += 1
    return begin, after, degree


@kernel
def _contract(
    nodes: int, us0: Ints, vs0: Ints, costs0: Floats, alive0: Flags, is_terminal0: Flags
) -> tuple[Ints, Ints, Floats, Flags, Flags, Ints, Ints]:
    edges = len(us0)
    room = edges + nodes + 1
    us, vs, costs = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.float64)
    us[:edges], vs[:edges], costs[:edges] = us0, vs0, costs0
    alive = np.zeros(room, np.bool_)
    alive[:edges] = alive0
    is_terminal = is_terminal0.copy()
    left = is_terminal.sum()
    parts = np.empty((room - edges, 2), np.int64)
    fixed = np.empty(nodes, np.int64)
    fixings = 0
    begin, after, degree = _links(nodes, us0, vs0, alive0, room)
    queue = [np.int64(v) for v in range(nodes)]
    while len(queue):
        v = queue.pop()
        if degree[v] == 0 or degree[v] > 2 or left <= 1:
            continue
        found0, found1 = np.int64(-1), np.int64(-1)
        place = begin[v]
        while place >= 0:
            e = place // 2
            if alive[e]:
                if found0 < 0:
                    found0 = e
                else:
                    found1 = e
            place = after[place]
        other0 = us[found0] + vs[found0] - v
        if degree[v] == 1:
            alive[found0] = False
            degree[v] -= 1
            degree[other0] -= 1
            if is_terminal[v]:
                fixed[fixings] = found0
                fixings += 1
                is_terminal[v] = False
                if is_terminal[other0]:
                    left -= 1
                is_terminal[other0] = True
            queue.append(other0)
            continue
        if is_terminal[v]:
            continue
        other1 = us[found1] + vs[found1] - v
        alive[found0] = False
        alive[found1] = False
        degree[v] = 0
        degree[other0] -= 1
        degree[other1] -= 1
        queue.append(other0)
        queue.append(other1)
        if other0 == other1:
            continue
        cost = costs[found0] + costs[found1]
        twin = np.int64(-1)
        place = begin[other0]
        while place >= 0:
            e = place // 2
            if alive[e] and us[e] + vs[e] - other0 == other1:
                twin = e
                break
            place = after[place]
        if twin >= 0:
            if costs[twin] <= cost:
                continue
            alive[twin] = False
            degree[other0] -= 1
            degree[other1] -= 1
        parts[edges - len(us0), 0] = found0
        parts[edges - len(us0), 1] = found1
        us[edges], vs[edges], costs[edges], alive[edges] = other0, other1, cost, True
        after[2 * edges] = begin[other0]
        begin[other0] = 2 * edges
        after[2 * edges + 1] = begin[other1]
        begin[other1] = 2 * edges + 1
        degree[other0] += 1
        degree[other1] += 1
        edges += 1
    merged = edges - len(us0)
    return us[:edges], vs[:edges], costs[:edges], alive[:edges], is_terminal, parts[:merged], fixed[:fixings]


@kernel
def _drop_dear(nodes: int, us: Ints, vs: Ints, costs: Floats, is_terminal: Flags, alive: Flags, settled: int) -> None:
    """Drop edges, dearest first, for which there is another way of no greater special distance."""
    begin, after, _ = _links(nodes, us, vs, alive, len(us))
    far = np.full(nodes, np.inf)
    seen = np.empty(64 * settled, np.int64)
    for e in np.argsort(-costs):
        if not alive[e]:
            continue
        limit, goal, count, looked = costs[e], vs[e], 1, 0
        seen[0] = us[e]
        far[us[e]] = 0.0
        heap = [(0.0, us[e])]
        while len(heap) and looked < settled:
            d, v = heapq.heappop(heap)
            if d > far[v]:
                continue
            if v == goal:
                alive[e] = False
                break
            looked += 1
            place = begin[v]
            while place >= 0:
                f = place // 2
                place = after[place]
                w = us[f] + vs[f] - v
                if not alive[f] or f == e or d + costs[f] > limit:
                    continue
                reached = 0.0 if is_terminal[w] and w != goal else d + costs[f]
                if reached < far[w] and count < len(seen):
                    if far[w] == np.inf:
                        seen[count] = w
                        count += 1
                    far[w] = reached
                    heapq.heappush(heap, (reached, w))
        for k in range(count):
            far[seen[k]] = np.inf
