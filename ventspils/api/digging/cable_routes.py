"""Cable routes in the ground over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query

from gis.register.routes import describe_route, present_routes
from ventspils.api.access import Surveying, TheSession
from ventspils.api.paging import Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["plans"])


@router.get("/cable-routes")
def list_routes(
    session: TheSession, access: Surveying, page: ThePage, owner: Annotated[str, Query(max_length=200)] = ""
) -> Json:
    """List the cable routes in the ground."""
    return page.of([describe_route(row) for row in present_routes(session) if not owner or row.owner == owner])
