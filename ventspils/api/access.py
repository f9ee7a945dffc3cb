"""Who may call what: the token of a request, its scope, and the route's demand. Denied unless allowed here."""

import hmac
from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from ventspils.api.centre import Centre
from ventspils.core.errors import VentspilsError
from ventspils.core.registry.collectors import find_collector, find_token
from ventspils.core.registry.models import Collector


class NotSignedInError(VentspilsError):
    """The request has no valid token."""


class NotAllowedError(VentspilsError):
    """The token's scope does not reach this far."""


# What each scope may do.
_ALLOWED = {"admin": {"admin", "read", "write"}, "read": {"read"}, "write": {"write"}}


def get_centre(request: Request) -> Centre:
    """Return the centre of the application."""
    centre: Centre = request.app.state.centre
    return centre


def get_session(centre: Annotated[Centre, Depends(get_centre)]) -> Iterator[Session]:
    """Give a transaction that is committed when the route returns, before the answer goes out, and rolled back when it raises."""
    with centre.sessions.begin() as session:
        yield session


def _token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token.strip():
        raise NotSignedInError("unauthorized access")
    return token.strip()


def allowed(need: str) -> Callable[..., None]:
    """Return a dependency that lets only tokens pass whose scope includes the need."""

    def check(request: Request, centre: Annotated[Centre, Depends(get_centre)]) -> None:
        text = _token_of(request)
        if hmac.compare_digest(text.encode(), centre.process_token.get_secret_value().encode()):
            return
        with centre.sessions() as session:
            token = find_token(session, text)
        if token is None:
            raise NotSignedInError("unauthorized access")
        if need not in _ALLOWED[token.scope]:
            raise NotAllowedError(f"A token of scope {token.scope!r} may not do this; it needs {need!r}.")

    return check


TheSession = Annotated[Session, Depends(get_session, scope="function")]


def the_collector(request: Request, session: TheSession) -> Collector:
    """Return the collector that calls."""
    collector = find_collector(session, _token_of(request))
    if collector is None:
        raise NotSignedInError("unauthorized access")
    return collector


TheCentre = Annotated[Centre, Depends(get_centre)]
TheCollector = Annotated[Collector, Depends(the_collector, scope="function")]
