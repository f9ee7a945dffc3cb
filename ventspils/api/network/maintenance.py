"""Maintenance over HTTP: times in which nobody is told."""

from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from monitoring.centre import maintenance
from monitoring.centre.models import Maintenance
from ventspils.api.access import Operating, Seeing, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["incidents"])


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


def _describe(row: Maintenance) -> Json:
    names = (
        "id", "title", "agency_id", "site_id", "device_id", "starts_at", "ends_at", "repeats", "repeats_until",
        "made_by", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


@router.get("/maintenance")
def list_maintenance(centre: TheCentre, session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List maintenance that is under way, to come, or repeats."""
    found = maintenance.list_maintenance(session, access.scope, centre.now())
    return page.of([_describe(row) | {"agency": agency} for row, agency in found])


@router.post("/maintenance", status_code=201)
def add_maintenance(
    centre: TheCentre, session: TheSession, access: Operating, log: TheLog, body: MaintenanceBody
) -> Json:
    """Plan maintenance."""
    access.require(body.agency_id)
    new = maintenance.NewMaintenance(**body.model_dump())
    row = maintenance.plan_maintenance(session, new, made_by=access.caller.name, now=centre.now())
    log("maintenance planned", body.title, **body.model_dump(mode="json", exclude={"title"}))
    centre.poke()
    return _describe(row)


@router.delete("/maintenance/{maintenance_id}")
def cancel_maintenance(
    centre: TheCentre, session: TheSession, access: Operating, log: TheLog, maintenance_id: str
) -> Json:
    """Cancel maintenance, also one that is under way."""
    row = maintenance.cancel_maintenance(session, maintenance_id, access.scope, centre.now())
    log("maintenance cancelled", row.title)
    centre.poke()
    return {"id": row.id}
