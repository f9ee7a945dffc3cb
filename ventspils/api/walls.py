"""Read-only views for screens on the wall, over HTTP."""

from fastapi import APIRouter

from ventspils.api.access import Administering, TheCaller, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.security import sessions, walls

router = APIRouter(prefix="/api/v1", tags=["people"])


class WallBody(Body):
    """Which institution a wall view shows; all unless told."""

    agency_id: str | None = None


@router.post("/walls", status_code=201)
def open_wall(
    centre: TheCentre, session: TheSession, caller: TheCaller, access: Administering, log: TheLog, body: WallBody
) -> Json:
    """Make a read-only view for a screen on the wall; its link is given this once and lives until it is revoked."""
    row, text = walls.open_wall(session, caller, agency_id=body.agency_id, now=centre.now())
    log("wall view made", row.id)
    return {"id": row.id, "token": text}


@router.get("/walls")
def list_walls(session: TheSession, access: Administering, page: ThePage) -> Json:
    """List the wall views that are valid."""
    rows = walls.list_walls(session)
    return page.of(
        [{"id": r.id, "agency_id": r.agency_id, "made_by": r.person.name, "created_at": r.created_at} for r in rows]
    )


@router.delete("/walls/{wall_id}")
def revoke_wall(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, wall_id: str) -> Json:
    """Revoke a wall view."""
    sessions.revoke_session(session, wall_id, centre.now())
    log("wall view revoked", wall_id)
    return {"id": wall_id}
