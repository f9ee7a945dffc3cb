"""
A plan as people read it: what is laid in each period, whose works it uses and moves, what it saves
and how good it is.
"""

from collections.abc import Mapping
from typing import Any  # JSON documents

from gis.costs.basis import rests_on
from gis.plans.constraints import Built


def describe_plan(
    built: Built, instance: Mapping[str, Any], answer: Mapping[str, Any], alone: Mapping[str, Any] | None, version: str
) -> dict[str, Any]:
    """
    Return a plan with its savings by two measures and its certificate; money in EUR, savings discounted.

    `fall_of_the_fibre_bill` holds it against the best plan without joint prices, `alone`; its `proven` part counts only
    that plan's lower bound; both are unknown where no such plan was found. `same_routes_alone` prices the same ducts as
    if each were dug alone in its period. `rests_on` says which share of the plan's cost rests on what.
    """
    answer = _with_fixed(built, answer)
    other = None if alone is None else _with_fixed(built, alone)
    periods = [_describe_period(built, instance, answer, t) for t in range(len(built.horizon.names))]
    joint = sum(d * p["cost_eur"] for d, p in zip(built.horizon.discounts.tolist(), periods, strict=True))
    fixed = {f.edge: f.alone_eur for f in built.fixed}
    routes_alone = sum(
        built.horizon.discounts[t] * (fixed[edge] if edge in fixed else _dearest(instance, edge, t))
        for edge, t, _ in answer["build"]
    )
    return {
        "periods": periods,
        "build": answer["build"],
        "starts": answer["starts"],
        "street_edges": built.edges.tolist(),
        "savings": {
            "fall_of_the_fibre_bill_eur": other and round(other["objective"] - answer["objective"], 2),
            "proven_fall_of_the_fibre_bill_eur": other and round(other["lower_bound"] - answer["objective"], 2),
            "same_routes_alone_eur": round(float(routes_alone), 2),
            "same_routes_joint_eur": round(float(joint), 2),
            "same_routes_saving_eur": round(float(routes_alone - joint), 2),
            "rests_on": _rests_on(built, instance, answer),
        },
        "certificate": {
            name: answer[name] for name in ("objective", "lower_bound", "gap", "optimal", "seconds", "work")
        }
        | {"input_version": version},
        "notes": built.notes,
    }


def _rests_on(built: Built, instance: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, float]:
    if built.costs is None:
        return {}
    works = {work["id"]: work for work in instance["works"]}
    fixed = {f.edge: f.cost_eur for f in built.fixed}
    laid = [
        (edge, fixed[edge] if edge in fixed else _price(instance, works, edge, t, work), work)
        for edge, t, work in answer["build"]
    ]
    return rests_on(built.costs, laid)


def _with_fixed(built: Built, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with the streets that are laid whatever else, and with what they cost."""
    discounts = built.horizon.discounts
    paid = float(sum(discounts[f.period] * f.cost_eur for f in built.fixed))
    fixed = {f.edge: f for f in built.fixed}
    build = [[e, t, w] for e, t, w in answer["build"] if e not in fixed] + [
        [f.edge, f.period, f.work] for f in built.fixed
    ]
    return {
        **answer,
        "build": build,
        "objective": answer["objective"] + paid,
        "lower_bound": answer["lower_bound"] + paid,
    }


def describe_variant(built: Built, instance: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a variant of a plan comes to: its certificate, cost in EUR and how many sites it connects."""
    answer = _with_fixed(built, answer)
    periods = [_describe_period(built, instance, answer, t) for t in range(len(built.horizon.names))]
    return {
        **{name: answer[name] for name in ("objective", "lower_bound", "gap", "optimal")},
        "cost_eur": round(sum(p["cost_eur"] for p in periods), 2),
        "sites_connected": sum(len(p["sites_connected"]) for p in periods),
    }


def _describe_period(
    built: Built, instance: Mapping[str, Any], answer: Mapping[str, Any], period: int
) -> dict[str, Any]:
    works = {work["id"]: work for work in instance["works"]}
    laid = [(edge, work) for edge, t, work in answer["build"] if t == period]
    fixed = {f.edge: f.cost_eur for f in built.fixed}
    cost = sum(fixed[e] if e in fixed else _price(instance, works, e, period, work) for e, work in laid)
    dear = {f.edge: f.alone_eur for f in built.fixed}
    alone = sum(dear[e] if e in dear else _dearest(instance, e, period) for e, _ in laid)
    used = sorted({work for _, work in laid if work is not None})
    moved = sorted(
        name
        for name, start in answer["starts"].items()
        if start == period and works[name]["shift"][works[name]["starts"].index(start)] > 0
    )
    ways_in = {int(node): site for node, site in zip(built.horizon.site_nodes, built.horizon.sites, strict=True)}
    connected = [ways_in[int(built.horizon.vs[edge])] for edge, _ in laid if built.edges[edge] < 0]
    return {
        "name": built.horizon.names[period],
        "edges": len(laid),
        "works_used": used,
        "works_moved": moved,
        "cost_eur": round(cost, 2),
        "alone_eur": round(alone, 2),
        "sites_connected": sorted(connected),
    }


def _price(instance: Mapping[str, Any], works: Mapping[str, Any], edge: int, period: int, work: str | None) -> float:
    if work is None:
        return float(instance["edges"][edge]["own"][period])
    return next(float(j["joint"]) for j in works[work]["edges"] if j["edge"] == edge)


def _dearest(instance: Mapping[str, Any], edge: int, period: int) -> float:
    """
    Return what an edge costs alone in a period; where it is closed, what it costs when it is not,
    or else with a dig.
    """
    own = instance["edges"][edge]["own"]
    if own[period] is not None:
        return float(own[period])
    joints = [j["joint"] for work in instance["works"] for j in work["edges"] if j["edge"] == edge]
    return float(max((c for c in own if c is not None), default=max(joints, default=0.0)))
