"""The audit log over HTTP."""

from fastapi import APIRouter

from ventspils.api.access import Auditing, TheSession
from ventspils.api.paging import Json, ThePage
from ventspils.core.security import audit

router = APIRouter(prefix="/api/v1", tags=["people"])
_SHOWN = ("number", "at", "actor", "what", "object", "detail")


@router.get("/audit")
def list_audit(session: TheSession, access: Auditing, page: ThePage) -> Json:
    """List changes, newest first."""
    entries, total = audit.list_entries(session, limit=page.limit, start=page.start)
    return page.part([{name: getattr(entry, name) for name in _SHOWN} for entry in entries], total)


@router.get("/audit/verified")
def verify_audit(session: TheSession, access: Auditing) -> Json:
    """Go through the whole chain of the audit log."""
    found = audit.verify(session)
    return {"entries": found.entries, "head": found.head}
