"""
Who calls, and over which institutions a route may work for them. Denied unless `ventspils.core.security.roles` allows
it.

What waits for nothing is `async`: a plain function would be handed to another thread and back, at every request.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from monitoring.centre.collectors import find_collector
from monitoring.centre.models import CollectorRow
from ventspils.centre.state import Centre
from ventspils.core.errors import VentspilsError
from ventspils.core.security import audit
from ventspils.core.security.machine_tokens import find_token
from ventspils.core.security.roles import Access, Action, Caller, Grant, NotAllowedError, Role, scope_of
from ventspils.core.security.sessions import find_session


class NotSignedInError(VentspilsError):
    """The request has no valid token."""


# What a machine's token stands for.
_MACHINES = {"admin": Role.ADMIN, "read": Role.VIEWER, "write": Role.WRITER}


async def get_centre(request: Request) -> Centre:
    """Return the centre of the application."""
    centre: Centre = request.app.state.centre
    return centre


def get_session(centre: Annotated[Centre, Depends(get_centre)]) -> Iterator[Session]:
    """
    Give a transaction that is committed when the route returns, before the answer goes out, and rolled back when it
    raises.
    """
    with centre.sessions.begin() as session:
        yield session


def _token_of(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not token.strip():
        raise NotSignedInError("unauthorized access")
    return token.strip()


TheCentre = Annotated[Centre, Depends(get_centre)]
TheSession = Annotated[Session, Depends(get_session, scope="function")]


def identify(request: Request, centre: TheCentre) -> Caller:
    """
    Return who calls: the centre's own commands, a machine, a signed-in person or a wall view.

    Raises:
        NotSignedInError: no token, or one that is unknown, revoked or over.
    """
    text = _token_of(request)
    if hmac.compare_digest(text.encode(), centre.process_token.get_secret_value().encode()):
        return Caller("centre", (Grant(Role.ADMIN),))
    with centre.sessions.begin() as session:
        if (found := find_session(session, text, centre.now())) is not None:
            return found
        if (token := find_token(session, text)) is not None:
            return Caller(f"machine {token.name}", (Grant(_MACHINES[token.scope]),))
    raise NotSignedInError("unauthorized access")


TheCaller = Annotated[Caller, Depends(identify)]


def allowed(action: Action, *, everywhere: bool = False) -> Callable[..., Awaitable[Access]]:
    """
    Return a dependency that lets only callers pass who may do this somewhere, and says where.

    Args:
        action: What the route does.
        everywhere: The route concerns all institutions at once, so a role over some of them is not enough.
    """

    async def check(caller: TheCaller) -> Access:
        """Return where this caller may do it."""
        scope = scope_of(caller.grants, action)
        if not scope or (everywhere and not scope.is_all):
            raise NotAllowedError(f"Your roles do not allow to {action} here.")
        return Access(caller, action, scope)

    check.action, check.everywhere = action, everywhere  # type: ignore[attr-defined] # read by the test of all routes
    return check


Seeing = Annotated[Access, Depends(allowed(Action.SEE))]
SeeingAll = Annotated[Access, Depends(allowed(Action.SEE, everywhere=True))]
Operating = Annotated[Access, Depends(allowed(Action.OPERATE))]
Configuring = Annotated[Access, Depends(allowed(Action.CONFIGURE))]
ConfiguringAll = Annotated[Access, Depends(allowed(Action.CONFIGURE, everywhere=True))]
Administering = Annotated[Access, Depends(allowed(Action.ADMINISTER, everywhere=True))]
Auditing = Annotated[Access, Depends(allowed(Action.AUDIT, everywhere=True))]
Surveying = Annotated[Access, Depends(allowed(Action.SURVEY, everywhere=True))]
Planning = Annotated[Access, Depends(allowed(Action.PLAN, everywhere=True))]
SurveyingSome = Annotated[Access, Depends(allowed(Action.SURVEY))]
PlanningSome = Annotated[Access, Depends(allowed(Action.PLAN))]
Reporting = Annotated[Access, Depends(allowed(Action.REPORT, everywhere=True))]
Approving = Annotated[Access, Depends(allowed(Action.APPROVE, everywhere=True))]
Writing = Annotated[Access, Depends(allowed(Action.WRITE))]


@dataclass(frozen=True)
class Log:
    """The audit log as a route uses it: in the route's own transaction, under the caller's name."""

    session: Session
    actor: str
    now: datetime

    def __call__(self, what: str, on: str, **detail: object) -> None:
        """Record a change."""
        audit.record(self.session, actor=self.actor, what=what, on=on, detail=detail, now=self.now)

    def changed(self, what: str, on: str, before: Mapping[str, object], after: Mapping[str, object]) -> None:
        """Record what differs between two descriptions of the same object."""
        self(what, on, changes={name: [before[name], after[name]] for name in after if before[name] != after[name]})


async def get_log(centre: TheCentre, session: TheSession, caller: TheCaller) -> Log:
    """Return the audit log for this request."""
    return Log(session, caller.name, centre.now())


TheLog = Annotated[Log, Depends(get_log, scope="function")]


def the_collector(request: Request, session: TheSession) -> CollectorRow:
    """Return the collector that calls."""
    collector = find_collector(session, _token_of(request))
    if collector is None:
        raise NotSignedInError("unauthorized access")
    return collector


def known_collector(request: Request, centre: TheCentre) -> str:
    """Return the id of the collector that calls, without holding a transaction."""
    with centre.sessions() as session:
        collector = find_collector(session, _token_of(request))
    if collector is None:
        raise NotSignedInError("unauthorized access")
    return collector.id


KnownCollector = Annotated[str, Depends(known_collector)]
TheCollector = Annotated[CollectorRow, Depends(the_collector, scope="function")]
