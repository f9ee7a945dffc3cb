"""
Reports of a year's savings: drawn up, approved by somebody else, numbered and frozen.

An issued report keeps what it said, with a hash; what is different now is shown beside it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any  # JSON documents

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import LedgerReport
from gis.sharing.ledger_summary import summarise
from ventspils.core.errors import ConflictError, NotFoundError

DRAFT, ISSUED = "draft", "issued"
_HAPPENED = ("missed", "agreed", "realised")


def draw_up_report(session: Session, year: int, author: str, today: date, now: datetime) -> LedgerReport:
    """
    Draw up the report of a year as a draft, under that year's number.

    Raises:
        ConflictError: the year has not begun, nothing happened in it, or it has a report or a draft already.
    """
    if year > today.year:
        raise ConflictError(f"The year {year} has not begun; there is nothing to report of it.")
    known = session.scalar(select(LedgerReport).where(LedgerReport.year == year))
    if known is not None:
        what = "a draft that waits to be approved or dropped" if known.state == DRAFT else "its report"
        raise ConflictError(f"{year} has {what} already: {known.number}.")
    content = _content(session, year)
    row = LedgerReport(
        number=f"{year}-001",
        year=year,
        issued_at=now,
        author=author,
        approved_by="",
        state=DRAFT,
        digest=digest_of(content),
        content=content,
    )
    session.add(row)
    session.flush()
    return row


def _content(session: Session, year: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(summarise(session, year), default=str))
    if not any(entry["stage"] in _HAPPENED for entry in content["entries"] + content["fibre_bill"]["entries"]):
        raise ConflictError(f"Nothing happened in {year}: no contract, no fact and no missed chance is of that year.")
    return content


def approve_report(session: Session, number: str, approver: str, now: datetime) -> LedgerReport:
    """
    Issue a draft as the ledger says it now: from then on it is never changed.

    Raises:
        NotFoundError: there is none of that number.
        ConflictError: it is issued already, or the approver drew it up.
    """
    row = find_report(session, number)
    if row.state != DRAFT:
        raise ConflictError(f"Report {number} is issued already.")
    if row.author == approver:
        raise ConflictError(f"Report {number} was drawn up by {approver}; somebody else has to approve it.")
    content = _content(session, row.year)
    content |= {"issued_at": now.isoformat(), "author": row.author, "approved_by": approver}
    row.state, row.issued_at, row.approved_by = ISSUED, now, approver
    row.content, row.digest = content, digest_of(content)
    session.flush()
    return row


def drop_draft(session: Session, number: str) -> None:
    """
    Drop a draft.

    Raises:
        NotFoundError: there is none of that number.
        ConflictError: it is issued.
    """
    row = find_report(session, number)
    if row.state != DRAFT:
        raise ConflictError(f"Report {number} is issued; it stays.")
    session.delete(row)


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a report's content in canonical JSON."""
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def differences_to(session: Session, report: LedgerReport) -> list[dict[str, Any]]:
    """Return what the ledger says differently now of the digs of an issued report."""
    now = {e["subject"]: e for e in summarise(session, report.year)["entries"]}
    then = {e["subject"]: e for e in report.content["entries"]}
    found = []
    for subject in sorted(now.keys() | then.keys()):
        before, after = then.get(subject), now.get(subject)
        if before is None or after is None or _money(before) != _money(after):
            title = (after or before or {})["title"]
            found.append(
                {"subject": subject, "title": title, "then": before and _money(before), "now": after and _money(after)}
            )
    return found


def _money(entry: Mapping[str, Any]) -> dict[str, Any]:
    parties = {party: each["pays_eur"] for party, each in entry["parties"].items()}
    return {
        "stage": entry["stage"],
        "rule": entry["rule"],
        "joint_eur": entry["joint_eur"],
        "saving_eur": entry["saving_eur"],
        "pays_eur": parties,
    }


def list_reports(session: Session) -> Sequence[LedgerReport]:
    """Return the reports that were issued, by number."""
    return session.scalars(select(LedgerReport).order_by(LedgerReport.number)).all()


def find_report(session: Session, number: str) -> LedgerReport:
    """
    Return an issued report.

    Raises:
        NotFoundError: there is none of that number.
    """
    row = session.get(LedgerReport, number)
    if row is None:
        raise NotFoundError(f"Report {number!r} is unknown.")
    return row
