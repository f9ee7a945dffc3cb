"""What people decide about chances to dig once: join, decline, postpone, hand over, and all of it taken back."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any  # what is said with a decision

from sqlalchemy.orm import Session

from gis.register import Opportunity
from gis.sharing import ledger
from gis.sharing.joint_works import dig_of
from ventspils.core.errors import ConflictError, UsageError


def decide(
    session: Session, row: Opportunity, decision: str, actor: str, today: date, now: datetime, **said: Any
) -> None:
    """
    Accept, decline (`reason`), postpone (`until`), hand over (`to`) or reopen a chance.

    Raises:
        UsageError: what the decision needs was not said.
        ConflictError: the chance is over, so that there is nothing to decide, or would be by taking a refusal back.
    """
    if row.state in ("missed", "gone"):
        raise ConflictError("This chance is over: there is nothing to decide any more.")
    if row.state == "accepted" and ledger.has_figures(session, dig_of(session, row) or row.id):
        raise ConflictError("Figures of a contract or invoice stand in the ledger: this dig is agreed.")
    if decision == "reopen" and row.state == "declined" and row.last_day is not None and row.last_day < today:
        raise ConflictError(f"Its last day to join was {row.last_day}; it stays declined.")
    _DECISIONS[decision](session, row, now, said)
    row.moved, row.decided_at, row.decided_by = "", now, actor


def _accept(session: Session, row: Opportunity, now: datetime, said: Mapping[str, Any]) -> None:
    row.state = "accepted"


def _decline(session: Session, row: Opportunity, now: datetime, said: Mapping[str, Any]) -> None:
    if not (said.get("reason") or "").strip():
        raise UsageError("Say why it is declined; the reason is kept with its euro.")
    row.state, row.reason = "declined", said["reason"]


def _postpone(session: Session, row: Opportunity, now: datetime, said: Mapping[str, Any]) -> None:
    until = said.get("until")
    if until is None or (row.last_day is not None and until > row.last_day):
        raise UsageError(f"Say until when it waits, at the latest {row.last_day}: that is the last day to join.")
    row.state, row.until = "postponed", until


def _hand_over(session: Session, row: Opportunity, now: datetime, said: Mapping[str, Any]) -> None:
    if not (said.get("to") or "").strip():
        raise UsageError("Say to whom it is handed.")
    row.owner, row.state = said["to"], "open"


def _reopen(session: Session, row: Opportunity, now: datetime, said: Mapping[str, Any]) -> None:
    row.state, row.reason, row.until = "open", "", None


_DECISIONS: Mapping[str, Callable[[Session, Opportunity, datetime, Mapping[str, Any]], None]] = {
    "accept": _accept,
    "decline": _decline,
    "postpone": _postpone,
    "hand_to": _hand_over,
    "reopen": _reopen,
}
