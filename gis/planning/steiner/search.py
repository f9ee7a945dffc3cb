"""
Steiner trees with a proof: reductions, dual ascent, heuristics, and directed cuts, each as long as time allows.

The problem is the planner's with one period, no prizes and no budget; the cuts are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from gis.planning.limits import SearchLimits
from gis.planning.linear_program import INFINITY, ConstraintRows, Programme
from gis.planning.networks import ArcNetwork, Flags, Floats, Ints, make_network
from gis.planning.steiner.ascent import ascend, through_costs
from gis.planning.steiner.cuts import find_cuts
from gis.planning.steiner.reductions import Problem, Reduced, reduce_problem
from gis.planning.steiner.trees import grow_tree

_WHOLE = 1e-5  # how far from 0 or 1 a value may be to count as whole
_CUTS_A_NODE = 8
_START_CUTS = 10_000  # more make the first programme slow


@dataclass(frozen=True)
class FoundTree:
    """The best tree known, as edges of the problem, what it costs, and what no tree can be cheaper than."""

    edges: Ints
    objective: float
    bound: float
    work: int
    grain: float  # two trees that do not cost the same differ by that much at least, if it is not 0

    @property
    def gap(self) -> float:
        """Return what may still be saved, as a share of the cost."""
        return (self.objective - self.bound) / self.objective if self.objective > 0 else 0.0

    @property
    def is_optimal(self) -> bool:
        """Whether no tree is cheaper."""
        return bool(np.isfinite(self.objective) and self.objective - self.bound <= 1e-9 * max(1.0, self.objective))


def solve_steiner(
    problem: Problem, limits: SearchLimits, *, seed: int, report: Callable[[FoundTree], None]
) -> FoundTree:
    """
    Return the cheapest tree found that joins all terminals, with its proof.

    Args:
        problem: Edges with costs that are not negative, and terminals that are connected.
        limits: How long to search.
        seed: Of what is left to chance.
        report: Is told whatever is better.
    """
    return _Solver(problem, limits, np.random.default_rng(seed), report).run()


class _Solver:
    """One search. What is known is kept in original edges, so that the problem may shrink under it."""

    def __init__(
        self, problem: Problem, limits: SearchLimits, chance: np.random.Generator, report: Callable[[FoundTree], None]
    ) -> None:
        self.original, self.limits, self.chance, self.report = problem, limits, chance, report
        self.steps: list[Reduced] = []
        self.problem = problem
        is_whole = bool(np.all(problem.costs == np.round(problem.costs)))
        self.grain = 1.0 if is_whole else 0.0
        self.offset = 0.0
        self.found = FoundTree(np.empty(0, np.int64), np.inf, 0.0, 0, self.grain)

    def run(self) -> FoundTree:
        self._shrink(None)
        for _ in range(4):
            before = len(self.problem.us)
            if self._is_done():
                return self.found
            keep = self._ascend_and_grow()
            self._shrink(keep)
            if len(self.problem.us) > 0.9 * before:
                break
        if not self._is_done():
            self._cut()
        return self.found

    def _is_done(self) -> bool:
        if len(self.problem.terminals) <= 1:
            self._take(np.empty(0, np.int64))
            self._raise_bound(self.found.objective)
        return self.found.is_optimal or self.limits.is_over

    def _keep(self, objective: float, bound: float, edges: Ints) -> None:
        """Keep what is known; a bound that no cheaper tree of this grain fits above is the optimum."""
        if bound > objective - max(self.grain * (1 - 1e-6), 1e-9 * objective):
            bound = objective
        self.found = FoundTree(edges, objective, bound, self.limits.work, self.grain)
        self.report(self.found)

    def _shrink(self, keep: Flags | None) -> None:
        step = reduce_problem(self.problem, keep)
        self.steps.append(step)
        self.problem = step.problem
        self.offset = self._cost_of(np.empty(0, np.int64))

    def _restore(self, edges: Ints) -> Ints:
        for step in reversed(self.steps):
            edges = step.restore(edges)
        return edges

    def _cost_of(self, edges: Ints) -> float:
        return float(self.original.costs[self._restore(edges)].sum())

    def _take(self, edges: Ints) -> None:
        """Keep a tree of the present problem if it is the best one."""
        restored = self._restore(edges)
        objective = float(self.original.costs[restored].sum())
        if objective < self.found.objective:
            self._keep(objective, self.found.bound, restored)

    def _raise_bound(self, bound: float) -> None:
        if self.grain and np.isfinite(bound):
            bound = float(np.ceil(bound - 1e-6 * max(1.0, abs(bound) * 1e-3)))
        if bound > self.found.bound:
            self._keep(self.found.objective, min(bound, self.found.objective), self.found.edges)

    def _ascend_and_grow(self) -> Flags:
        """
        Ascend from several roots, grow trees where arcs are saturated, and return which edges a
        better tree may hold.
        """
        problem = self.problem
        network = make_network(problem.nodes, problem.us, problem.vs)
        costs = np.repeat(problem.costs, 2)
        roots = self.chance.permutation(problem.terminals)[:5]
        keep = np.ones(len(problem.us), np.bool_)
        ascents = []
        for root in roots:
            bound, reduced, _, _ = ascend(network, costs, int(root), problem.terminals)
            self._raise_bound(bound + self.offset)
            saturated = (reduced[0::2] <= 0) | (reduced[1::2] <= 0)
            tree = grow_tree(network, problem.costs, int(root), problem.terminals, saturated)
            self._improve(network, tree)
            ascents.append((int(root), bound, reduced))
            self.limits.work += 1
            if self.limits.is_over:
                break
        for root, bound, reduced in ascents:
            through = through_costs(network, reduced, root, problem.terminals) + bound + self.offset
            keep &= through.reshape(-1, 2).min(axis=1) <= self.found.objective - self.grain + 1e-6
        return keep

    def _improve(self, network: ArcNetwork, tree: Ints) -> None:
        """Take a tree and trees that grow from other places with its edges made cheaper at random."""
        if not len(tree):
            return
        self._take(tree)
        problem = self.problem
        for _ in range(6):
            costs = problem.costs * self.chance.uniform(0.85, 1.15, len(problem.us))
            costs[tree] *= 0.7
            start = int(self.chance.choice(problem.terminals))
            other = grow_tree(network, costs, start, problem.terminals)
            other = grow_tree(network, problem.costs, start, problem.terminals, _only(len(problem.us), tree, other))
            if problem.costs[other].sum() <= problem.costs[tree].sum():
                tree = other
        self._take(tree)

    def _cut(self) -> None:
        """Solve the directed-cut programme; if its optimum is no tree, solve it in whole numbers."""
        arcs = _ArcProgramme(self.problem, self.chance)
        is_whole = False
        while not self._is_done() and not is_whole:
            answer = arcs.programme.solve(self.limits.until)
            self.limits.work += 1
            if answer.is_infeasible:  # what is fixed leaves no tree that is cheaper
                self._raise_bound(self.found.objective)
            if answer.values is None or answer.reduced is None:
                return
            self._raise_bound(answer.bound + self.offset)
            self._grow_after(arcs, answer.values)
            slack = self.found.objective - self.grain - self.offset - answer.objective + 1e-6
            arcs.fix(answer.reduced > slack)
            found = arcs.separate(answer.values, self.limits)
            is_whole = not found
            if found:
                arcs.programme.forget_slack(6)
                arcs.add(found)
        while not self._is_done():
            answer = arcs.programme.solve_integers(
                self.limits.until, np.ones(arcs.programme.columns, np.bool_), nodes=self.limits.branches()
            )
            self.limits.count_branches(answer.branches)
            if answer.is_infeasible:
                self._raise_bound(self.found.objective)
                return
            if answer.bound > -np.inf:
                self._raise_bound(min(answer.bound + self.offset, self.found.objective))
            if answer.values is None:
                return
            self._grow_after(arcs, answer.values)
            found = arcs.separate(answer.values, self.limits)
            if not found:
                return
            arcs.add(found)

    def _grow_after(self, arcs: "_ArcProgramme", values: Floats) -> None:
        """Grow trees at costs that are low where the programme lays arcs."""
        weight = np.maximum(values[0::2], values[1::2])
        problem = self.problem
        for used in (problem.costs * (1 - np.minimum(1, weight)) + 1e-9, problem.costs / (1 + 4 * weight)):
            start = int(self.chance.choice(problem.terminals))
            tree = grow_tree(arcs.network, used, start, problem.terminals)
            tree = grow_tree(arcs.network, problem.costs, start, problem.terminals, _only(len(used), tree))
            self._take(tree)


def _only(edges: int, *chosen: Ints) -> Flags:
    flags = np.zeros(edges, np.bool_)
    for some in chosen:
        flags[some] = True
    return flags


class _ArcProgramme:
    """The directed-cut programme of a Steiner problem, one column an arc."""

    def __init__(self, problem: Problem, chance: np.random.Generator) -> None:
        self.problem = problem
        self.network = make_network(problem.nodes, problem.us, problem.vs)
        costs = np.repeat(problem.costs, 2)
        terminals = problem.terminals
        tries = [(ascend(self.network, costs, int(r), terminals), int(r)) for r in chance.permutation(terminals)[:4]]
        self.root = max(tries, key=lambda found: found[0][0])[1]
        _, _, cuts, _ = ascend(self.network, costs, self.root, terminals, keep_cuts=_START_CUTS)
        self.upper = np.ones(2 * len(problem.us))
        self.upper[self.network.heads == self.root] = 0
        self.programme = Programme(costs, self.upper, self._balances())
        self.add(cuts[-_START_CUTS:])

    def _balances(self) -> ConstraintRows:
        """Each terminal but the root is entered once; other nodes at most once, and left where they are entered."""
        network, problem = self.network, self.problem
        arcs = len(network.heads)
        one = np.ones(arcs)
        into = sp.csr_matrix((one, (network.heads, np.arange(arcs))), shape=(problem.nodes, arcs))
        out = sp.csr_matrix((one, (network.tails, np.arange(arcs))), shape=(problem.nodes, arcs))
        others = np.flatnonzero(~problem.is_terminal)
        goals = problem.terminals[problem.terminals != self.root]
        # an arc is only laid on from a node that is entered by another edge
        on_from = np.flatnonzero(~problem.is_terminal[network.tails])
        back = sp.csr_matrix((one[on_from], (np.arange(len(on_from)), on_from ^ 1)), shape=(len(on_from), arcs))
        this = sp.csr_matrix((one[on_from], (np.arange(len(on_from)), on_from)), shape=(len(on_from), arcs))
        matrix = sp.vstack(
            [into[goals], into[others], out[others] - into[others], into[network.tails[on_from]] - back - this]
        )
        infinite = np.full(len(others), INFINITY)
        lower = np.concatenate([np.ones(len(goals)), -infinite, np.zeros(len(others)), np.zeros(len(on_from))])
        upper = np.concatenate([np.ones(len(goals)), np.ones(len(others)), infinite, np.full(len(on_from), INFINITY)])
        return ConstraintRows(lower, upper, sp.csr_matrix(matrix))

    def fix(self, out: Flags) -> None:
        """Lay these arcs no more."""
        if (out & (self.upper > 0)).any():
            self.upper[out] = 0
            self.programme.set_bounds(np.zeros(len(self.upper)), self.upper)

    def add(self, cuts: list[Ints]) -> None:
        """Add cuts: at least one arc of each is laid."""
        if not cuts:
            return
        sizes = np.array([len(cut) for cut in cuts])
        flat = np.concatenate(cuts)
        matrix = sp.csr_matrix(
            (np.ones(len(flat)), flat, np.concatenate([[0], np.cumsum(sizes)])), shape=(len(cuts), len(self.upper))
        )
        self.programme.add(ConstraintRows(np.ones(len(cuts)), np.full(len(cuts), INFINITY), matrix))

    def separate(self, values: Floats, limits: SearchLimits) -> list[Ints]:
        """Return cuts that the values violate."""
        found: dict[bytes, Ints] = {}
        capacities = np.clip(values, 0, 1)
        for node in self.problem.terminals:
            if node == self.root:
                continue
            for cut in find_cuts(self.network, capacities, self.root, int(node), 1.0, most=_CUTS_A_NODE):
                ordered = np.sort(cut)
                found.setdefault(ordered.tobytes(), ordered)
            if limits.is_over:
                break
        return list(found.values())
