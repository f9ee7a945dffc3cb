"""Plans over several periods, against every plan there is."""

import csv
import itertools
import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from gis.planning.horizon.problem import NEVER, Duct, DuctPlan, Horizon, PlannedDig, appraise
from gis.planning.horizon.search import FoundPlan, NoPlanError, solve_horizon
from gis.planning.instance_files import read_instance
from gis.planning.limits import SearchLimits
from tests.soak import times

TRIALS = times(50, 500)
NODES, MOST_EDGES = 6, 8


def _random_horizon(seed: int) -> Horizon:
    chance = np.random.default_rng(seed)
    periods, edges = int(chance.integers(1, 4)), int(chance.integers(3, MOST_EDGES + 1))
    us = chance.integers(0, NODES, edges)
    vs = (us + 1 + chance.integers(0, NODES - 1, edges)) % NODES
    own = np.repeat(chance.integers(5, 40, (edges, 1)), periods, axis=1).astype(float)
    own[chance.random(own.shape) < 0.15] = np.inf
    sites = int(chance.integers(1, 4))
    works = tuple(_random_work(chance, w, periods, edges) for w in range(int(chance.integers(0, 3))))
    if len(works) == 2:  # one movable work is enough
        works = (
            works[0],
            PlannedDig("w1", works[1].starts[:1], works[1].shifts[:1], 1, 1, works[1].edges, works[1].joints),
        )
    deadlines = np.where(chance.random(sites) < 0.25, chance.integers(0, periods, sites), NEVER)
    budgets = chance.integers(10, 60, periods).astype(float) if chance.random() < 0.7 else None
    return Horizon(
        names=tuple(map(str, range(periods))),
        discounts=0.95 ** np.arange(periods),
        nodes=NODES,
        roots=np.unique(chance.integers(0, NODES, int(chance.integers(1, 3)))),
        us=us,
        vs=vs,
        own=own,
        sites=tuple(f"s{i}" for i in range(sites)),
        site_nodes=chance.integers(0, NODES, sites),
        prizes=chance.integers(0, 30, (sites, periods)).astype(float),
        deadlines=deadlines,
        works=works,
        budgets=budgets,
        carry_over=bool(chance.random() < 0.5),
    )


def _random_work(chance: np.random.Generator, number: int, periods: int, edges: int) -> PlannedDig:
    starts = sorted(chance.permutation(periods)[: int(chance.integers(1, periods + 1))].tolist())
    on = np.sort(chance.permutation(edges)[: int(chance.integers(1, 4))])
    shifts = tuple(float(s) for s in chance.integers(0, 8, len(starts)))
    joints = chance.integers(1, 12, len(on)).astype(float)
    return PlannedDig(
        f"w{number}", tuple(starts), shifts, int(chance.integers(1, 3)), int(chance.integers(0, 3)), on, joints
    )


def _best_of_all(horizon: Horizon) -> float:
    """
    Return what the best plan is worth, by looking at every one: each edge in each period or never, for each start of
    works.
    """
    edges, periods = len(horizon.us), horizon.periods
    choices = np.array(list(itertools.product(range(periods + 1), repeat=edges)))  # `periods` is never
    joined = np.array([_sites_joined(horizon, mask) for mask in range(2**edges)])
    bits = 2 ** np.arange(edges)
    earned = np.zeros(len(choices))
    on_time = np.ones(len(choices), np.bool_)
    for t in range(periods):
        connected = joined[(choices <= t) @ bits]
        earned += horizon.discounts[t] * connected @ horizon.prizes[:, t]
        due = (horizon.deadlines != NEVER) & (horizon.deadlines <= t)
        on_time &= connected[:, due].all(axis=1)
    best = np.inf
    for starts in itertools.product(*(work.starts for work in horizon.works)):
        prices = np.column_stack([_prices(horizon, starts), np.zeros(edges)])
        paid = prices[np.arange(edges), choices]
        by_period = np.stack([np.where(choices == t, paid, 0).sum(axis=1) for t in range(periods)], axis=1)
        objective = by_period @ horizon.discounts - earned
        for work, start in zip(horizon.works, starts, strict=True):
            objective = objective + horizon.discounts[start] * work.shifts[work.starts.index(start)]
        allowed = on_time & np.isfinite(paid.sum(axis=1))
        if horizon.budgets is not None:
            spent = by_period.cumsum(axis=1) if horizon.carry_over else by_period
            given = horizon.budgets.cumsum() if horizon.carry_over else horizon.budgets
            allowed &= (spent <= given + 1e-9).all(axis=1)
        if allowed.any():
            best = min(best, float(objective[allowed].min()))
    return best


def _prices(horizon: Horizon, starts: tuple[int, ...]) -> np.ndarray:
    prices = horizon.own.copy()
    for work, start in zip(horizon.works, starts, strict=True):
        for t in range(horizon.periods):
            if start + work.duration <= t < start + work.duration + work.closes:
                prices[work.edges, t] = np.inf
    for work, start in zip(horizon.works, starts, strict=True):
        for t in range(start, min(horizon.periods, start + work.duration)):
            prices[work.edges, t] = np.minimum(prices[work.edges, t], work.joints)
    return prices


