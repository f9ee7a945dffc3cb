"""
The audit log: every change with who made it, chained so that altering, removing or adding an entry later shows.

An entry's hash is SHA-256 over the hash before and the entry's own fields. Whoever can write the database can still cut
off the end; keep the head (its number and hash) elsewhere now and then, as `ventspils audit verify` prints it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ventspils.core.errors import DamagedError
from ventspils.core.security.models import AuditEntry, AuditHead

_AT_ONCE = 1000


@dataclass(frozen=True)
class Verified:
    """The end of a chain that is whole."""

    entries: int
    head: str


def record(
    session: Session, *, actor: str, what: str, on: str, detail: Mapping[str, object] | None = None, now: datetime
) -> None:
    """Append an entry in the transaction of the change itself: both are there or neither is."""
    head = session.scalars(select(AuditHead).with_for_update()).one()
    entry = AuditEntry(
        number=head.number + 1,
        at=now.astimezone(UTC).isoformat(),
        actor=actor,
        what=what,
        object=on,
        detail=json.dumps(detail or {}, ensure_ascii=False, sort_keys=True, default=str),
    )
    entry.hash = _hash(head.hash, entry)
    head.number, head.hash = entry.number, entry.hash
    session.add(entry)
    session.flush()


def _hash(before: str, entry: AuditEntry) -> str:
    fields = [before, entry.number, entry.at, entry.actor, entry.what, entry.object, entry.detail]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()


def verify(session: Session) -> Verified:
    """
    Go through the whole chain.

    Raises:
        DamagedError: an entry was altered, removed or added; the sentence says which.
    """
    before, number = "", 0
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=_AT_ONCE))
    for entry in entries:
        number += 1
        if entry.number != number:
            raise DamagedError(f"The audit log lacks entry {number}.")
        if entry.hash != _hash(before, entry):
            raise DamagedError(f"Entry {number} of the audit log was altered.")
        before = entry.hash
    head = session.scalars(select(AuditHead)).one()
    if (head.number, head.hash) != (number, before):
        raise DamagedError(f"The audit log ends at entry {number} and should end at {head.number}.")
    return Verified(number, before)


def count_verified(session: Session) -> int:
    """
    Return how many entries the chain has.

    Raises:
        DamagedError: it is not whole; see `verify`.
    """
    return verify(session).entries


def list_entries(session: Session, *, limit: int, start: int) -> tuple[Sequence[AuditEntry], int]:
    """Return changes, newest first, and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    chosen = select(AuditEntry).order_by(AuditEntry.number.desc()).offset(start).limit(limit)
    return session.scalars(chosen).all(), total


def find_last(session: Session, what: str) -> str | None:
    """Return when something was done last; None where it never was."""
    return session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.what == what))
