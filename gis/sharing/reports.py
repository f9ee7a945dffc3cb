"""
Reports of a year's savings: issued, numbered and frozen.

A report keeps what it said, with a hash; what is different now is shown beside it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any  # JSON documents

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis.register import LedgerReport
from gis.sharing.ledger import summarise
from ventspils.core.errors import NotFoundError


def issue_report(session: Session, year: int, approved_by: str, now: datetime) -> LedgerReport:
    """Freeze what the ledger says of a year, under the next number of that year."""
    content = summarise(session, year)
    content["issued_at"] = now.isoformat()
    content["approved_by"] = approved_by
    count = session.scalar(select(func.count()).select_from(LedgerReport).where(LedgerReport.year == year)) or 0
    row = LedgerReport(
        number=f"{year}-{count + 1:03d}",
        year=year,
        issued_at=now,
        approved_by=approved_by,
        digest=digest_of(content),
        content=content,
    )
    session.add(row)
    session.flush()
    return row


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
