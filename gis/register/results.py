"""A plan as people read it: what is laid in each period, whose works it uses and moves, what it saves and how good it is."""

from collections.abc import Mapping
from typing import Any  # JSON documents

from gis.register.planning import Built


def describe_plan(
    built: Built, instance: Mapping[str, Any], answer: Mapping[str, Any], alone: Mapping[str, Any], version: str
) -> dict[str, Any]:
    """
    Return a plan with its savings by two measures and its certificate; money in EUR, savings discounted.

    `fall_of_the_fibre_bill` holds it against the best plan without joint prices; its `proven` part counts only that plan's lower
    bound. `same_routes_alone` prices the same ducts as if each were dug alone in its period.
    """
    periods = [_describe_period(built, instance, answer, t) for t in range(len(built.period_names))]
    joint = sum(d * p["cost_eur"] for d, p in zip(built.horizon.discounts.tolist(), periods, strict=True))
    routes_alone = sum(built.horizon.discounts[t] * _dearest(instance, edge, t) for edge, t, _ in answer["build"])
    return {
        "periods": periods,
        "build": answer["build"],
        "starts": answer["starts"],
        "street_edges": built.edges.tolist(),
        "savings": {
            "fall_of_the_fibre_bill_eur": round(alone["objective"] - answer["objective"], 2),
            "proven_fall_of_the_fibre_bill_eur": round(alone["lower_bound"] - answer["objective"], 2),
            "same_routes_alone_eur": round(float(routes_alone), 2),
            "same_routes_joint_eur": round(float(joint), 2),
            "same_routes_saving_eur": round(float(routes_alone - joint), 2),
        },
        "certificate": {
            name: answer[name] for name in ("objective", "lower_bound", "gap", "optimal", "seconds", "work")
        }
        | {"input_version": version},
        "notes": built.notes,
    }


def _describe_period(
    built: Built, instance: Mapping[str, Any], answer: Mapping[str, Any], period: int
) -> dict[str, Any]:
    works = {work["id"]: work for work in instance["works"]}
    laid = [(edge, work) for edge, t, work in answer["build"] if t == period]
    cost = sum(_price(instance, works, edge, period, work) for edge, work in laid)
    used = sorted({work for _, work in laid if work is not None})
    moved = sorted(
        name for name, start in answer["starts"].items()
        if start == period and works[name]["shift"][works[name]["starts"].index(start)] > 0
    )  # fmt: skip
    ways_in = {int(node): site for node, site in zip(built.horizon.site_nodes, built.horizon.sites, strict=True)}
    connected = [
        ways_in[int(built.horizon.vs[edge])] for edge, _ in laid if built.edges[edge] < 0
    ]  # fmt: skip
    return {
        "name": built.period_names[period],
        "edges": len(laid),
        "works_used": used,
        "works_moved": moved,
        "cost_eur": round(cost, 2),
        "sites_connected": sorted(connected),
    }


def _price(instance: Mapping[str, Any], works: Mapping[str, Any], edge: int, period: int, work: str | None) -> float:
    if work is None:
        return float(instance["edges"][edge]["own"][period])
    return next(float(j["joint"]) for j in works[work]["edges"] if j["edge"] == edge)


def _dearest(instance: Mapping[str, Any], edge: int, period: int) -> float:
    own = instance["edges"][edge]["own"]
    return float(own[period] if own[period] is not None else max(c for c in own if c is not None))
