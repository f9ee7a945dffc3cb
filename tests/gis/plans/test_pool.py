"""Plans shared between searches: laws that hold whatever each search found."""

import math
from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from gis.planning import Duct, DuctPlan, appraise
from gis.plans.constraints import Wish, grant
from gis.plans.pool import Searched, fit_plan, lay_nothing, lead_somewhere, least_objective, share_plans
from gis.plans.requests import PlanRequest
from tests.gis.horizons import random_built, random_plan
from tests.soak import times

TRIALS = times(80, 800)
ASKED = PlanRequest(date(2027, 1, 1), 4, 100.0)


def searched_alike(seed: int) -> list[Searched]:
    """The same town with a budget, with half of it, and with a street forbidden; plans and bounds as if cut short."""
    built = random_built(seed)
    budgets = built.horizon.budgets if built.horizon.budgets is not None else np.full(built.horizon.periods, 60.0)
    whole = replace(built, horizon=replace(built.horizon, budgets=budgets))
    half = replace(whole, horizon=replace(whole.horizon, budgets=budgets / 2))
    wishes = (Wish(None, (0,), None, "never", None),)
    never = grant(whole, wishes, [], list(whole.horizon.sites))
    requests = [ASKED, replace(ASKED, budget_eur=50.0), replace(ASKED, wishes=wishes)]
    found = []
    for k, (each, request) in enumerate(zip((whole, half, never), requests, strict=True)):
        fits = [fit for trial in range(12) if (fit := fit_plan(each, random_plan(each, 100 * seed + 10 * k + trial)))]
        best = min(fits, key=lambda plan: plan.objective, default=None)
        if best is not None:
            best = replace(best, lower_bound=least_objective(each))
        found.append(Searched(each, request, best))
    return found


@pytest.mark.parametrize("ten", range(TRIALS // 10))
def test_less_money_and_forbidding_never_earn(ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        searched = searched_alike(seed)
        whole, half, never = share_plans(searched)
        assert whole is not None  # laying nothing is always one
        assert half is not None
        assert never is not None
        assert whole.objective <= min(half.objective, never.objective) + 1e-9
        for each, plan in zip(searched, (whole, half, never), strict=True):
            assert each.answer is None or plan.objective <= each.answer.objective + 1e-9
            nothing = fit_plan(each.built, lay_nothing())
            assert nothing is not None
            assert plan.lower_bound <= plan.objective <= nothing.objective + 1e-9
            number = {work.name: w for w, work in enumerate(each.built.horizon.works)}
            ducts = tuple(Duct(d.edge, d.period, None if d.work is None else number[d.work]) for d in plan.build)
            worth = appraise(each.built.horizon, DuctPlan(ducts, tuple(plan.starts.values())))
            assert worth.faults == ()
            assert worth.objective == pytest.approx(plan.objective)


def test_a_bound_of_what_forbids_less_holds_where_more_is_forbidden() -> None:
    whole, half, never = searched_alike(1)
    nothing = replace(whole.answer or fit_nothing(whole), lower_bound=-7.0)
    shared = share_plans([replace(whole, answer=nothing), replace(half, answer=None), replace(never, answer=None)])
    assert [plan.lower_bound for plan in shared if plan] == [
        pytest.approx(max(-7.0, least_objective(each.built))) for each in (whole, half, never)
    ]
    assert not half.relaxes(whole)
    assert not never.relaxes(whole)


def fit_nothing(searched: Searched) -> object:
    (plan,) = share_plans([replace(searched, answer=None)])
    return plan


def test_a_plan_of_earlier_prices_counts_by_those_of_today() -> None:
    built, plan = next(
        (town, plan)
        for town in map(random_built, range(8, 40))
        for k in range(50)
        if (plan := fit_plan(town, random_plan(town, k))) and any(d.work is None for d in plan.build)
    )
    dearer = replace(built, horizon=replace(built.horizon, own=built.horizon.own * 2, budgets=None))
    again = fit_plan(dearer, plan)
    assert again is not None
    alone = sum(
        built.horizon.discounts[d.period] * built.horizon.own[d.edge, d.period] for d in plan.build if d.work is None
    )
    assert again.objective - plan.objective == pytest.approx(alone)


def test_where_nothing_is_known_and_deadlines_bind_there_is_no_plan() -> None:
    built = random_built(4, deadlines=True)
    assert share_plans([Searched(built, ASKED, None)]) == [None]
    free = random_built(4)
    (plan,) = share_plans([Searched(free, ASKED, None)])
    assert plan is not None
    assert (plan.build, plan.objective, math.isfinite(plan.lower_bound)) == ((), 0, True)


@pytest.mark.parametrize("seed", range(30))
def test_what_leads_to_nobody_is_left_out_and_nobody_loses_by_it(seed: int) -> None:
    """A plan of another question may hold a street that was wished there and serves nobody here."""
    built = random_built(seed)
    for trial in range(10):
        plan = random_plan(built, 1000 * seed + trial)
        fit = fit_plan(built, lead_somewhere(built, plan))
        if fit is None or fit_plan(built, plan) is None:
            continue
        number = {work.name: w for w, work in enumerate(built.horizon.works)}
        worths = []
        for each in (plan, fit):
            ducts = tuple(Duct(d.edge, d.period, None if d.work is None else number[d.work]) for d in each.build)
            worths.append(appraise(built.horizon, DuctPlan(ducts, tuple(fit.starts.values()))))
        before, after = worths
        assert np.array_equal(before.connected, after.connected)
        assert after.objective <= before.objective + 1e-9
        ends = Counter(n for d in fit.build for n in (built.horizon.us[d.edge], built.horizon.vs[d.edge]))
        lonely = {int(node) for node, count in ends.items() if count == 1}
        assert lonely <= {int(n) for n in (*built.horizon.roots, *built.horizon.site_nodes)}
