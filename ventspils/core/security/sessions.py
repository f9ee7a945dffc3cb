"""Sessions: opened when somebody signs in, found by their token, over when idle, old or revoked."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ventspils.core.errors import NotFoundError
from ventspils.core.security.models import Person, SessionRow
from ventspils.core.security.roles import Action, Caller, Grant, Role, scope_of
from ventspils.core.security.secrets import hash_token, new_token

SESSION_IDLE, SESSION_LONGEST = timedelta(hours=12), timedelta(days=7)
_SEEN_EVERY = timedelta(minutes=5)


def open_session(session: Session, person: Person, now: datetime) -> str:
    """Return the token of a new session of a person."""
    text = new_token()
    row = SessionRow(hash=hash_token(text), id=uuid.uuid4().hex[:16], person_id=person.id, created_at=now, seen_at=now)
    row.ends_at = now + SESSION_LONGEST
    session.add(row)
    session.flush()
    return text


def find_session(session: Session, text: str, now: datetime) -> Caller | None:
    """Return who a session's token stands for; None where it is unknown, revoked, idle for too long or over."""
    row = session.get(SessionRow, hash_token(text))
    if row is None or row.revoked_at is not None or row.person.disabled_at is not None:
        return None
    if row.is_wall:
        makers = [Grant(Role(g.role), g.agency_id, g.party) for g in row.person.grants]
        if not scope_of(makers, Action.ADMINISTER).is_all:
            return None  # whoever made it could not make it any more
        return Caller(f"wall {row.id}", (Grant(Role.VIEWER, row.agency_id),), session_id=row.id)
    if now - row.seen_at > SESSION_IDLE or (row.ends_at is not None and row.ends_at < now):
        return None
    if now - row.seen_at > _SEEN_EVERY:
        row.seen_at = now
    grants = tuple(Grant(Role(g.role), g.agency_id, g.party) for g in row.person.grants)
    return Caller(row.person.name, grants, row.person_id, row.id)


def revoke_session(session: Session, session_id: str, now: datetime) -> SessionRow:
    """
    End a session or a wall view.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = session.scalar(select(SessionRow).where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None)))
    if row is None:
        raise NotFoundError(f"Session {session_id!r} is unknown or over.")
    row.revoked_at = now
    return row


def end_sessions(session: Session, person: Person, now: datetime) -> None:
    """Sign a person out everywhere."""
    theirs = (SessionRow.person_id == person.id, SessionRow.revoked_at.is_(None), SessionRow.is_wall.is_(False))
    session.execute(update(SessionRow).where(*theirs).values(revoked_at=now))