def _sites_joined(horizon: Horizon, mask: int) -> np.ndarray:
    reached = set(horizon.roots.tolist())
    grown = True
    while grown:
        grown = False
        for e in range(len(horizon.us)):
            ends = {int(horizon.us[e]), int(horizon.vs[e])}
            if mask >> e & 1 and ends & reached and not ends <= reached:
                reached |= ends
                grown = True
    return np.isin(horizon.site_nodes, list(reached))


def _solve(horizon: Horizon, **limits: float) -> FoundPlan:
    return solve_horizon(horizon, SearchLimits(**limits), seed=0, report=lambda _: None)


@pytest.mark.soak
@pytest.mark.parametrize("ten", range(TRIALS // 10))
def test_the_plan_is_the_best_of_all(ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        horizon = _random_horizon(seed)
        best = _best_of_all(horizon)
        if best == np.inf:
            with pytest.raises(NoPlanError):
                _solve(horizon)
            continue
        found = _solve(horizon)
        assert found.plan is not None
        assert appraise(horizon, found.plan).faults == ()
        assert (found.objective, found.bound) == pytest.approx((best, best), abs=1e-4), f"seed {seed}"
        assert found.is_optimal


@pytest.mark.soak
@pytest.mark.parametrize("ten", range(TRIALS // 50))
def test_the_plan_is_the_best_of_all_also_where_the_search_begins_with_a_few_streets(
    ten: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis.planning.horizon.search._CORE", 2)
    test_the_plan_is_the_best_of_all(ten)


@pytest.mark.soak
@pytest.mark.parametrize("core", [2, 1_000])
@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_a_search_that_is_cut_short_tells_a_plan_and_a_bound_that_hold(
    core: int, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis.planning.horizon.search._CORE", core)
    for seed in range(1_000, 1_000 + TRIALS // 5):
        horizon = _random_horizon(seed)
        best = _best_of_all(horizon)
        try:
            found = _solve(horizon, rounds=rounds)
        except NoPlanError:
            assert best == np.inf, f"seed {seed}"
            continue
        assert found.bound <= best + 1e-4, f"seed {seed}"
        assert found.objective >= best - 1e-4, f"seed {seed}"
        assert found.plan is None or appraise(horizon, found.plan).faults == ()


def _street(periods: int = 2, **changed: object) -> Horizon:
    """One street of two edges from a root, with a work on the second one in the first period."""
    values: dict[str, object] = {
        "names": tuple(map(str, range(periods))),
        "discounts": np.ones(periods),
        "nodes": 3,
        "roots": np.array([0]),
        "us": np.array([0, 1]),
        "vs": np.array([1, 2]),
        "own": np.full((2, periods), 100.0),
        "sites": ("school",),
        "site_nodes": np.array([2]),
        "prizes": np.array([[0.0, 150.0]]),
        "deadlines": np.array([NEVER]),
        "works": (PlannedDig("pipe", (0,), (0.0,), 1, 0, np.array([1]), np.array([20.0])),),
        "budgets": None,
        "carry_over": False,
    }
    return Horizon(**(values | changed))  # type: ignore[arg-type]


def test_a_duct_is_laid_where_it_connects_nothing_yet_because_the_street_is_open() -> None:
    horizon = _street(own=np.array([[np.inf, 100.0], [100.0, 100.0]]))
    found = _solve(horizon)
    assert found.plan is not None
    assert set(found.plan.ducts) == {Duct(1, 0, 0), Duct(0, 1, None)}
    assert found.objective == 20 + 100 - 150


def test_what_is_left_of_a_budget_counts_only_where_it_is_carried_over() -> None:
    budgets = np.array([50.0, 90.0])
    assert _solve(_street(budgets=budgets, carry_over=True)).objective == 20 + 100 - 150
    assert _solve(_street(budgets=budgets, carry_over=False)).objective == 0


def test_a_budget_too_small_for_a_deadline_is_told() -> None:
    """The first edge costs 100 EUR alone and the second 20 EUR with the work."""
    with pytest.raises(
        NoPlanError, match=r"due by the end of 1 \(sites: 1\) costs at least 120 EUR, and 119 EUR may be paid"
    ):
        _solve(_street(budgets=np.array([60.0, 59.0]), deadlines=np.array([1])))
    assert _solve(_street(budgets=np.array([60.0, 60.0]), deadlines=np.array([1]), carry_over=True)).is_optimal


def test_a_deadline_before_any_street_may_be_dug_up_is_told() -> None:
    own = np.array([[np.inf, 100.0], [100.0, 100.0]])
    with pytest.raises(NoPlanError, match=r"due by the end of 0 \(sites: 1\) cannot all be reached by then"):
        _solve(_street(own=own, deadlines=np.array([0])))


def test_a_price_however_high_is_not_taken_for_a_street_that_cannot_be_dug_up() -> None:
    own = np.full((2, 2), 3e12)
    assert _solve(_street(own=own, works=(), deadlines=np.array([1]))).objective == pytest.approx(6e12, rel=1e-9)


def test_budgets_that_suffice_in_sum_but_not_in_time_are_told() -> None:
    """Both edges are due in the first period; what comes later does not help."""
    with pytest.raises(NoPlanError, match="costs at least 120 EUR, and 100 EUR may be paid by then"):
        _solve(_street(budgets=np.array([100.0, 900.0]), deadlines=np.array([0])))


def test_a_plan_that_cannot_be_for_another_reason_is_told_too() -> None:
    """In sum 120 EUR suffice, but the first edge needs 100 EUR in one period, and nothing is carried over."""
    with pytest.raises(NoPlanError, match="raise a budget or move a deadline"):
        _solve(_street(budgets=np.array([60.0, 60.0]), deadlines=np.array([1])))


def test_a_site_that_no_street_reaches_and_that_has_a_deadline_is_named() -> None:
    with pytest.raises(NoPlanError, match="school"):
        _solve(_street(site_nodes=np.array([2]), us=np.array([0, 0]), vs=np.array([1, 1]), deadlines=np.array([0])))


def test_a_site_that_no_street_reaches_just_earns_nothing() -> None:
    found = _solve(_street(us=np.array([0, 0]), vs=np.array([1, 1])))
    assert (found.objective, found.is_optimal) == (0, True)


def test_a_site_at_a_root_earns_from_the_start() -> None:
    found = _solve(_street(site_nodes=np.array([0]), prizes=np.array([[10.0, 10.0]])))
    assert (found.objective, found.is_optimal) == (-20, True)


def test_without_works_and_sites_nothing_is_dug() -> None:
    nothing = _street(
        works=(), sites=(), site_nodes=np.empty(0, np.int64), prizes=np.empty((0, 2)), deadlines=np.empty(0, np.int64)
    )
    found = _solve(nothing)
    assert found.plan == DuctPlan((), ())
    assert (found.objective, found.is_optimal) == (0, True)


def test_faults_of_a_plan_are_named() -> None:
    horizon = _street(budgets=np.array([10.0, 10.0]), deadlines=np.array([0]))
    worth = appraise(horizon, DuctPlan((Duct(1, 1, 0), Duct(1, 0, 0)), (0,)))
    assert [fault.split(":")[0] for fault in worth.faults] == [
        "edge 1 in period 1",
        "edge 1 is laid twice",
        "period 0",
        "period 1",
        "site school misses its deadline",
    ]


def test_the_same_seed_and_work_give_the_same_plan() -> None:
    horizon = _random_horizon(17)
    first, second = (_solve(horizon, rounds=2) for _ in range(2))
    assert (first.plan, first.bound, first.work) == (second.plan, second.bound, second.work)


def _known() -> list[tuple[str, float]]:
    folder = os.environ.get("VENTSPILS_TEST_DATA")
    if not folder:
        return []
    with (Path(folder) / "dig" / "index.tsv").open() as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [(r["name"], float(r["best_known"])) for r in rows if r["status"] != "open"]


@pytest.mark.skipif(not _known(), reason="VENTSPILS_TEST_DATA, with digging instances, is not set")
@pytest.mark.parametrize(("name", "best"), [row for row in _known() if row[0].startswith(("tiny", "town-karhula"))])
def test_known_optima_are_found_and_proven(name: str, best: float) -> None:
    horizon = read_instance(Path(os.environ["VENTSPILS_TEST_DATA"]) / "dig" / f"{name}.json")
    assert isinstance(horizon, Horizon)
    found = _solve(horizon, until=time.monotonic() + 120)
    assert (found.objective, found.bound) == pytest.approx((best, best), abs=0.01)


def test_an_instance_is_read_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "street.json"
    file.write_text(
        json.dumps(
            {
                "periods": [{"name": "2027", "discount": 1.0}, {"name": "2028", "discount": 0.5}],
                "nodes": 3,
                "roots": [1],
                "edges": [{"u": 1, "v": 2, "own": [None, 100]}, {"u": 2, "v": 3, "own": [100, 100]}],
                "sites": [{"id": "school", "node": 3, "prize": [0, 150], "deadline": 1}],
                "works": [
                    {"id": "pipe", "starts": [0, 1], "shift": [0, 5], "duration": 1, "closes": 1,
                     "edges": [{"edge": 1, "joint": 20}]}
                ],
                "budgets": [50, 200],
                "carry_over": True,
            }
        )
    )  # fmt: skip
    horizon = read_instance(file)
    assert isinstance(horizon, Horizon)
    assert horizon.own.tolist() == [[np.inf, 100], [100, 100]]
    assert (horizon.us.tolist(), horizon.vs.tolist(), horizon.roots.tolist()) == ([0, 1], [1, 2], [0])
    assert (horizon.deadlines.tolist(), horizon.discounts.tolist()) == ([1], [1.0, 0.5])
    assert (horizon.works[0].starts, horizon.works[0].shifts) == ((0, 1), (0.0, 5.0))
