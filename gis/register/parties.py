"""Who digs or asks for it: parties with their rules and contacts."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any  # fields of parties

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import Party
from ventspils.core.errors import ConflictError, NotFoundError, UsageError


def list_parties(session: Session) -> Sequence[Party]:
    """Return all parties by name."""
    return session.scalars(select(Party).order_by(Party.name)).all()


def find_party(session: Session, party_id: str) -> Party:
    """
    Return a party.

    Raises:
        NotFoundError: there is none.
    """
    row = session.get(Party, party_id)
    if row is None:
        raise NotFoundError(f"Client {party_id!r} is unknown.")
    return row


def new_party(session: Session, values: Mapping[str, Any]) -> Party:
    """
    Return a party that is not in the register yet.

    Raises:
        ConflictError: there is one of that name.
    """
    if session.scalar(select(Party.id).where(Party.name == values["name"])):
        raise ConflictError(f"Client {values['name']!r} is there already.")
    return Party(id=uuid.uuid4().hex[:16], version=1, **values)


def check_name(party: Party, name: str) -> None:
    """
    Let a change pass that leaves the name as it is.

    Raises:
        UsageError: it is another.
    """
    if name != party.name:
        raise UsageError("The name is what a client's works say; add another client instead.")
