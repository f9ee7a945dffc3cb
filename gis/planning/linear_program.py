"""
A linear programme over arcs that grows by directed cuts, solved again from where it stood (HiGHS, dual simplex).

A column lays an arc in a period; the capacity of an arc at the end of a period is the sum of its columns up to then. A
cut says that arcs of that capacity enter a set that holds a site, as much as the site is connected by then.
"""

import time
from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sp

from gis.planning.networks import Flags, Floats, Ints

_TOLERANCE = 1e-6
_FEASIBLE = 2  # HiGHS's kSolutionStatusFeasible
INFINITY = highspy.kHighsInf


@dataclass(frozen=True)
class ConstraintRows:
    """Rows of a programme: `lower` <= matrix x <= `upper`, the matrix of shape (rows, columns)."""

    lower: Floats
    upper: Floats
    matrix: sp.csr_matrix

    @classmethod
    def at_most(cls, limit: float, matrix: sp.csr_matrix) -> "ConstraintRows":
        """Return rows that are `limit` at most."""
        return cls(np.full(matrix.shape[0], -INFINITY), np.full(matrix.shape[0], limit), sp.csr_matrix(matrix))

    @classmethod
    def at_least(cls, limit: float, matrix: sp.csr_matrix) -> "ConstraintRows":
        """Return rows that are `limit` at least."""
        return cls(np.full(matrix.shape[0], limit), np.full(matrix.shape[0], INFINITY), sp.csr_matrix(matrix))

    @classmethod
    def equal(cls, value: float, matrix: sp.csr_matrix) -> "ConstraintRows":
        """Return rows that are exactly `value`."""
        return cls(np.full(matrix.shape[0], value), np.full(matrix.shape[0], value), sp.csr_matrix(matrix))


def stack_rows(rows: list[ConstraintRows], columns: int = 0) -> ConstraintRows:
    """Return all rows in one; `columns` says how many there are where there may be no rows."""
    rows = rows or [ConstraintRows.at_most(0, sp.csr_matrix((0, columns)))]
    return ConstraintRows(
        np.concatenate([r.lower for r in rows]),
        np.concatenate([r.upper for r in rows]),
        sp.csr_matrix(sp.vstack([r.matrix for r in rows])),
    )


@dataclass(frozen=True)
class Solution:
    """What HiGHS says: `values` are None where no solution is known; `bound` is proven."""

    values: Floats | None
    bound: float
    objective: float
    reduced: Floats | None
    is_optimal: bool
    is_infeasible: bool = False
    branches: int = 0


# To a programme without columns, which HiGHS refuses.
_NOTHING = Solution(np.zeros(0), 0.0, 0.0, np.zeros(0), is_optimal=True)


