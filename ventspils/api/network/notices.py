"""Messages of late and what became of them, over HTTP."""

from fastapi import APIRouter

from monitoring.centre import notices
from ventspils.api.access import SeeingAll, TheSession
from ventspils.api.paging import Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["notices"])
_SHOWN = ("id", "incident_id", "what", "state", "tries", "may_repeat", "made_at", "sent_at", "trouble")


@router.get("/notices")
def list_notices(session: TheSession, access: SeeingAll, page: ThePage) -> Json:
    """List the messages of late, newest first, with what became of each."""
    found = notices.list_notices(session)
    return page.of([{name: getattr(notice, name) for name in _SHOWN} | {"rule": rule} for notice, rule in found])
