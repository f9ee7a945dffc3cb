"""Conditions that are true, over HTTP."""

from fastapi import APIRouter

from monitoring.centre import reports
from ventspils.api.access import Seeing, TheSession
from ventspils.api.paging import Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["incidents"])
_SHOWN = ("device_id", "rule", "object", "severity", "detail", "since_s")


@router.get("/conditions")
def list_conditions(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List the conditions that are true, as the collectors see them."""
    found = reports.list_conditions(session, access.scope)
    return page.of([{name: getattr(c, name) for name in _SHOWN} | {"device": device} for c, device in found])
