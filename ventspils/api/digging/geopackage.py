"""Works as a GeoPackage, over HTTP."""

from fastapi import APIRouter, Response

from gis.register import geopackage
from ventspils.api.access import SurveyingSome, TheCentre, TheSession

router = APIRouter(prefix="/api/v1", tags=["layers"])


@router.get("/exports/works.gpkg")
def export_works(centre: TheCentre, session: TheSession, access: SurveyingSome) -> Response:
    """Give works as a GeoPackage; edited and taken in again, it changes them by their id."""
    octets = geopackage.export_works(session, access.scope, centre.settings.town.crs)
    headers = {"Content-Disposition": 'attachment; filename="works.gpkg"', "X-Content-Type-Options": "nosniff"}
    return Response(octets, media_type="application/geopackage+sqlite3", headers=headers)