class Programme:
    """A programme that rows are added to; minimised."""

    def __init__(self, costs: Floats, upper: Floats, rows: ConstraintRows, *, seed: int = 0) -> None:
        self._highs = _quiet(seed)
        self._seed = seed
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(costs), len(rows.lower)
        model.col_cost_, model.col_lower_, model.col_upper_ = costs, np.zeros(len(costs)), upper
        model.row_lower_, model.row_upper_ = rows.lower, rows.upper
        matrix = rows.matrix.tocsr()
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data.astype(np.float64)
        self._highs.passModel(model)
        self._fixed_rows = len(rows.lower)
        self._age = np.zeros(0, np.int64)
        self.columns = len(costs)

    @property
    def cuts(self) -> int:
        """Return how many added rows it holds now."""
        return len(self._age)

    def add(self, rows: ConstraintRows) -> None:
        """Add rows."""
        count = len(rows.lower)
        if not count:
            return
        matrix = rows.matrix.tocsr()
        self._highs.addRows(
            count,
            rows.lower,
            rows.upper,
            matrix.nnz,
            matrix.indptr[:-1],
            matrix.indices,
            matrix.data.astype(np.float64),
        )
        self._age = np.concatenate([self._age, np.zeros(count, np.int64)])

    @property
    def duals(self) -> Floats:
        """Return the dual value of each row at the last optimum: those it began with, then those added."""
        return np.array(self._highs.getSolution().row_dual)

    def go_on_from(self, other: "Programme", columns: Ints, rows: Ints) -> None:
        """
        Begin where another programme stood, whose columns and first rows are at these places here; added rows are the
        same.
        """
        basis = other._highs.getBasis()
        if not basis.valid:
            return
        status = highspy.HighsBasisStatus
        in_columns, in_rows = list(basis.col_status), list(basis.row_status)
        of_columns = [status.kLower] * self.columns
        for place, known in zip(columns.tolist(), in_columns, strict=True):
            of_columns[place] = known
        of_rows = [status.kBasic] * (self._fixed_rows + self.cuts)
        first, added = in_rows[: other._fixed_rows], in_rows[other._fixed_rows :]
        for place, known in zip(rows.tolist(), first, strict=True):
            of_rows[place] = known
        of_rows[self._fixed_rows : self._fixed_rows + len(added)] = added
        basis.col_status, basis.row_status = of_columns, of_rows
        self._highs.setBasis(basis)

    def set_bounds(self, lower: Floats, upper: Floats) -> None:
        """Set the bounds of all columns."""
        every = np.arange(self.columns, dtype=np.int32)
        self._highs.changeColsBounds(self.columns, every, lower, upper)

    def solve(self, until: float) -> Solution:
        """Solve the linear programme; the bound is -inf when time ran out before."""
        if not self.columns:
            return _NOTHING
        _limit(self._highs, until)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return Solution(None, np.inf, np.inf, None, is_optimal=True, is_infeasible=True)
        if status != highspy.HighsModelStatus.kOptimal:
            return Solution(None, -np.inf, np.inf, None, is_optimal=False)
        solution = self._highs.getSolution()
        objective = self._highs.getInfo().objective_function_value
        reduced = np.array(solution.col_dual)
        return Solution(np.array(solution.col_value), objective, objective, reduced, is_optimal=True)

    def forget_slack(self, patience: int) -> Ints:
        """
        Drop added rows that have not been tight for so many rounds; return the places of those kept among all added
        before.
        """
        self._age = np.where(np.abs(self.duals[self._fixed_rows :]) > _TOLERANCE, 0, self._age + 1)
        is_old = self._age > patience
        if is_old.sum() < 0.1 * max(1, len(is_old)):
            return np.arange(len(is_old))
        self._highs.deleteRows(int(is_old.sum()), (np.flatnonzero(is_old) + self._fixed_rows).astype(np.int32))
        self._age = self._age[~is_old]
        return np.flatnonzero(~is_old)

    def solve_integers(
        self,
        until: float,
        integers: Flags,
        upper: Floats | None = None,
        *,
        nodes: int = 2**31 - 1,
        known: Floats | None = None,
    ) -> Solution:
        """
        Solve with whole numbers in the columns marked, beside the linear programme, which stays where it is.

        Args:
            until: Time of `time.monotonic` to stop at.
            integers: Which columns are to be whole.
            upper: Bounds of the columns for this time.
            nodes: Most branches to look at.
            known: Values to begin with, which only a better solution replaces.
        """
        if not self.columns:
            return _NOTHING
        highs = _quiet(self._seed)
        highs.passModel(self._highs.getLp())
        every = np.arange(self.columns, dtype=np.int32)
        if upper is not None:
            highs.changeColsBounds(self.columns, every, np.minimum(upper, self._highs.getLp().col_lower_), upper)
        whole = np.flatnonzero(integers).astype(np.int32)
        highs.changeColsIntegrality(len(whole), whole, np.full(len(whole), highspy.HighsVarType.kInteger))
        highs.setOptionValue("mip_rel_gap", 0.0)
        highs.setOptionValue("mip_abs_gap", _TOLERANCE)
        highs.setOptionValue("mip_max_nodes", nodes)
        if known is not None:
            solution = highspy.HighsSolution()
            solution.col_value = known.tolist()
            highs.setSolution(solution)
        _limit(highs, until)
        highs.run()
        info, status = highs.getInfo(), highs.getModelStatus()
        is_known = info.primal_solution_status == _FEASIBLE
        values = np.array(highs.getSolution().col_value) if is_known else None
        return Solution(
            values,
            info.mip_dual_bound,
            info.objective_function_value if is_known else np.inf,
            None,
            is_optimal=status == highspy.HighsModelStatus.kOptimal,
            is_infeasible=status == highspy.HighsModelStatus.kInfeasible,
            branches=int(info.mip_node_count),
        )


def _quiet(seed: int) -> highspy.Highs:
    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("random_seed", seed), ("threads", 1)):
        highs.setOptionValue(name, value)
    return highs


def _limit(highs: highspy.Highs, until: float) -> None:
    """Let the next run end in time; for linear programmes HiGHS counts the runs before in."""
    left = until - time.monotonic()
    highs.setOptionValue("time_limit", highs.getRunTime() + max(0.05, left) if np.isfinite(left) else INFINITY)
