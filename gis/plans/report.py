"""
A plan as people read it: what is laid in each period and for whom, whose works it uses and moves, what it costs and
saves, and how good it is.

Money is that of the day, not discounted, unless it is called a present value; sums are those of the periods.
"""

from collections.abc import Sequence
from typing import Any  # JSON documents

import numpy as np

from gis.costs import rests_on
from gis.planning import NEVER
from gis.plans.alone import AloneRange
from gis.plans.answers import PlanAnswer
from gis.plans.constraints import Built
from gis.plans.laid_ducts import connected_in, costs, costs_alone, moving_eur
from gis.plans.left_out import find_left_out
from gis.plans.street_list import list_streets
from gis.streets import Ints

Json = dict[str, Any]
_MEET_EUR, _MEET_SHARE = 0.01, 1e-5  # two bounds that differ by less are told as one sum


def describe_plan(
    built: Built, answer: PlanAnswer, alone: AloneRange | None, version: str, street_names: Sequence[str | None]
) -> Json:
    """
    Return a plan with its periods, streets, savings, who is left out and why, and its certificate.

    Args:
        built: The instance.
        answer: The plan, with the streets that a planner set.
        alone: What the same buildings would cost at the best without anybody's digs, as far as it is proven.
        version: Of the register that the instance was made from.
        street_names: Of all street edges.
    """
    periods = describe_periods(built, answer)
    return {
        "periods": periods,
        "build": [[duct.edge, duct.period, duct.work] for duct in answer.build],
        "build_eur": [round(eur, 2) for eur in costs(built, answer.build)],
        "starts": dict(answer.starts),
        "street_edges": built.edges.tolist(),
        "streets": list_streets(built, answer, street_names),
        "left_out": find_left_out(built, answer, periods),
        "savings": _savings(built, answer, periods, alone),
        "certificate": answer.certificate() | {"input_version": version},
        "notes": built.notes,
    }


def describe_periods(built: Built, answer: PlanAnswer) -> list[Json]:
    """Return what is laid in each period, for how much, for whom, and what is left of its budget."""
    connected, count = connected_in(built, answer.build), len(built.horizon.names)
    periods = [_describe_period(built, answer, connected, t) for t in range(count)]
    purse = 0.0
    for t, told in enumerate(periods):
        budget = None if built.budgets is None else round(float(built.budgets[t]), 2)
        carried = purse if built.horizon.carry_over else 0.0
        purse = 0.0 if budget is None else round(budget + carried - told["cost_eur"], 2)
        told["budget_eur"], told["carried_over_eur"], told["left_eur"] = (
            (None, None, None) if budget is None else (budget, carried, purse)
        )
    return periods


def _describe_period(built: Built, answer: PlanAnswer, connected: Ints, period: int) -> Json:
    horizon, laid = built.horizon, [duct for duct in answer.build if duct.period == period]
    works = {work.name: work for work in horizon.works}
    moved = sorted(
        name
        for name, start in answer.starts.items()
        if start == period and works[name].shifts[works[name].starts.index(start)] > 0
    )
    cost, alone = round(sum(costs(built, laid)), 2), round(sum(costs_alone(built, laid)), 2)
    so_far = [at for at in connected if at != NEVER and at <= period]
    return {
        "name": horizon.names[period],
        "edges": len(laid),
        "works_used": sorted({duct.work for duct in laid if duct.work is not None}),
        "works_moved": moved,
        "moving_eur": round(float(moving_eur(built, answer)[period]), 2),
        "cost_eur": cost,
        "alone_eur": alone,
        "saving_eur": round(alone - cost, 2),
        "sites_connected": sorted(s for s, at in zip(horizon.sites, connected, strict=True) if at == period),
        "sites_connected_so_far": len(so_far),
    }


def _savings(built: Built, answer: PlanAnswer, periods: Sequence[Json], alone: AloneRange | None) -> Json:
    """
    Return what digging together saves: on the same streets, and against the best without anybody's digs.

    The latter is one sum only where that is proven, and is not called a fall of the bill where it is more than these
    streets cost alone, as where a street may only be dug with others.
    """
    sums = {name: round(sum(p[f"{name}_eur"] for p in periods), 2) for name in ("alone", "cost", "saving", "moving")}
    discounts = built.horizon.discounts.tolist()
    present = {
        name: round(sum(d * p[f"{name}_eur"] for d, p in zip(discounts, periods, strict=True)), 2)
        for name in ("alone", "cost", "saving")
    }
    known = alone if alone is not None and alone.at_least_eur <= sums["alone"] else None
    is_one = known is not None and meet(known.at_least_eur, known.at_most_eur)
    return {
        "same_routes_alone_eur": sums["alone"],
        "same_routes_joint_eur": sums["cost"],
        "same_routes_saving_eur": sums["saving"],
        "moving_eur": sums["moving"],
        "present_value_alone_eur": present["alone"],
        "present_value_joint_eur": present["cost"],
        "present_value_saving_eur": present["saving"],
        "against_alone_at_best": alone and {"at_least_eur": alone.at_least_eur, "at_most_eur": alone.at_most_eur},
        "fall_of_the_fibre_bill_eur": known.at_least_eur if known and is_one else None,
        "proven_fall_of_the_fibre_bill_eur": known and known.at_least_eur,
        "rests_on": _rests_on(built, answer),
    }


def meet(at_least_eur: float, at_most_eur: float) -> bool:
    """Whether a proven range is one sum."""
    return at_most_eur - at_least_eur <= _MEET_EUR + _MEET_SHARE * abs(at_most_eur)


def cost_of_wishes(plan: PlanAnswer, free: PlanAnswer) -> dict[str, float | None]:
    """
    Return what wishes cost in present value: the best plan with them less the best without.

    It is between two proven sums and never below nothing; one sum only where both meet.
    """
    at_least = round(max(0.0, plan.lower_bound - free.objective), 2)
    at_most = round(max(at_least, plan.objective - free.lower_bound), 2)
    return {
        "eur": round(max(at_least, plan.objective - free.objective), 2) if meet(at_least, at_most) else None,
        "at_least_eur": at_least,
        "at_most_eur": at_most,
    }


def describe_variant(built: Built, answer: PlanAnswer) -> Json:
    """Return what a variant of a plan comes to: its certificate, cost in EUR and how many sites it connects."""
    certificate = answer.certificate()
    connected = np.asarray(connected_in(built, answer.build))
    return {
        **{name: certificate[name] for name in ("objective", "lower_bound", "gap", "optimal")},
        "cost_eur": round(sum(costs(built, answer.build)), 2),
        "sites_connected": int((connected != NEVER).sum()),
    }


def _rests_on(built: Built, answer: PlanAnswer) -> dict[str, float]:
    if built.costs is None:
        return {}
    prices = zip(answer.build, costs(built, answer.build), strict=True)
    return rests_on(built.costs, [(duct.edge, cost, duct.work) for duct, cost in prices])
