"""Machines' tokens over HTTP."""

from fastapi import APIRouter

from ventspils.api.access import Administering, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.security.machine_tokens import add_token, list_tokens, revoke_token

router = APIRouter(prefix="/api/v1", tags=["people"])


class TokenBody(Body):
    """A new token of a machine."""

    name: str
    scope: str


@router.post("/machine-tokens", status_code=201)
def make_token(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, body: TokenBody) -> Json:
    """Make a token for a machine; its text is given this once."""
    token, text = add_token(session, name=body.name, scope=body.scope, now=centre.now())
    log("token made", token.name, scope=token.scope)
    return {"id": token.id, "name": token.name, "scope": token.scope, "token": text}


@router.get("/machine-tokens")
def list_machine_tokens(session: TheSession, access: Administering, page: ThePage) -> Json:
    """List the valid tokens, without their texts."""
    found = list_tokens(session)
    return page.of([{"id": t.id, "name": t.name, "scope": t.scope, "created_at": t.created_at} for t in found])


@router.delete("/machine-tokens/{token_id}")
def revoke_machine_token(
    centre: TheCentre, session: TheSession, access: Administering, log: TheLog, token_id: str
) -> Json:
    """Make a token invalid."""
    token = revoke_token(session, token_id, centre.now())
    log("token revoked", token.name)
    return {"id": token.id, "name": token.name, "revoked_at": token.revoked_at}
