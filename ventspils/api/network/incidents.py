"""Incidents over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal  # JSON documents

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, Field

from monitoring.centre import handling
from monitoring.centre.models import Incident, IncidentEvent
from ventspils.api.access import Operating, Seeing, TheCentre, TheLog, TheSession
from ventspils.api.etags import show_version
from ventspils.api.paging import Body, Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["incidents"])


class HandlingBody(Body):
    """What to do to which incidents; `until` goes with suppress."""

    ids: list[str] = Field(min_length=1, max_length=1000)
    action: handling.Handling
    note: str = ""
    until: AwareDatetime | None = None


async def _sought(
    centre: TheCentre,
    access: Seeing,
    state: Literal["open", "cleared", "all"] = "open",
    folded: bool = False,
    severity: str = "",
    agency_id: str = "",
    site_id: str = "",
    device_id: str = "",
    root_id: str = "",
    text: Annotated[str, Query(max_length=200)] = "",
    hide_quiet: bool = False,
) -> handling.SoughtIncidents:
    is_open = {"open": True, "cleared": False, "all": None}[state]
    return handling.SoughtIncidents(
        access.scope,
        is_open,
        folded,
        severity,
        agency_id,
        site_id,
        device_id,
        root_id,
        text=text,
        now=centre.now(),
        hide_quiet=hide_quiet,
    )


TheSought = Annotated[handling.SoughtIncidents, Depends(_sought)]


def describe_incident(row: Any, now: datetime) -> Json:
    """Return an incident with the names around it, as lists give it."""
    incident: Incident = row[0]
    names = (
        "id", "device_id", "agency_id", "rule", "object", "severity", "detail", "raised_at", "cleared_at", "root_id",
        "acknowledged_by", "acknowledged_at", "suppressed_until", "kept_open_by", "times_raised", "version",
    )  # fmt: skip
    around = {
        "device": row.device,
        "agency": row.agency,
        "site": row.site,
        "site_id": row.site_id,
        "behind": row.behind,
    }
    return {name: getattr(incident, name) for name in names} | around | {"state": handling.state_of(incident, now)}


@router.get("/incidents")
def list_incidents(centre: TheCentre, session: TheSession, sought: TheSought, page: ThePage) -> Json:
    """
    List incidents, worst and nobody's first; those explained by another only with `folded` or below
    their `root_id`.
    """
    found, total = handling.list_incidents(session, sought, limit=page.limit, start=page.start)
    return page.part([describe_incident(row, centre.now()) for row in found], total)


@router.get("/incidents/{incident_id}")
def read_incident(centre: TheCentre, session: TheSession, access: Seeing, response: Response, incident_id: str) -> Json:
    """Give an incident with its history."""
    incident = handling.find_incident(session, incident_id, access.scope)
    show_version(response, incident)
    sought = handling.SoughtIncidents(access.scope, None, True, incident_id=incident.id)
    (row,), _ = handling.list_incidents(session, sought, limit=1, start=0)
    turns = [_describe_turn(turn) for turn in handling.history_of(session, incident)]
    return describe_incident(row, centre.now()) | {"history": turns}


def _describe_turn(turn: IncidentEvent) -> Json:
    return {"at": turn.at, "actor": turn.actor, "what": turn.what, "note": turn.note}


@router.post("/incidents/actions")
def handle_incidents(
    centre: TheCentre, session: TheSession, access: Operating, log: TheLog, body: HandlingBody
) -> Json:
    """
    Take, release, suppress, note, reopen or close incidents, one or many; each ends done or refused
    with a reason.
    """
    handled = handling.handle_all(
        session,
        body.ids,
        body.action,
        within=access.scope,
        actor=access.caller.name,
        note=body.note,
        until=body.until,
        now=centre.now(),
    )
    log(f"incident {body.action}", ",".join(handled.done[:20]), incidents=len(handled.done), note=body.note[:200])
    centre.events.tell("incidents", None)
    refused = [{"id": incident_id, "reason": reason} for incident_id, reason in handled.refused.items()]
    return {"done": handled.done, "refused": refused}
