"""Sites that want fibre, and places that have it, over HTTP."""

from collections.abc import Sequence
from typing import Annotated

import shapely
from fastapi import APIRouter
from pydantic import Field

from gis.reading.sites import ReadSite
from gis.register import sites
from gis.register.imports import enter_site
from gis.register.models import DigSite
from ventspils.api.access import Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.geojson import from_degrees, in_degrees
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.state import Centre

router = APIRouter(prefix="/api/v1", tags=["digging"])


class DigSiteBody(Body):
    """A site that wants fibre, or a place that has it; one of the same name is replaced."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    has_fibre: bool = False
    prize_eur_per_year: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    connect_by: Day | None = None


@router.get("/dig-sites")
def list_dig_sites(centre: TheCentre, session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List sites that want fibre and places that have it."""
    return page.of(_describe_sites(centre, sites.present_sites(session)))


def _describe_sites(centre: Centre, rows: Sequence[DigSite]) -> list[Json]:
    names = ("id", "name", "x_m", "y_m", "has_fibre", "prize_eur_per_year", "connect_by", "connected_on")
    points = in_degrees(centre, [shapely.Point(site.x_m, site.y_m) for site in rows])
    return [
        {name: getattr(site, name) for name in names}
        | {"longitude": round(point["coordinates"][0], 7), "latitude": round(point["coordinates"][1], 7)}
        for site, point in zip(rows, points, strict=True)
        if point is not None
    ]


@router.post("/dig-sites", status_code=201)
def put_site(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, body: DigSiteBody) -> Json:
    """Enter a site, or put one of the same name right."""
    point = from_degrees(centre, {"type": "Point", "coordinates": [body.longitude, body.latitude]})
    x, y = (round(float(c), 2) for c in shapely.get_coordinates(point)[0])
    read = ReadSite(1, body.name, x, y, body.has_fibre, body.prize_eur_per_year, body.connect_by)
    site, notes = enter_site(session, read, access.caller.name, centre.now())
    log("site entered", body.name)
    return _describe_sites(centre, [site])[0] | {"notes": notes}


@router.delete("/dig-sites/{site_id}")
def remove_site(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, site_id: str) -> Json:
    """Say that a site wants fibre no more; entering it again brings it back."""
    site = sites.find_site(session, site_id)
    site.removed_at = centre.now()
    log("site removed", site.name)
    return {"id": site_id, "name": site.name}
