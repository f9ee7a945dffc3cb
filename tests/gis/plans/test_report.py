"""What a plan says adds up: by half-year, by street, and building by building."""

from collections import deque
from dataclasses import replace

import numpy as np
import pytest

from gis.plans.alone import AloneRange
from gis.plans.answers import PlanAnswer
from gis.plans.constraints import Built, Wish, grant
from gis.plans.laid_ducts import with_fixed
from gis.plans.report import cost_of_wishes, describe_plan
from tests.gis.horizons import random_built, random_plan
from tests.soak import times

TRIALS = times(60, 600)


def walk(built: Built, plan: PlanAnswer, period: int) -> set[str]:
    """Whom fibre reaches at the end of a period, by walking from the roots along what is laid."""
    horizon = built.horizon
    seen, queue = set(horizon.roots.tolist()), deque(horizon.roots.tolist())
    laid = [(int(horizon.us[d.edge]), int(horizon.vs[d.edge])) for d in plan.build if d.period <= period]
    while queue:
        node = queue.popleft()
        for a, b in [*laid, *((b, a) for a, b in laid)]:
            if a == node and b not in seen:
                seen.add(b)
                queue.append(b)
    return {site for site, node in zip(horizon.sites, horizon.site_nodes.tolist(), strict=True) if node in seen}


@pytest.mark.parametrize("ten", range(TRIALS // 10))
def test_half_years_add_up_and_connect_whom_a_walk_along_what_is_laid_reaches(ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        built = random_built(seed)
        plan = random_plan(built, seed + 1)
        told = describe_plan(built, plan, None, "v", [])
        periods, savings = told["periods"], told["savings"]
        before: set[str] = set()
        for t, period in enumerate(periods):
            reached = walk(built, plan, t)
            assert set(period["sites_connected"]) == reached - before
            assert period["sites_connected_so_far"] == len(reached)
            assert period["saving_eur"] == pytest.approx(period["alone_eur"] - period["cost_eur"], abs=0.001)
            before = reached
        for name, sum_of in (("alone", "alone_eur"), ("joint", "cost_eur"), ("saving", "saving_eur")):
            assert savings[f"same_routes_{name}_eur"] == pytest.approx(sum(p[sum_of] for p in periods), abs=0.001)
        saved = savings["same_routes_alone_eur"] - savings["same_routes_joint_eur"]
        assert savings["same_routes_saving_eur"] == pytest.approx(saved, abs=0.001)
        assert {row["site"] for row in told["left_out"]} == set(built.horizon.sites) - before


@pytest.mark.parametrize("ten", range(TRIALS // 10))
def test_what_is_asked_and_carried_over_is_spent_or_left(ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        built = random_built(seed)
        periods = describe_plan(built, random_plan(built, seed), None, "v", [])["periods"]
        carried = 0.0
        for t, p in enumerate(periods):
            if built.horizon.budgets is None:
                assert (p["budget_eur"], p["carried_over_eur"], p["left_eur"]) == (None, None, None)
                continue
            assert p["budget_eur"] == built.horizon.budgets[t]
            assert p["carried_over_eur"] == (carried if built.horizon.carry_over else 0)
            assert p["budget_eur"] + p["carried_over_eur"] == pytest.approx(p["cost_eur"] + p["left_eur"], abs=0.005)
            carried = p["left_eur"]


def test_a_street_that_a_planner_set_counts_as_laid_and_is_paid_from_the_budget_asked() -> None:
    """Street 0 is set into the second half-year; without it the way into the building, laid at once, joins nothing."""
    built = random_built(3)
    horizon = replace(
        built.horizon, names=("2027-H1", "2027-H2"), discounts=np.array([1.0, 0.98]), nodes=3, roots=np.array([0]),
        us=np.array([0, 1]), vs=np.array([1, 2]), own=np.array([[40.0, 40.0], [5.0, 5.0]]), sites=("school",),
        site_nodes=np.array([2]), prizes=np.array([[30.0, 30.0]]), deadlines=np.array([-1]), works=(),
        budgets=np.array([30.0, 30.0]), carry_over=True,
    )  # fmt: skip
    built = grant(
        Built(horizon, np.array([0, -1])), [Wish("Long Street", (), None, "lay_in", 1)], ["Long Street"], ["school"]
    )
    plan = with_fixed(built, PlanAnswer(0, 0, 0, True, 0, 0, (), {}))
    told = describe_plan(built, plan, None, "v", ["Long Street"])
    assert [p["cost_eur"] for p in told["periods"]] == [0, 40]
    assert [p["budget_eur"] for p in told["periods"]] == [30, 30]
    assert [p["left_eur"] for p in told["periods"]] == [30, 20]
    (school,) = told["left_out"]
    # From Long Street the way in is 5 EUR and earns 30 in the half-year that is left.
    assert (school["cost_eur"], school["earns_eur"], school["half_year"]) == (5, 30, "2027-H2")


def test_against_digging_alone_is_one_sum_only_where_that_is_proven() -> None:
    built = random_built(5)
    plan = random_plan(built, 5)
    alone_eur = describe_plan(built, plan, None, "v", [])["savings"]["same_routes_alone_eur"]
    proven = describe_plan(built, plan, AloneRange(3.0, 3.0), "v", [])["savings"]
    assert (proven["fall_of_the_fibre_bill_eur"], proven["proven_fall_of_the_fibre_bill_eur"]) == (3, 3)
    ranged = describe_plan(built, plan, AloneRange(-2.0, 3.0), "v", [])["savings"]
    assert ranged["fall_of_the_fibre_bill_eur"] is None
    assert ranged["against_alone_at_best"] == {"at_least_eur": -2, "at_most_eur": 3}
    beyond = describe_plan(built, plan, AloneRange(alone_eur + 1, alone_eur + 2), "v", [])["savings"]
    assert beyond["fall_of_the_fibre_bill_eur"] is beyond["proven_fall_of_the_fibre_bill_eur"] is None


def priced(objective: float, bound: float) -> PlanAnswer:
    return PlanAnswer(objective, bound, 0, False, 0, 0, (), {})


@pytest.mark.parametrize(
    ("plan", "free", "told"),
    [
        (priced(-90, -90), priced(-100, -100), (10, 10, 10)),
        # Neither is proven: between -95 - -100 and -90 - -110.
        (priced(-90, -95), priced(-100, -110), (None, 5, 20)),
        # What nobody proved to cost anything costs at least nothing.
        (priced(-90, -200), priced(-100, -200), (None, 0, 110)),
    ],
)
def test_what_wishes_cost_is_a_proven_range(plan: PlanAnswer, free: PlanAnswer, told: tuple[float, ...]) -> None:
    cost = cost_of_wishes(plan, free)
    assert (cost["eur"], cost["at_least_eur"], cost["at_most_eur"]) == told
