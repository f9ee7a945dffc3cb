"""Layers of the digging half over HTTP, as GeoJSON (RFC 7946)."""

from fastapi import APIRouter

from gis.register.layers import LayerName, find_layer
from ventspils.api.access import SurveyingSome, TheCentre, TheSession
from ventspils.api.geojson import in_degrees
from ventspils.api.paging import Json

router = APIRouter(prefix="/api/v1", tags=["layers"])


@router.get("/layers/{layer}")
def give_layer(centre: TheCentre, session: TheSession, access: SurveyingSome, layer: LayerName) -> Json:
    """Give a layer as a FeatureCollection in degrees; what has no place yet has no geometry."""
    found = find_layer(session, layer, access.scope)
    outlines = in_degrees(centre, found.shapes)
    features = [
        {"type": "Feature", "properties": each, "geometry": outline}
        for each, outline in zip(found.properties, outlines, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
