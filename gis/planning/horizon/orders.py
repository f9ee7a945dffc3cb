"""
Plans from an order of goals, and better plans from better orders.

Goal after goal is connected as early as the money that is left allows, by the cheapest way from what is laid by then;
each street on the way is laid when it is cheapest up to then. The order is changed a little again and again, and a
change is kept where the plan gets better, or not much worse at first (simulated annealing).
"""

import heapq
from dataclasses import dataclass

import numpy as np

from gis.planning.horizon.greedy import prices_and_works
from gis.planning.horizon.ground import ALONE, Ground
from gis.planning.horizon.problem import Duct, DuctPlan, Horizon
from gis.planning.kernels import kernel
from gis.planning.networks import Floats, Ints

_MISSED = 1e15  # EUR, what missing a deadline counts
_WARM = 0.02  # of the objective's size: how much worse a plan may get at first


@dataclass
class OrderSearch:
    """The best order so far and the plan that it gives, for fixed starts of works."""

    horizon: Horizon
    ground: Ground
    starts: list[int]
    seed: int

    def __post_init__(self) -> None:
        horizon, ground = self.horizon, self.ground
        self.prices, self.works = prices_and_works(horizon, ground, self.starts)
        earned = (ground.prizes * horizon.discounts)[:, ::-1]
        self._worth = np.ascontiguousarray(np.cumsum(earned, axis=1)[:, ::-1])
        self._left = np.full(horizon.periods, np.inf)
        if horizon.budgets is not None:
            self._left = np.cumsum(horizon.budgets) if horizon.carry_over else horizon.budgets.astype(np.float64)
        due_first = np.lexsort((-self._worth[:, 0], ground.deadlines))
        self.order: Ints = due_first.astype(np.int64)
        self.forced: Ints = np.zeros(len(self.order), np.int64)
        self.when: Ints = np.full(len(ground.edges), horizon.periods)
        self.objective = np.inf
        self._rounds = 0

    def begin_with(self, connected: Ints) -> None:
        """Begin with the goals in the order in which they are connected, by period; T where they are not."""
        self.order = np.argsort(connected, kind="stable").astype(np.int64)
        self.forced = np.where(connected < self.horizon.periods, 1, 0)

    def improve(self, changes: int, warmth: float) -> None:
        """Try so many changes of the order; `warmth` from 1 to 0 says how much worse it may get on the way."""
        network = self.ground.network
        self._rounds += 1
        order, forced, when, objective = _improve(
            network.first_out, network.arcs_out, network.heads, self.prices, self.horizon.discounts, self._left,
            self.horizon.carry_over, self._worth, self.ground.goals, self.ground.deadlines, self.order, self.forced,
            changes, _WARM * warmth, self.seed + self._rounds,
        )  # fmt: skip
        if objective < self.objective:
            self.order, self.forced, self.when, self.objective = order, forced, when, float(objective)

    def plan(self) -> DuctPlan:
        """Return the plan that the best order gives."""
        laid = np.flatnonzero(self.when < self.horizon.periods)
        works = self.works[laid, self.when[laid]]
        return DuctPlan(
            tuple(
                Duct(int(e), int(t), None if w == ALONE else int(w))
                for e, t, w in zip(self.ground.edges[laid], self.when[laid], works, strict=True)
            ),
            tuple(self.starts),
        )


@kernel
def _improve(
    first: Ints, arcs: Ints, heads: Ints, prices: Floats, discounts: Floats, given: Floats, carries: bool,
    worth: Floats, goals: Ints, deadlines: Ints, order: Ints, forced: Ints, changes: int, warmth: float, seed: int,
) -> tuple[Ints, Ints, Ints, float]:  # fmt: skip
    np.random.seed(seed)
    edges, periods = prices.shape
    least, at = prices.copy(), np.zeros((edges, periods), np.int64)
    for e in range(edges):
        for t in range(1, periods):
            at[e, t] = t
            if discounts[at[e, t - 1]] * least[e, t - 1] < discounts[t] * least[e, t]:
                least[e, t], at[e, t] = least[e, t - 1], at[e, t - 1]
    when = np.empty(edges, np.int64)
    now_order, now_forced = order.copy(), forced.copy()
    now = _lay(first, arcs, heads, prices, least, at, discounts, given, carries, worth, goals, deadlines, now_order,
               now_forced, when)  # fmt: skip
    best, best_order, best_forced, best_when = now, now_order.copy(), now_forced.copy(), when.copy()
    size = max(1.0, abs(now)) if now < 1e14 else 1.0
    count = len(order)
    for change in range(changes):
        new_order, new_forced = now_order.copy(), now_forced.copy()
        source = np.random.randint(count)
        target = np.random.randint(count)
        if np.random.random() < 0.25:
            goal = new_order[source]
            new_forced[goal] = (new_forced[goal] + 1 + np.random.randint(2)) % 3
        else:
            goal = new_order[source]
            step = 1 if target > source else -1
            k = source
            while k != target:
                new_order[k] = new_order[k + step]
                k += step
            new_order[target] = goal
        new = _lay(first, arcs, heads, prices, least, at, discounts, given, carries, worth, goals, deadlines,
                   new_order, new_forced, when)  # fmt: skip
        heat = warmth * size * (1.0 - change / changes)
        if new <= now or (heat > 0 and np.random.random() < np.exp((now - new) / heat)):
            now, now_order, now_forced = new, new_order, new_forced
            if new < best:
                best, best_order, best_forced, best_when = new, new_order.copy(), new_forced.copy(), when.copy()
    return best_order, best_forced, best_when, best


