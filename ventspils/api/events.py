"""That something changed, as a stream over HTTP."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from ventspils.api.access import NotSignedInError, Seeing, TheCentre, identify
from ventspils.core.security.roles import Action, scope_of

router = APIRouter(prefix="/api/v1", tags=["events"])


@router.get("/events")
async def stream_events(request: Request, centre: TheCentre, access: Seeing) -> StreamingResponse:
    """Stream that something changed (`incidents`), as server-sent events; what changed is read from the lists."""

    async def is_still_allowed() -> bool:
        """Whether the listener may still see what it was let in for."""
        try:
            caller = await run_in_threadpool(identify, request, centre)
        except NotSignedInError:
            return False
        return scope_of(caller.grants, Action.SEE) == access.scope

    stream = centre.events.listen(access.scope, is_still_allowed)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
