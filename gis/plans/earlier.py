"""Plans of earlier requests over the same streets and sites, which are plans for a new request too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any  # JSON documents

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.planning import write_instance
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.pool import Searched
from gis.plans.records import instance_of
from gis.plans.requests import read_request
from gis.plans.search_instances import PlanSearches
from gis.register import PlanRow, is_on_streets

_AT_MOST = 20  # of the latest
Json = dict[str, Any]


@dataclass(frozen=True)
class EarlierPlans:
    """Their ducts in the numbers of the new request, and those searches of which the bounds hold for it."""

    plans: tuple[PlanAnswer, ...]
    proven: tuple[Searched, ...]


def find_earlier(session: Session, searches: PlanSearches) -> EarlierPlans:
    """Return what is known from the latest plans that were made over the same streets and sites."""
    rows = session.scalars(
        select(PlanRow).where(PlanRow.state == "done").order_by(PlanRow.at.desc()).limit(_AT_MOST)
    ).all()
    now = [each for each in (searches.plan, searches.without_wishes) if each is not None]
    documents = [(built, _without_budgets(write_instance(built.horizon))) for built in now]
    plans, proven = [], []
    for row in rows:
        if not _is_alike(row, searches):
            continue
        instance = instance_of(row)
        if [site["id"] for site in instance["sites"]] != list(searches.plan.horizon.sites):
            continue
        answer = _answer_of(row.result, searches.plan.horizon.names)
        plans.append(answer)
        same = _without_budgets(instance)
        proven += [Searched(built, read_request(row.asked), answer) for built, doc in documents if doc == same]
    return EarlierPlans(tuple(plans), tuple(proven))


def _is_alike(row: PlanRow, searches: PlanSearches) -> bool:
    """Whether a plan is over the same streets, numbered alike."""
    return is_on_streets(row.result["certificate"]["input_version"], searches.version) and (
        row.result["street_edges"] == searches.plan.edges.tolist()
    )


def _without_budgets(instance: Json) -> Json:
    return {name: value for name, value in instance.items() if name != "budgets"}


def _answer_of(result: Json, names: Sequence[str]) -> PlanAnswer:
    """Return a plan that was kept with its periods counted as they are called now; what it lays outside is left out."""
    at = {t: names.index(p["name"]) for t, p in enumerate(result["periods"]) if p["name"] in names}
    build = tuple(LaidDuct(edge, at[t], work) for edge, t, work in result["build"] if t in at)
    starts = {name: at[t] for name, t in result["starts"].items() if t in at}
    told = {name: result["certificate"][name] for name in ("objective", "lower_bound", "gap", "optimal")}
    return PlanAnswer(**told, seconds=0.0, work=0, build=build, starts=starts)
