"""Chances to dig once over HTTP: listed, and decided."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from gis.sharing import decisions, opportunity_list
from gis.sharing.opportunities import FIBRE
from gis.sharing.opportunity_list import KnownOpportunity
from ventspils.api.access import Log, PlanningSome, SurveyingSome, TheCentre, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.opportunity_watch import as_of, bring_up_to_date, changing_chances

router = APIRouter(prefix="/api/v1", tags=["chances"])
States = Literal["open", "accepted", "declined", "postponed", "missed", "gone"]


class DecisionBody(Body):
    """What is decided about a chance: declining needs a reason, postponing a day, handing over somebody."""

    decision: Literal["accept", "decline", "postpone", "hand_to", "reopen"]
    reason: Annotated[str, Field(max_length=1000)] = ""
    until: Day | None = None
    to: Annotated[str, Field(max_length=200)] = ""


@router.get("/opportunities")
def list_opportunities(
    centre: TheCentre,
    session: TheSession,
    access: SurveyingSome,
    page: ThePage,
    state: Annotated[list[States], Query()] = [],  # noqa: B006 - FastAPI copies it
    owner: Annotated[str, Query(max_length=200)] = "",
) -> Json:
    """List chances to dig once: what is to be decided first comes first, then by what is saved."""
    known_as_of = as_of(centre)
    found = opportunity_list.list_opportunities(session, access.scope, states=state, owner=owner)
    return page.of([_describe(known) for known in found]) | {"as_of": known_as_of}


def _describe(known: KnownOpportunity) -> Json:
    row, work, wanted = known.row, known.work, known.wanted
    names = (
        "id", "wanted", "work_id", "owner", "state", "length_m", "low_eur", "mid_eur", "high_eur", "basis",
        "last_day", "reason", "until", "moved", "decided_at", "decided_by", "version", "edges", "priced_on",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "wanted_title": wanted.name if wanted else FIBRE,
        "wanted_sort": wanted.sort if wanted else FIBRE,
        "work_title": work.name, "work_party": work.promoter, "work_starts_on": work.starts_on,
        "work_kind": work.kind, "work_depth_m": work.depth_m, "wanted_kind": wanted.kind if wanted else FIBRE,
        "wanted_depth_m": wanted.depth_m if wanted else None,
        "condition": wanted.condition if wanted else "", "joint_dig": known.joint_dig,
        "is_estimate": row.wanted == FIBRE and known.is_in_plan is None, "in_plan": known.is_in_plan,
    }  # fmt: skip


@router.post("/opportunities/{opportunity_id}/decision")
def decide(
    centre: TheCentre,
    access: PlanningSome,
    response: Response,
    opportunity_id: str,
    body: DecisionBody,
    if_match: IfMatch = None,
) -> Json:
    """Accept, decline, postpone, hand over or reopen a chance; other chances and the ledger follow at once."""
    bring_up_to_date(centre)
    with changing_chances(centre) as changing:
        known = opportunity_list.find_opportunity(changing, opportunity_id, access)
        take_version(known.row, if_match, _describe(known))
        said = body.model_dump(exclude={"decision"})
        decisions.decide(changing, known.row, body.decision, access.caller.name, centre.today(), centre.now(), **said)
        log = Log(changing, access.caller.name, centre.now())
        log(f"chance: {body.decision}", known.work.title, opportunity_id=opportunity_id, reason=body.reason)
    with centre.sessions() as session:
        decided = opportunity_list.find_opportunity(session, opportunity_id, access)
        show_version(response, decided.row)
        return _describe(decided)
