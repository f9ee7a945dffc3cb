"""Places closed to digging, over HTTP."""

from typing import Annotated, Any  # JSON documents

from fastapi import APIRouter
from pydantic import Field

from gis.register import moratoria
from ventspils.api.access import Planning, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.geojson import from_degrees, in_degrees
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.opportunity_watch import as_of

router = APIRouter(prefix="/api/v1", tags=["chances"])


class MoratoriumBody(Body):
    """A place, GeoJSON in degrees, that is closed to digging from a day until another, and why."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    since: Day
    until: Day
    geometry: dict[str, Any]


@router.get("/moratoria")
def list_moratoria(centre: TheCentre, session: TheSession, access: SurveyingSome, page: ThePage) -> Json:
    """List places closed to digging."""
    known_as_of = as_of(centre)
    rows = moratoria.present_moratoria(session, access.scope)
    shapes = in_degrees(centre, [row.shape for row in rows])
    names = ("id", "reason", "since", "until", "work_id")
    items = [{n: getattr(row, n) for n in names} | {"geometry": s} for row, s in zip(rows, shapes, strict=True)]
    return page.of(items) | {"as_of": known_as_of}


@router.post("/moratoria", status_code=201)
def add_moratorium(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, body: MoratoriumBody) -> Json:
    """Close a place to digging."""
    moratoria.check_days(body.since, body.until)
    shape = from_degrees(centre, body.geometry)
    row = moratoria.add_moratorium(session, body.reason, body.since, body.until, shape)
    log("moratorium added", row.reason, since=body.since, until=body.until)
    return {"id": row.id, "reason": row.reason, "since": row.since, "until": row.until}


@router.delete("/moratoria/{moratorium_id}")
def remove_moratorium(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, moratorium_id: str
) -> Json:
    """Open a place again."""
    row = moratoria.remove_moratorium(session, moratorium_id, centre.now())
    log("moratorium removed", row.reason)
    return {"id": row.id}
