"""
The best plan on a tree: when each of its edges is laid, and with whom.

On a tree there is one way to each site, so that being connected passes from node to node and no cuts are needed: a node
is connected in a period if the node before it is and the edge between them is laid by then.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from gis.planning.horizon.programme import HorizonProgramme
from gis.planning.linear_program import ConstraintRows, Programme, Solution, stack_rows
from gis.planning.networks import ArcNetwork, Floats, Ints


def solve_on_tree(parts: HorizonProgramme, edges: Ints, until: float, *, seed: int, nodes: int) -> Solution:
    """
    Return the best plan that lays no other edges, as values of the columns of the whole programme.

    Args:
        parts: The whole programme, for its columns and rules.
        edges: Of the ground, a tree that holds node 0.
        until: Time of `time.monotonic` to stop at.
        seed: Of what is left to chance.
        nodes: Most branches to look at.
    """
    ground, periods = parts.ground, parts.horizon.periods
    tree = _walk(ground.network, edges)
    place = np.full(ground.network.nodes, -1)
    place[tree.nodes] = np.arange(len(tree.nodes))
    where = place[ground.goals]  # in the tree's nodes
    if (where[ground.deadlines < periods] < 0).any():
        return Solution(None, np.inf, np.inf, None, is_optimal=False, is_infeasible=True)
    kept = _columns_on(parts, tree)
    size = len(kept) + len(tree.nodes) * periods
    served = len(kept) + np.arange(len(tree.nodes) * periods).reshape(
        -1, periods
    )  # columns: a node is connected by then
    costs, lower, upper = np.zeros(size), np.zeros(size), np.ones(size)
    costs[: len(kept)] = parts.costs[kept]
    goals = np.flatnonzero(where >= 0)
    for g in goals:
        costs[served[where[g]]] += parts.costs[parts.goal_columns[g]]
        lower[served[where[g], ground.deadlines[g] :]] = 1
    programme = Programme(costs, upper, stack_rows(_rules(parts, tree, kept, served)), seed=seed)
    programme.set_bounds(lower, upper)
    answer = programme.solve_integers(until, np.arange(size) < len(kept), nodes=nodes)
    if answer.values is None:
        return answer
    values = np.zeros(parts.columns.count)
    values[kept] = answer.values[: len(kept)]
    values[parts.goal_columns[goals]] = answer.values[served[where[goals]]]
    return Solution(values, answer.bound, answer.objective, None, answer.is_optimal, branches=answer.branches)


@dataclass(frozen=True)
class _Tree:
    """
    Nodes in the order in which they are reached from node 0, where each one's parent is among them (or -1), and the arc
    to it.
    """

    nodes: Ints
    parents: Ints
    arcs: Ints


def _walk(network: ArcNetwork, edges: Ints) -> _Tree:
    arcs = np.concatenate([2 * edges, 2 * edges + 1])
    tails, heads = network.tails[arcs], network.heads[arcs]
    graph = sp.csr_matrix((arcs + 1, (tails, heads)), shape=(network.nodes, network.nodes))
    order, before = sp.csgraph.breadth_first_order(graph, 0, directed=True)
    reached = order[1:].astype(np.int64)
    place = np.full(network.nodes, -1)
    place[reached] = np.arange(len(reached))
    into = np.asarray(graph[before[reached], reached]).ravel() - 1
    return _Tree(reached, place[before[reached]], into.astype(np.int64))


def _columns_on(parts: HorizonProgramme, tree: _Tree) -> Ints:
    """Return the columns that lay the tree's arcs, and those of the works' starts."""
    columns = parts.columns
    laid = np.flatnonzero(np.isin(columns.arcs, tree.arcs) & (parts.upper[: columns.first_goal] > 0))
    return np.concatenate([laid, np.arange(columns.first_start, columns.count)])


def _rules(parts: HorizonProgramme, tree: _Tree, kept: Ints, served: Ints) -> list[ConstraintRows]:
    """Return: works and money as in the whole; each arc once; a node is connected by its arc and through its parent."""
    columns, (nodes, periods) = parts.columns, served.shape
    size = len(kept) + nodes * periods
    given = parts.work_and_money
    rest = sp.csr_matrix((len(given.lower), nodes * periods))
    laid = kept[kept < columns.first_goal]
    order = np.argsort(tree.arcs)
    arcs = order[np.searchsorted(tree.arcs, columns.arcs[laid], sorter=order)]

    def laying(which: Ints) -> sp.csr_matrix:
        return sp.csr_matrix((np.ones(len(which)), (arcs[which], which)), shape=(nodes, size))

    rows = [
        ConstraintRows(given.lower, given.upper, sp.csr_matrix(sp.hstack([given.matrix[:, kept], rest]))),
        ConstraintRows.at_most(1, laying(np.arange(len(laid)))),
    ]
    inner = np.flatnonzero(tree.parents >= 0)
    for t in range(periods):
        by_then = laying(np.flatnonzero(columns.periods[laid] <= t))
        rows.append(ConstraintRows.at_least(0, by_then - _pick(served[:, t], size)))
        through = _pick(served[tree.parents[inner], t], size) - _pick(served[inner, t], size)
        rows.append(ConstraintRows.at_least(0, through))
    return rows


def _pick(places: Ints, size: int) -> sp.csr_matrix:
    ones: Floats = np.ones(len(places))
    return sp.csr_matrix((ones, (np.arange(len(places)), places)), shape=(len(places), size))
