"""Dig requests over HTTP, and the cable routes where somebody is to dig."""

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from gis.register.models import Work
from gis.register.near_routes import NEAR_M, find_near_routes
from gis.register.work_entry import enter_work
from gis.register.works import find_work
from ventspils.api.access import PlanningSome, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.digging.works import WorkBody, show_work, values_of, whereabouts
from ventspils.api.geojson import in_degrees
from ventspils.api.paging import Json
from ventspils.centre.state import Centre
from ventspils.core.security.roles import Access

router = APIRouter(prefix="/api/v1", tags=["works"])


@router.post("/dig-requests", status_code=201)
def add_request(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, body: WorkBody
) -> Json:
    """
    Take a dig request; it answers with the cable routes there and the town's conditions. `PATCH` to sort `work` makes
    it one.
    """
    values = values_of(body) | {"sort": "request"}
    work = enter_work(session, access, values, whereabouts(centre, body), centre.now())
    log("dig request taken", work.title, work_id=work.id)
    return show_work(centre, access, response, work) | _describe_near_routes(centre, session, access, work)


@router.get("/works/{work_id}/routes")
def read_routes_near(centre: TheCentre, session: TheSession, access: SurveyingSome, work_id: str) -> Json:
    """Give the cable routes where a work is to dig, with the town's conditions."""
    return _describe_near_routes(centre, session, access, find_work(session, work_id, access.scope))


def _describe_near_routes(centre: Centre, session: Session, access: Access, work: Work) -> Json:
    found = find_near_routes(session, work, access.scope)
    outlines = in_degrees(centre, [route.shape for route in found])
    names = ("id", "name", "owner", "distance_m")
    routes = [
        {name: getattr(route, name) for name in names} | {"geometry": outline}
        for route, outline in zip(found, outlines, strict=True)
    ]
    return {
        "is_placed": (work.hand_shape or work.shape) is not None,
        "within_m": NEAR_M,
        "routes": routes,
        "conditions": centre.settings.town.dig_conditions,
    }
