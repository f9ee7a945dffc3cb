"""Monthly availability of institutions over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from monitoring.centre import availability
from ventspils.api.access import Seeing, TheCentre, TheSession
from ventspils.api.paging import Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["availability"])


@router.get("/availability")
def read_availability(
    centre: TheCentre, session: TheSession, access: Seeing, page: ThePage, month: Annotated[str, Query(max_length=7)]
) -> Json:
    """Give the availability of every institution in a month (YYYY-MM), with the formula in words."""
    zone = centre.settings.collector.timezone
    found = availability.read_availability(session, month, within=access.scope, zone=zone, now=centre.now())
    return page.of([asdict(agency) for agency in found]) | {"month": month, "formula": availability.FORMULA}