@kernel
def _lay(
    first: Ints, arcs: Ints, heads: Ints, prices: Floats, least: Floats, at: Ints, discounts: Floats, given: Floats,
    carries: bool, worth: Floats, goals: Ints, deadlines: Ints, order: Ints, forced: Ints, when: Ints,
) -> float:  # fmt: skip
    """Lay the way to goal after goal, setting `when`; return what the plan is worth."""
    edges, periods = prices.shape
    nodes = len(first) - 1
    when[:] = periods
    left = given.copy()
    far = np.empty(nodes)
    via = np.empty(nodes, np.int64)
    for goal in order:
        if forced[goal] == 2 and deadlines[goal] >= periods:
            continue  # left out
        must = deadlines[goal] < periods or forced[goal] == 1
        for t in range(min(deadlines[goal] + 1, periods)):
            most = np.min(left[t:]) if carries else left[: t + 1].sum()
            if not must:
                most = min(most, worth[goal, t] / discounts[t])
            _reach(first, arcs, heads, least, when, t, goals[goal], most + 1e-6, far, via)
            if far[goals[goal]] == np.inf:
                continue
            if far[goals[goal]] == 0.0:
                break
            cost = _pay(heads, prices, at, discounts, left, carries, when, t, goals[goal], via, 1e300 if must else
                        worth[goal, t])  # fmt: skip
            if cost >= 0:
                break
    total = 0.0
    for e in range(edges):
        if when[e] < periods:
            total += discounts[when[e]] * prices[e, when[e]]
    served = np.zeros(len(goals), np.bool_)
    seen = np.empty(nodes, np.bool_)
    stack = np.empty(nodes, np.int64)
    for t in range(periods):
        seen[:] = False
        seen[0] = True
        stack[0] = 0
        depth = 1
        while depth > 0:
            depth -= 1
            v = stack[depth]
            for k in range(first[v], first[v + 1]):
                a = arcs[k]
                if when[a // 2] <= t and not seen[heads[a]]:
                    seen[heads[a]] = True
                    stack[depth] = heads[a]
                    depth += 1
        for g in range(len(goals)):
            if not served[g] and seen[goals[g]]:
                served[g] = True
                total -= worth[g, t]
            if not served[g] and deadlines[g] == t:
                total += _MISSED
    return total


@kernel
def _reach(
    first: Ints, arcs: Ints, heads: Ints, least: Floats, when: Ints, t: int, goal: int, most: float, far: Floats,
    via: Ints,
) -> None:  # fmt: skip
    """Find the cheapest way to a goal by the end of a period, over what is laid by then, if it costs `most`."""
    periods = least.shape[1]
    far[:] = np.inf
    far[0] = 0.0
    heap = [(0.0, np.int64(0))]
    while len(heap):
        d, v = heapq.heappop(heap)
        if d > most:
            far[goal] = np.inf
            return
        if v == goal:
            return
        if d > far[v]:
            continue
        for k in range(first[v], first[v + 1]):
            a = arcs[k]
            e = a // 2
            if when[e] <= t:
                cost = 0.0
            elif when[e] < periods:
                cost = 0.5 * least[e, t]  # it is to be laid later, and could be now
            else:
                cost = least[e, t]
            w = heads[a]
            if d + cost < far[w]:
                far[w] = d + cost
                via[w] = a
                heapq.heappush(heap, (far[w], w))


@kernel
def _pay(
    heads: Ints, prices: Floats, at: Ints, discounts: Floats, left: Floats, carries: bool, when: Ints, t: int,
    goal: int, via: Ints, most: float,
) -> float:  # fmt: skip
    """Lay the way to a goal if the money allows, each edge when it is cheapest or all now; return its cost, or -1."""
    periods = len(left)
    for attempt in range(2):
        rest = left.copy()
        cost, v = 0.0, goal
        while v != 0:
            a = via[v]
            e = a // 2
            if when[e] > t:
                s = at[e, t] if attempt == 0 else t
                if when[e] < periods:
                    cost -= discounts[when[e]] * prices[e, when[e]]
                    for r in range(when[e], periods if carries else when[e] + 1):
                        rest[r] += prices[e, when[e]]
                cost += discounts[s] * prices[e, s]
                for r in range(s, periods if carries else s + 1):
                    rest[r] -= prices[e, s]
            v = heads[a ^ 1]
        enough = cost < most
        for r in range(periods):
            if rest[r] < -1e-7 * max(1.0, abs(left[r])):
                enough = False
        if enough:
            left[:] = rest
            v = goal
            while v != 0:
                a = via[v]
                e = a // 2
                if when[e] > t:
                    when[e] = at[e, t] if attempt == 0 else t
                v = heads[a ^ 1]
            return max(cost, 0.0)
    return -1.0
