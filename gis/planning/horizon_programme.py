"""
The planner's programme: which arc is laid when and at which price, when works start, and when goals are connected.

Directed cuts over arcs laid so far (Wong 1984; Koch and Martin 1998), here for every period. All roots are one node, and sites at one
node are one goal. Taking the latest edge out of a circle connects nothing later than before, so that some best plan is a tree, each
edge of which is laid once and leads away from the root in every period.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from gis.planning.ascent import ascend
from gis.planning.cuts import find_cuts
from gis.planning.horizon import NEVER, Duct, Horizon, Plan, Work
from gis.planning.networks import Flags, Floats, Ints, Network, make_network
from gis.planning.programme import Programme, Rows, stack_rows

_VIOLATED = 1e-3
_ALONE = -1
_TOO_DEAR = 1e12


@dataclass(frozen=True)
class Ground:
    """The part of the streets that a plan can make use of; node 0 is all roots, goals are nodes with sites."""

    network: Network
    edges: Ints  # numbers of its edges in the horizon
    goals: Ints  # nodes, of shape (goals,)
    prizes: Floats  # of shape (goals, T)
    deadlines: Ints
    earned_anyway: float  # by sites at roots, discounted
    unreached: Ints  # sites that no street joins to a root


@dataclass(frozen=True)
class Columns:
    """Ways of laying: an arc in a period, with a work or alone; then goals by period; then starts of movable works."""

    arcs: Ints
    periods: Ints
    works: Ints
    prices: Floats
    first_goal: int
    first_start: int
    start_works: Ints
    start_periods: Ints

    @property
    def count(self) -> int:
        """Return how many columns there are."""
        return self.first_start + len(self.start_works)


@dataclass(frozen=True)
class Cut:
    """At least as much of these arcs is laid up to a period as the goal is connected in it."""

    goal: int
    period: int
    arcs: Ints


def make_ground(horizon: Horizon) -> Ground:
    """Return the streets without what leads to no site."""
    name = np.arange(1, horizon.nodes + 1)
    name[horizon.roots] = 0
    us, vs = name[horizon.us], name[horizon.vs]
    usable = np.isfinite(horizon.own).any(axis=1) & (us != vs)
    for work in horizon.works:
        usable[work.edges] |= us[work.edges] != vs[work.edges]
    site_nodes = name[horizon.site_nodes]
    is_goal = np.zeros(horizon.nodes + 1, np.bool_)
    is_goal[site_nodes] = True
    is_goal[0] = True
    _, label = sp.csgraph.connected_components(
        sp.coo_matrix((np.ones(usable.sum()), (us[usable], vs[usable])), shape=(len(name) + 1,) * 2), directed=False
    )
    usable &= label[us] == label[0]
    while True:
        degree = np.bincount(np.concatenate([us[usable], vs[usable]]), minlength=len(name) + 1)
        loose = (degree == 1) & ~is_goal
        dead = usable & (loose[us] | loose[vs])
        if not dead.any():
            break
        usable &= ~dead
    edges = np.flatnonzero(usable)
    at_root = site_nodes == 0
    unreached = label[site_nodes] != label[0]
    goals, place = np.unique(site_nodes[~at_root & ~unreached], return_inverse=True)
    sites = np.flatnonzero(~at_root & ~unreached)
    prizes = np.zeros((len(goals), horizon.periods))
    np.add.at(prizes, place, horizon.prizes[sites])
    deadlines = np.full(len(goals), horizon.periods)
    np.minimum.at(
        deadlines, place, np.where(horizon.deadlines[sites] == NEVER, horizon.periods, horizon.deadlines[sites])
    )
    touched = np.unique(np.concatenate([[0], us[edges], vs[edges], goals]))
    number = np.full(len(name) + 1, -1)
    number[touched] = np.arange(len(touched))
    earned = float((horizon.prizes[at_root] * horizon.discounts).sum())
    network = make_network(len(touched), number[us[edges]], number[vs[edges]])
    return Ground(network, edges, number[goals], prizes, deadlines, earned, np.flatnonzero(unreached))


def make_columns(horizon: Horizon, ground: Ground) -> Columns:
    """Return every way of laying that some start of the works allows."""
    ways: list[tuple[int, int, int, float]] = []
    place = {int(e): i for i, e in enumerate(ground.edges)}
    closers: dict[int, list[int]] = {}
    for w, work in enumerate(horizon.works):
        for e in work.edges.tolist():
            closers.setdefault(e, []).append(w)
    for i, e in enumerate(ground.edges.tolist()):
        ways += [
            (i, t, _ALONE, float(horizon.own[e, t]))
            for t in np.flatnonzero(np.isfinite(horizon.own[e])).tolist()
            if not any(_is_surely_closed(horizon.works[w], t) for w in closers.get(e, ()))
        ]
    for w, work in enumerate(horizon.works):
        open_in = [t for t in range(horizon.periods) if any(work.is_open(s, t) for s in work.starts)]
        for e, joint in zip(work.edges.tolist(), work.joints.tolist(), strict=True):
            if e in place:
                ways += [(place[e], t, w, joint) for t in open_in]
    edges, periods, works = (np.array([way[k] for way in ways], np.int64) for k in range(3))
    prices = np.array([way[3] for way in ways], np.float64)
    arcs = (2 * edges[:, None] + np.arange(2)).ravel()
    laid = ground.network.heads[arcs] != 0
    movable = [(w, s) for w, work in enumerate(horizon.works) if len(work.starts) > 1 for s in work.starts]
    ways_count = int(laid.sum())
    return Columns(
        arcs[laid],
        np.repeat(periods, 2)[laid],
        np.repeat(works, 2)[laid],
        np.repeat(prices, 2)[laid],
        ways_count,
        ways_count + len(ground.goals) * horizon.periods,
        np.array([w for w, _ in movable], np.int64),
        np.array([s for _, s in movable], np.int64),
    )


def _is_surely_closed(work: Work, period: int) -> bool:
    return all(work.is_closed(start, period) for start in work.starts)


class HorizonProgramme:
    """The programme of a horizon, its cuts, and the way from its values to a plan."""

    def __init__(self, horizon: Horizon, *, seed: int, start_cuts: int) -> None:
        self.horizon = horizon
        self.ground = make_ground(horizon)
        self.columns = make_columns(horizon, self.ground)
        columns, ground, periods = self.columns, self.ground, horizon.periods
        arcs = len(ground.network.heads)
        self._laid = [
            sp.csr_matrix((np.ones(len(which)), (columns.arcs[which], which)), shape=(arcs, columns.count))
            for which in (np.flatnonzero(columns.periods <= t) for t in range(periods))
        ]
        self.costs = self._costs()
        self.lower, self.upper = np.zeros(columns.count), np.ones(columns.count)
        goals = columns.first_goal + np.arange(len(ground.goals) * periods).reshape(-1, periods)
        self.goal_columns = goals
        self.lower[goals[np.arange(periods) >= ground.deadlines[:, None]]] = 1
        self.offset = -ground.earned_anyway + sum(
            horizon.discounts[w.starts[0]] * w.shifts[0] for w in horizon.works if len(w.starts) == 1
        )
        self.whole = np.ones(columns.count, np.bool_)
        self.whole[goals.ravel()] = False  # as large as whole capacities allow
        self.programme = Programme(self.costs, self.upper, stack_rows(self._rules()), seed=seed)
        self.programme.set_bounds(self.lower, self.upper)
        self._known: set[bytes] = set()
        self.add(self._start_cuts(start_cuts))

    def _costs(self) -> Floats:
        columns, horizon = self.columns, self.horizon
        shifts = [
            horizon.works[w].shifts[horizon.works[w].starts.index(s)]
            for w, s in zip(columns.start_works, columns.start_periods, strict=True)
        ]
        return np.concatenate(
            [
                columns.prices * horizon.discounts[columns.periods],
                -(self.ground.prizes * horizon.discounts).ravel(),
                np.array(shifts, np.float64) * horizon.discounts[columns.start_periods],
            ]
        )

    def _rules(self) -> list[Rows]:
        return [*self._tree_rules(), *self._work_rules(), *self._money_rules()]

    def _tree_rules(self) -> list[Rows]:
        """Return: an edge is laid once; nodes are entered once at most, goals as connected; nothing begins or ends nowhere."""
        columns, ground, network = self.columns, self.ground, self.ground.network
        arcs, count, last = len(network.heads), columns.count, self._laid[-1]
        ones = np.ones(arcs)
        each = np.arange(arcs)
        into = sp.csr_matrix((ones, (network.heads, each)), shape=(network.nodes, arcs))
        out = sp.csr_matrix((ones, (network.tails, each)), shape=(network.nodes, arcs))
        goal_last = sp.csr_matrix(
            (np.ones(len(ground.goals)), (np.arange(len(ground.goals)), self.goal_columns[:, -1])),
            shape=(len(ground.goals), count),
        )
        pairs = sp.csr_matrix((ones, (each // 2, each)), shape=(arcs // 2, arcs))
        others = np.setdiff1d(np.arange(1, network.nodes), ground.goals)
        onward = np.flatnonzero((network.tails != 0) & (network.heads != 0))
        pick = sp.csr_matrix((np.ones(len(onward)), (np.arange(len(onward)), onward)), shape=(len(onward), arcs))
        back = sp.csr_matrix((np.ones(len(onward)), (np.arange(len(onward)), onward ^ 1)), shape=(len(onward), arcs))
        earlier = self.goal_columns[:, :-1].ravel()
        later = self.goal_columns[:, 1:].ravel()
        steps = np.arange(len(earlier))
        growing = sp.csr_matrix((np.ones(len(steps)), (steps, later)), shape=(len(steps), count)) - sp.csr_matrix(
            (np.ones(len(steps)), (steps, earlier)), shape=(len(steps), count)
        )
        return [
            Rows.at_most(1, pairs @ last),
            Rows.equal(0, into[ground.goals] @ last - goal_last),
            Rows.at_most(1, into[others] @ last),
            Rows.at_least(0, (out[others] - into[others]) @ last),
            Rows.at_least(0, (into[network.tails[onward]] - back - pick) @ last),
            Rows.at_least(0, growing),
        ]

    def _work_rules(self) -> list[Rows]:
        """Return: a work starts once; joint laying needs it open; laying alone needs it not closed."""
        columns, horizon = self.columns, self.horizon
        rows: list[Rows] = []
        for w, work in enumerate(horizon.works):
            starts = np.flatnonzero(columns.start_works == w)
            if not len(starts):
                continue
            periods = columns.start_periods[starts]
            rows.append(Rows.equal(1, _row(columns.count, columns.first_start + starts)))
            for e in np.flatnonzero(np.isin(self.ground.edges, work.edges)):
                here = np.flatnonzero(columns.arcs // 2 == e)
                for t in range(horizon.periods):
                    now = here[columns.periods[here] == t]
                    joint, alone = now[columns.works[now] == w], now[columns.works[now] == _ALONE]
                    is_open = np.array([work.is_open(s, t) for s in periods])
                    is_closed = np.array([work.is_closed(s, t) for s in periods])
                    if len(joint):
                        rows.append(
                            Rows.at_most(
                                0,
                                _row(columns.count, joint) - _row(columns.count, columns.first_start + starts[is_open]),
                            )
                        )
                    if len(alone) and is_closed.any():
                        rows.append(
                            Rows.at_most(
                                1,
                                _row(columns.count, alone)
                                + _row(columns.count, columns.first_start + starts[is_closed]),
                            )
                        )
        return rows

    def _money_rules(self) -> list[Rows]:
        columns, horizon = self.columns, self.horizon
        if horizon.budgets is None:
            return []
        rows = []
        for t in range(horizon.periods):
            which = np.flatnonzero(columns.periods <= t if horizon.carry_over else columns.periods == t)
            given = float(horizon.budgets[: t + 1].sum() if horizon.carry_over else horizon.budgets[t])
            rows.append(Rows.at_most(given, _row(columns.count, which, columns.prices[which])))
        return rows

    def _start_cuts(self, most: int) -> list[Cut]:
        """Return cuts of a dual ascent over the cheapest ways of laying, for the last period."""
        ground = self.ground
        if not len(ground.goals) or not most:
            return []
        _, _, cuts, grown_by = ascend(ground.network, self.cheapest_by_arc(), 0, ground.goals, keep_cuts=most)
        number = {int(node): g for g, node in enumerate(ground.goals)}
        last = self.horizon.periods - 1
        return [Cut(number[int(node)], last, np.sort(cut)) for cut, node in zip(cuts, grown_by, strict=True)]

    def cheapest_by_arc(self) -> Floats:
        """Return what each arc costs at least, discounted; dearer than anything where it cannot be laid."""
        cheapest = np.full(len(self.ground.network.heads), _TOO_DEAR)
        np.minimum.at(cheapest, self.columns.arcs, self.costs[: self.columns.first_goal])
        return cheapest

    def add(self, cuts: list[Cut]) -> None:
        """Add cuts to the programme."""
        if not cuts:
            return
        rows = []
        for t in range(self.horizon.periods):
            now = [cut for cut in cuts if cut.period == t]
            if not now:
                continue
            sizes = np.cumsum([0, *(len(cut.arcs) for cut in now)])
            flat = np.concatenate([cut.arcs for cut in now])
            arcs = sp.csr_matrix((np.ones(len(flat)), flat, sizes), shape=(len(now), len(self.ground.network.heads)))
            goals = sp.csr_matrix(
                (np.ones(len(now)), (np.arange(len(now)), self.goal_columns[[cut.goal for cut in now], t])),
                shape=(len(now), self.columns.count),
            )
            rows.append(Rows.at_least(0, arcs @ self._laid[t] - goals))
        self.programme.add(stack_rows(rows))

    def separate(self, values: Floats, most: int) -> list[Cut]:
        """Return cuts that the values violate, for each goal and period, and for other periods that the same arcs cut as well."""
        found: dict[tuple[int, int, bytes], Cut] = {}
        capacities = [np.clip(laid @ values, 0, 1) for laid in self._laid]
        wanted = values[self.goal_columns]
        for g, node in enumerate(self.ground.goals.tolist()):
            for t in reversed(range(self.horizon.periods)):
                if wanted[g, t] <= _VIOLATED:
                    break
                for arcs in find_cuts(self.ground.network, capacities[t], 0, node, float(wanted[g, t]), most=most):
                    ordered = np.sort(arcs)
                    for s in range(self.horizon.periods):
                        if s == t or capacities[s][ordered].sum() < wanted[g, s] - _VIOLATED:
                            found.setdefault((g, s, ordered.tobytes()), Cut(g, s, ordered))
        return list(found.values())

    def plan_of(self, values: Floats) -> Plan:
        """Return the plan that whole values stand for, connected or not."""
        columns = self.columns
        laid = np.flatnonzero(values[: columns.first_goal] > 0.5)
        ducts = tuple(
            Duct(int(self.ground.edges[columns.arcs[k] // 2]), int(columns.periods[k]), _work(int(columns.works[k])))
            for k in laid
        )
        starts = [work.starts[0] for work in self.horizon.works]
        for k in np.flatnonzero(values[columns.first_start :] > 0.5):
            starts[columns.start_works[k]] = int(columns.start_periods[k])
        return Plan(ducts, tuple(starts))

    def edges_of(self, values: Floats) -> Floats:
        """Return how much of each edge of the ground is laid in the end."""
        return np.asarray(self._laid[-1] @ values).reshape(-1, 2).sum(axis=1)

    def columns_on(self, edges: Flags) -> Flags:
        """Return which columns are left if only these edges of the ground may be laid."""
        kept = np.ones(self.columns.count, np.bool_)
        kept[: self.columns.first_goal] = edges[self.columns.arcs // 2]
        return kept


def _work(number: int) -> int | None:
    return None if number == _ALONE else number


def _row(count: int, places: Ints, values: Floats | None = None) -> sp.csr_matrix:
    ones = np.ones(len(places)) if values is None else values
    return sp.csr_matrix((ones, (np.zeros(len(places), np.int64), places)), shape=(1, count))
