"""The rows of the programme that are there from the beginning: trees, works, and money."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from gis.planning.horizon.ground import ALONE, Columns, Ground
from gis.planning.horizon.problem import Horizon
from gis.planning.linear_program import ConstraintRows, stack_rows
from gis.planning.networks import Ints


@dataclass(frozen=True)
class Layout:
    """What stands in which column: goals by period, and how much of each arc is laid in the end."""

    horizon: Horizon
    ground: Ground
    columns: Columns
    goals: Ints  # of shape (goals, T)
    laid: sp.csr_matrix  # arcs x columns


def tree_rules(layout: Layout) -> list[ConstraintRows]:
    """Return: an edge is laid once; nodes are entered once, goals as connected; nothing begins or ends nowhere."""
    ground, network, last = layout.ground, layout.ground.network, layout.laid
    arcs, count = len(network.heads), layout.columns.count
    each = np.arange(arcs)
    into = _matrix(network.heads, each, (network.nodes, arcs))
    out = _matrix(network.tails, each, (network.nodes, arcs))
    goals = np.arange(len(ground.goals))
    goal_last = _matrix(goals, layout.goals[:, -1], (len(goals), count))
    pairs = _matrix(each // 2, each, (arcs // 2, arcs))
    others = np.setdiff1d(np.arange(1, network.nodes), ground.goals)
    onward = np.flatnonzero((network.tails != 0) & (network.heads != 0))
    rows = np.arange(len(onward))
    pick = _matrix(rows, onward, (len(onward), arcs))
    back = _matrix(rows, onward ^ 1, (len(onward), arcs))
    earlier, later = layout.goals[:, :-1].ravel(), layout.goals[:, 1:].ravel()
    steps = np.arange(len(earlier))
    shape = (len(steps), count)
    return [
        ConstraintRows.at_most(1, pairs @ last),
        ConstraintRows.equal(0, into[ground.goals] @ last - goal_last),
        ConstraintRows.at_most(1, into[others] @ last),
        ConstraintRows.at_least(0, (out[others] - into[others]) @ last),
        ConstraintRows.at_least(0, (into[network.tails[onward]] - back - pick) @ last),
        ConstraintRows.at_least(0, _matrix(steps, later, shape) - _matrix(steps, earlier, shape)),
    ]


def work_rules(layout: Layout) -> list[ConstraintRows]:
    """Return: a work starts once; joint laying needs it open; laying alone needs it not closed."""
    columns, horizon, edges = layout.columns, layout.horizon, layout.ground.edges
    place = np.full(len(horizon.us), -1)
    place[edges] = np.arange(len(edges))
    alone, joint = _columns_by_edge(layout)
    rows: list[ConstraintRows] = []
    for w in np.unique(columns.start_works).tolist():
        work = horizon.works[w]
        starts = np.flatnonzero(columns.start_works == w)
        periods = columns.start_periods[starts]
        begin = columns.first_start + starts
        rows.append(ConstraintRows.equal(1, _matrix(np.zeros(len(starts), np.int64), begin, (1, columns.count))))
        mine = place[work.edges]
        mine = mine[mine >= 0]
        for t in range(horizon.periods):
            is_open = np.array([work.is_open(s, t) for s in periods])
            is_closed = np.array([work.is_closed(s, t) for s in periods])
            together = joint.get((w, t))
            if together is not None:
                rows.append(ConstraintRows.at_most(0, _by_edge(together, begin[is_open], -1.0, layout)))
            if is_closed.any() and len(mine):
                lone = alone[mine, t].ravel()
                if (lone >= 0).any():
                    rows.append(ConstraintRows.at_most(1, _by_edge(lone[lone >= 0], begin[is_closed], 1.0, layout)))
    return rows


def money_rules(layout: Layout) -> ConstraintRows:
    """Return: what is paid up to the end of a period, or in it, is no more than the budgets give."""
    columns, horizon = layout.columns, layout.horizon
    rows = []
    for t in range(horizon.periods) if horizon.budgets is not None else ():
        assert horizon.budgets is not None
        which = np.flatnonzero(columns.periods <= t if horizon.carry_over else columns.periods == t)
        given = float(horizon.budgets[: t + 1].sum() if horizon.carry_over else horizon.budgets[t])
        row = sp.csr_matrix((columns.prices[which], (np.zeros(len(which), np.int64), which)), shape=(1, columns.count))
        rows.append(ConstraintRows.at_most(given, row))
    return stack_rows(rows, columns.count)


def _columns_by_edge(layout: Layout) -> tuple[Ints, dict[tuple[int, int], Ints]]:
    """Return the columns that lay an edge alone, of shape (edges, T, 2), -1 for none, and those of works."""
    columns, periods = layout.columns, layout.horizon.periods
    alone = np.full((len(layout.ground.edges), periods, 2), -1)
    mine = np.flatnonzero(columns.works == ALONE)
    alone[columns.arcs[mine] // 2, columns.periods[mine], columns.arcs[mine] % 2] = mine
    joint = np.flatnonzero(np.isin(columns.works, columns.start_works))
    key = columns.works[joint] * periods + columns.periods[joint]
    order = np.argsort(key, kind="stable")
    at = np.flatnonzero(np.diff(key[order], prepend=-1))
    parts = np.split(joint[order], at[1:]) if len(at) else []
    return alone, {divmod(int(k), periods): part for k, part in zip(key[order][at], parts, strict=True)}


def _by_edge(laying: Ints, starts: Ints, sign: float, layout: Layout) -> sp.csr_matrix:
    """Return a row for each edge that the columns lay: they, and the starts times the sign."""
    edges, row = np.unique(layout.columns.arcs[laying] // 2, return_inverse=True)
    rows = np.concatenate([row, np.repeat(np.arange(len(edges)), len(starts))])
    places = np.concatenate([laying, np.tile(starts, len(edges))])
    values = np.concatenate([np.ones(len(laying)), np.full(len(starts) * len(edges), sign)])
    return sp.csr_matrix((values, (rows, places)), shape=(len(edges), layout.columns.count))


def _matrix(rows: Ints, places: Ints, shape: tuple[int, int]) -> sp.csr_matrix:
    return sp.csr_matrix((np.ones(len(rows)), (rows, places)), shape=shape)
