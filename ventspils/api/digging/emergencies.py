"""Emergencies over HTTP: digs that cannot wait."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from gis.register.work_entry import enter_emergency
from ventspils.api.access import PlanningSome, TheCentre, TheLog, TheSession
from ventspils.api.digging.works import PlaceBody, show_work
from ventspils.api.paging import Body, Json

router = APIRouter(prefix="/api/v1", tags=["works"])


class EmergencyBody(Body):
    """A dig that cannot wait: where, who, and how to reach them; nothing else is asked."""

    place: PlaceBody
    promoter: Annotated[str, Field(min_length=1, max_length=200)]
    phone_24h: Annotated[str, Field(min_length=1, max_length=100)]
    note: Annotated[str, Field(max_length=10_000)] = ""


@router.post("/emergencies", status_code=201)
def add_emergency(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, body: EmergencyBody
) -> Json:
    """Enter a dig that cannot wait: it begins today, and what else is to be told can follow."""
    work = enter_emergency(
        session,
        access,
        body.place.in_words(),
        promoter=body.promoter,
        phone_24h=body.phone_24h,
        note=body.note,
        today=centre.today(),
        now=centre.now(),
    )
    log("emergency added", work.title, work_id=work.id)
    return show_work(centre, access, response, work)
