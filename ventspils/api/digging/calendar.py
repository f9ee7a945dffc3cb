"""Works as a calendar, over HTTP."""

from fastapi import APIRouter, Response

from gis.register.calendar import write_calendar
from ventspils.api.access import SurveyingSome, TheCentre, TheSession

router = APIRouter(prefix="/api/v1", tags=["layers"])


@router.get("/works.ics")
def give_calendar(centre: TheCentre, session: TheSession, access: SurveyingSome) -> Response:
    """Give works as a calendar (RFC 5545): whole days, with where and who."""
    octets = write_calendar(session, access.scope, centre.now())
    return Response(octets, media_type="text/calendar; charset=utf-8")
