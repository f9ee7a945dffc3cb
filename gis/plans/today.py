"""What digs that moved since, and prices of today, do to a plan: what it laid with others and now lays alone."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any  # JSON documents

import numpy as np
from sqlalchemy.orm import Session

from gis.plans.answers import LaidDuct
from gis.plans.build import build_instance
from gis.plans.constraints import Built
from gis.plans.inputs import PlanInputs, load_inputs
from gis.plans.laid_ducts import costs_alone
from gis.plans.pool import planned_start
from gis.plans.records import find_done, instance_of
from gis.plans.requests import box_in_metres, read_request
from gis.plans.sections import built_periods
from gis.register import PlanRow, is_on_streets
from ventspils.core.errors import UsageError

Json = dict[str, Any]


def reappraise(session: Session, plan_id: str, town_crs: str) -> Json:
    """
    Return what a plan costs by the digs and prices of today; of what was built already, what it cost by the plan.

    `difference_eur` is what `changes` cost more and `by_prices_eur` together. Where that cannot be told, `why` says so.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it is not done.
    """
    row = find_done(session, plan_id, "held against today")
    given = load_inputs(session)
    if not is_on_streets(row.result["certificate"]["input_version"], given.version):
        return {"why": "The streets were taken in anew since this plan, so it cannot be held against today."}
    try:
        ducts = _ducts_today(row, given, built_periods(session, row), town_crs)
    except UsageError as error:  # as where nothing is left to connect
        return {"why": str(error)}
    return _tell(row, ducts)


@dataclass(frozen=True)
class _DuctToday:
    """A duct of a plan with what it costs now; `is_alone` where its dig is not open any more, or the street closed."""

    laid: LaidDuct
    metres: float
    then_eur: float
    now_eur: float
    is_alone: bool
    is_closed: bool


def _ducts_today(row: PlanRow, given: PlanInputs, built: Collection[int], town_crs: str) -> list[_DuctToday]:
    request = replace(read_request(row.asked), wishes=(), variants=())
    now = build_instance(given, request, box_in_metres(request.box_degrees, town_crs))
    edge_of = _edges_today(row, now)
    found = []
    for (edge, period, work), eur in zip(row.result["build"], row.result["build_eur"], strict=True):
        today = edge_of.get(edge)
        if period in built or today is None:  # built, or a way into a building that is wanted no more
            found.append(_DuctToday(LaidDuct(edge, period, work), 0.0, eur, eur, False, False))
        else:
            found.append(_price_today(now, LaidDuct(today, period, work), eur, row.result["starts"]))
    return found


def _edges_today(row: PlanRow, now: Built) -> dict[int, int]:
    """Return the edges of the instance of today by those of the plan: streets by number, ways in by building."""
    streets = {int(street): edge for edge, street in enumerate(now.edges) if street >= 0}
    ways = {site: len(streets) + k for k, site in enumerate(now.horizon.sites)}
    instance, kept = instance_of(row), row.result["street_edges"]
    sites = {site["node"]: site["id"] for site in instance["sites"]}
    known = {
        edge: streets.get(street) if street >= 0 else ways.get(sites[instance["edges"][edge]["v"]])
        for edge, street in enumerate(kept)
    }
    return {edge: today for edge, today in known.items() if today is not None}


def _price_today(now: Built, duct: LaidDuct, then_eur: float, starts: dict[str, int]) -> _DuctToday:
    """Return a duct at the price of its dig where that is open in its period, else alone, also where that is closed."""
    horizon = now.horizon
    works = {work.name: work for work in horizon.works}
    begins = {n: starts[n] if starts.get(n) in w.starts else planned_start(w) for n, w in works.items()}
    metres = 0.0 if now.costs is None or now.edges[duct.edge] < 0 else float(now.costs.lengths_m[duct.edge])
    work = works.get(duct.work or "")
    if work is not None and duct.edge in work.edges and work.is_open(begins[work.name], duct.period):
        eur = float(work.joints[work.edges == duct.edge][0])
        return _DuctToday(duct, metres, then_eur, eur, False, False)
    is_closed = not np.isfinite(horizon.own[duct.edge, duct.period]) or any(
        duct.edge in each.edges and each.is_closed(begins[name], duct.period) for name, each in works.items()
    )
    (alone,) = costs_alone(now, [duct])
    return _DuctToday(duct, metres, then_eur, alone, duct.work is not None, is_closed)


def _tell(row: PlanRow, ducts: list[_DuctToday]) -> Json:
    changed: defaultdict[tuple[int, str, bool], list[_DuctToday]] = defaultdict(list)
    for duct in ducts:
        if duct.is_alone or duct.is_closed:
            changed[duct.laid.period, duct.laid.work or "", duct.is_closed].append(duct)
    changes = [
        {
            "period": period,
            "name": row.result["periods"][period]["name"],
            "work_id": work or None,
            "metres": round(sum(d.metres for d in some), 1),
            "is_closed": is_closed,
            "more_eur": round(sum(d.now_eur - d.then_eur for d in some), 2),
        }
        for (period, work, is_closed), some in sorted(changed.items())
    ]
    then, now = (round(sum(getattr(d, f"{name}_eur") for d in ducts), 2) for name in ("then", "now"))
    return {
        "why": "",
        "cost_then_eur": then,
        "cost_now_eur": now,
        "difference_eur": round(now - then, 2),
        "by_prices_eur": round(now - then - sum(c["more_eur"] for c in changes), 2),
        "changes": changes,
    }
