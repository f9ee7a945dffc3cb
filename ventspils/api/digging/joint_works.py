"""Bundles of works in one trench over HTTP."""

from fastapi import APIRouter

from gis.sharing.joint_works import list_bundles
from ventspils.api.access import SurveyingSome, TheSession
from ventspils.api.paging import Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["chances"])


@router.get("/joint-works")
def list_joint_works(session: TheSession, access: SurveyingSome, page: ThePage) -> Json:
    """List bundles of works in one trench, each with those of its works that the caller may see."""
    items = [
        {name: getattr(bundle.joint, name) for name in ("id", "lead", "made_at", "opportunity_id")}
        | {"works": [{"id": w.id, "title": w.name, "promoter": w.promoter, "sort": w.sort} for w in bundle.works]}
        for bundle in list_bundles(session, access.scope)
    ]
    return page.of(items)
