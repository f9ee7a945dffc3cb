"""
A plan as people read it: what is laid in each period, whose works it uses and moves, what it saves
and how good it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any  # JSON documents

import numpy as np

from gis.costs import rests_on
from gis.planning import Duct, Horizon, price_of
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.constraints import Built


def describe_plan(built: Built, answer: PlanAnswer, alone: PlanAnswer | None, version: str) -> dict[str, Any]:
    """
    Return a plan with its savings by two measures and its certificate; money in EUR, savings discounted.

    `fall_of_the_fibre_bill` holds it against the best plan without joint prices, `alone`; its `proven` part counts only
    that plan's lower bound; both are unknown where no such plan was found. `same_routes_alone` prices the same ducts as
    if each were dug alone in its period. `rests_on` says which share of the plan's cost rests on what.
    """
    answer = _with_fixed(built, answer)
    other = None if alone is None else _with_fixed(built, alone)
    periods = [_describe_period(built, answer, t) for t in range(len(built.horizon.names))]
    discounts = built.horizon.discounts
    joint = sum(d * p["cost_eur"] for d, p in zip(discounts.tolist(), periods, strict=True))
    costs_alone = zip(answer.build, _costs_alone(built, answer.build), strict=True)
    routes_alone = sum(discounts[duct.period] * cost for duct, cost in costs_alone)
    return {
        "periods": periods,
        "build": [[duct.edge, duct.period, duct.work] for duct in answer.build],
        "starts": dict(answer.starts),
        "street_edges": built.edges.tolist(),
        "savings": {
            "fall_of_the_fibre_bill_eur": other and round(other.objective - answer.objective, 2),
            "proven_fall_of_the_fibre_bill_eur": other and round(other.lower_bound - answer.objective, 2),
            "same_routes_alone_eur": round(float(routes_alone), 2),
            "same_routes_joint_eur": round(float(joint), 2),
            "same_routes_saving_eur": round(float(routes_alone - joint), 2),
            "rests_on": _rests_on(built, answer),
        },
        "certificate": answer.certificate() | {"input_version": version},
        "notes": built.notes,
    }


def cost_of_wishes(certificate: Mapping[str, float], free: PlanAnswer) -> dict[str, float]:
    """Return what wishes cost: the plan with them less the best without, between two proven bounds."""
    return {
        "eur": round(certificate["objective"] - free.objective, 2),
        "at_least_eur": round(max(0.0, certificate["lower_bound"] - free.objective), 2),
        "at_most_eur": round(certificate["objective"] - free.lower_bound, 2),
    }


def describe_variant(built: Built, answer: PlanAnswer) -> dict[str, Any]:
    """Return what a variant of a plan comes to: its certificate, cost in EUR and how many sites it connects."""
    answer = _with_fixed(built, answer)
    periods = [_describe_period(built, answer, t) for t in range(len(built.horizon.names))]
    certificate = answer.certificate()
    return {
        **{name: certificate[name] for name in ("objective", "lower_bound", "gap", "optimal")},
        "cost_eur": round(sum(p["cost_eur"] for p in periods), 2),
        "sites_connected": sum(len(p["sites_connected"]) for p in periods),
    }


def _rests_on(built: Built, answer: PlanAnswer) -> dict[str, float]:
    if built.costs is None:
        return {}
    prices = zip(answer.build, _costs(built, answer.build), strict=True)
    return rests_on(built.costs, [(duct.edge, cost, duct.work) for duct, cost in prices])


def _with_fixed(built: Built, answer: PlanAnswer) -> PlanAnswer:
    """Return an answer with the streets that are laid whatever else, and with what they cost."""
    paid = float(sum(built.horizon.discounts[f.period] * f.cost_eur for f in built.fixed))
    fixed = {f.edge for f in built.fixed}
    found = (duct for duct in answer.build if duct.edge not in fixed)
    build = (*found, *(LaidDuct(f.edge, f.period, f.work) for f in built.fixed))
    return replace(answer, build=build, objective=answer.objective + paid, lower_bound=answer.lower_bound + paid)


def _describe_period(built: Built, answer: PlanAnswer, period: int) -> dict[str, Any]:
    horizon, laid = built.horizon, [duct for duct in answer.build if duct.period == period]
    works = {work.name: work for work in horizon.works}
    moved = sorted(
        name
        for name, start in answer.starts.items()
        if start == period and works[name].shifts[works[name].starts.index(start)] > 0
    )
    ways_in = {int(node): site for node, site in zip(horizon.site_nodes, horizon.sites, strict=True)}
    connected = [ways_in[int(horizon.vs[duct.edge])] for duct in laid if built.edges[duct.edge] < 0]
    return {
        "name": horizon.names[period],
        "edges": len(laid),
        "works_used": sorted({duct.work for duct in laid if duct.work is not None}),
        "works_moved": moved,
        "cost_eur": round(sum(_costs(built, laid)), 2),
        "alone_eur": round(sum(_costs_alone(built, laid)), 2),
        "sites_connected": sorted(connected),
    }


def _costs(built: Built, laid: Sequence[LaidDuct]) -> list[float]:
    """Return what each duct costs in EUR, not discounted."""
    fixed = {f.edge: f.cost_eur for f in built.fixed}
    number = {work.name: w for w, work in enumerate(built.horizon.works)}

    def cost(duct: LaidDuct) -> float:
        if duct.edge in fixed:
            return fixed[duct.edge]
        work = None if duct.work is None else number[duct.work]
        return price_of(built.horizon, Duct(duct.edge, duct.period, work))

    return [cost(duct) for duct in laid]


def _costs_alone(built: Built, laid: Sequence[LaidDuct]) -> list[float]:
    """Return what each duct would cost in EUR, not discounted, if it were dug alone in its period."""
    fixed = {f.edge: f.alone_eur for f in built.fixed}
    return [fixed[d.edge] if d.edge in fixed else _dearest(built.horizon, d.edge, d.period) for d in laid]


def _dearest(horizon: Horizon, edge: int, period: int) -> float:
    """Return what an edge costs alone in a period; where it is closed, what it does when it is not, or with a dig."""
    own = horizon.own[edge]
    if np.isfinite(own[period]):
        return float(own[period])
    joints = [float(joint) for work in horizon.works for joint in work.joints[work.edges == edge]]
    return float(max(own[np.isfinite(own)], default=max(joints, default=0.0)))
