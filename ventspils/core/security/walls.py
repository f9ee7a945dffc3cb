"""Wall views: sessions that may only read, and end only when they are revoked."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ventspils.core.errors import NotFoundError
from ventspils.core.places import Agency
from ventspils.core.security.models import SessionRow
from ventspils.core.security.people import require_caller
from ventspils.core.security.roles import Caller
from ventspils.core.security.secrets import hash_token, new_token


def open_wall(session: Session, caller: Caller, *, agency_id: str | None, now: datetime) -> tuple[SessionRow, str]:
    """
    Return a read-only view that ends only when it is revoked, and the text of its link.

    Raises:
        NotFoundError: there is no such institution.
        NotAllowedError: no signed-in person asks for it.
    """
    if agency_id is not None and session.get(Agency, agency_id) is None:
        raise NotFoundError(f"Institution {agency_id!r} is unknown.")
    person = require_caller(session, caller)
    text = new_token()
    row = SessionRow(hash=hash_token(text), id=uuid.uuid4().hex[:16], person_id=person.id, created_at=now, seen_at=now)
    row.is_wall, row.agency_id = True, agency_id
    session.add(row)
    session.flush()
    return row, text


def list_walls(session: Session) -> Sequence[SessionRow]:
    """Return the wall views that are valid."""
    return session.scalars(select(SessionRow).where(SessionRow.is_wall, SessionRow.revoked_at.is_(None))).all()
