"""Incidents, conditions and maintenance over HTTP."""

import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal  # JSON documents

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, Field
from sqlalchemy import select

from monitoring.centre import handling
from monitoring.centre.models import ConditionRow, Device, Incident, IncidentEvent, Maintenance
from ventspils.api.access import Operating, Seeing, TheCentre, TheLog, TheSession
from ventspils.api.etags import show_version
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.errors import NotFoundError, UsageError, VentspilsError
from ventspils.core.places import Agency, Site

router = APIRouter(prefix="/api/v1", tags=["incidents"])
_FURTHEST = timedelta(days=732)


class HandlingBody(Body):
    """What to do to which incidents; `until` goes with suppress."""

    ids: list[str] = Field(min_length=1, max_length=1000)
    action: handling.Handling
    note: str = ""
    until: AwareDatetime | None = None


class MaintenanceBody(Body):
    """A time in which nobody is told: of an institution, one of its buildings, or one device."""

    title: str = Field(min_length=1, max_length=200)
    agency_id: str
    site_id: str | None = None
    device_id: str | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    repeats: Literal["once", "daily", "weekly"] = "once"
    repeats_until: AwareDatetime | None = None


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


def state_of(incident: Incident, now: datetime) -> str:
    """Return how people see an incident: over, folded, maintenance, suppressed, taken or open."""
    if incident.cleared_at is not None:
        return "cleared"
    if incident.root_id is not None:
        return "folded"
    if incident.is_in_maintenance:
        return "maintenance"
    if incident.suppressed_until is not None and incident.suppressed_until > now:
        return "suppressed"
    return "acknowledged" if incident.acknowledged_at is not None else "open"


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
    return {name: getattr(incident, name) for name in names} | around | {"state": state_of(incident, now)}


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
    done, refused = [], []
    for incident_id in dict.fromkeys(body.ids):
        try:
            incident = handling.find_incident(session, incident_id, access.scope)
            handling.handle(
                session,
                incident,
                body.action,
                actor=access.caller.name,
                note=body.note,
                until=body.until,
                now=centre.now(),
            )
            done.append(incident_id)
        except VentspilsError as error:
            refused.append({"id": incident_id, "reason": str(error)})
            last = error
    if not done:
        raise last
    log(f"incident {body.action}", ",".join(done[:20]), incidents=len(done), note=body.note[:200])
    centre.events.tell("incidents", None)
    return {"done": done, "refused": refused}


@router.get("/conditions")
def list_conditions(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List the conditions that are true, as the collectors see them."""
    rows = session.execute(
        select(ConditionRow, Device.name, Site.agency_id)
        .join(Device, Device.id == ConditionRow.device_id, isouter=True)
        .join(Site, Site.id == Device.site_id, isouter=True)
        .order_by(ConditionRow.since_s)
    ).all()
    names = ("device_id", "rule", "object", "severity", "detail", "since_s")
    items = [
        {name: getattr(c, name) for name in names} | {"device": device}
        for c, device, agency_id in rows
        if access.scope.has(agency_id)
    ]
    return page.of(items)


# --- maintenance ---


def _describe_maintenance(row: Maintenance) -> Json:
    names = (
        "id", "title", "agency_id", "site_id", "device_id", "starts_at", "ends_at", "repeats", "repeats_until",
        "made_by", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


@router.get("/maintenance")
def list_maintenance(centre: TheCentre, session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List maintenance that is under way, to come, or repeats."""
    rows = session.execute(
        select(Maintenance, Agency.name)
        .join(Agency, Agency.id == Maintenance.agency_id)
        .where(Maintenance.cancelled_at.is_(None))
        .order_by(Maintenance.starts_at)
    ).all()
    now = centre.now()
    current = [
        _describe_maintenance(row) | {"agency": agency}
        for row, agency in rows
        if access.scope.has(row.agency_id) and (row.ends_at > now or row.repeats != "once")
    ]
    return page.of(current)


@router.post("/maintenance", status_code=201)
def add_maintenance(
    centre: TheCentre, session: TheSession, access: Operating, log: TheLog, body: MaintenanceBody
) -> Json:
    """Plan maintenance."""
    access.require(body.agency_id)
    _check_times(body, centre.now())
    _check_place(session, body)
    row = Maintenance(id=uuid.uuid4().hex[:16], made_by=access.caller.name, **body.model_dump())
    session.add(row)
    session.flush()
    log("maintenance planned", body.title, **body.model_dump(mode="json", exclude={"title"}))
    centre.poke()
    return _describe_maintenance(row)


def _check_times(body: MaintenanceBody, now: datetime) -> None:
    """Refuse times that cannot be meant; a repetition is over before the next begins."""
    if body.starts_at >= body.ends_at:
        raise UsageError("Maintenance must end after it starts.")
    if abs(body.starts_at - now) > _FURTHEST:
        raise UsageError("Maintenance must start within two years of now.")
    longest = {"once": timedelta(days=366), "daily": timedelta(days=1), "weekly": timedelta(days=7)}[body.repeats]
    if body.ends_at - body.starts_at > longest:
        raise UsageError(f"Maintenance of this kind lasts at most {longest.days} days.")


def _check_place(session: TheSession, body: MaintenanceBody) -> None:
    if session.get(Agency, body.agency_id) is None:
        raise NotFoundError(f"Institution {body.agency_id!r} is unknown.")
    if body.site_id is not None:
        site = session.get(Site, body.site_id)
        if site is None or site.agency_id != body.agency_id:
            raise NotFoundError(f"Building {body.site_id!r} is not one of this institution.")
    if body.device_id is not None:
        device = session.get(Device, body.device_id)
        if device is None or device.site.agency_id != body.agency_id:
            raise NotFoundError(f"Device {body.device_id!r} is not one of this institution.")


@router.delete("/maintenance/{maintenance_id}")
def cancel_maintenance(
    centre: TheCentre, session: TheSession, access: Operating, log: TheLog, maintenance_id: str
) -> Json:
    """Cancel maintenance, also one that is under way."""
    row = session.get(Maintenance, maintenance_id)
    if row is None or row.cancelled_at is not None or not access.scope.has(row.agency_id):
        raise NotFoundError(f"Maintenance {maintenance_id!r} is unknown.")
    row.cancelled_at = centre.now()
    log("maintenance cancelled", row.title)
    centre.poke()
    return {"id": row.id}
