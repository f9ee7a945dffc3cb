"""What a client saves and pays itself, need by need: its own part of each joint dig, and nobody else's."""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import Any  # JSON documents

from sqlalchemy.orm import Session

from gis.register import JointWork, Work
from gis.sharing.ledger_summary import PARTY_SUMS, summarise
from ventspils.core.security.roles import Scope


def summarise_own(session: Session, scope: Scope, year: int | None = None) -> dict[str, Any]:
    """
    Return the parts of the parties that a caller sees for: one row for each joint dig and party, with the needs and
    works that it is about, and their sums.
    """
    rows = [
        _describe(session, entry, party)
        for entry in summarise(session, year)["entries"]
        if entry["stage"] != "missed"
        for party in entry["parties"]
        if scope.has_party(party)
    ]
    sums = {name: round(math.fsum(row[name] for row in rows), 2) for name in PARTY_SUMS}
    return {"year": year, "entries": rows, "sums": sums}


def _describe(session: Session, entry: Mapping[str, Any], party: str) -> dict[str, Any]:
    told = ("subject", "year", "stage", "rule", "document", "priced_on")
    joint = session.get(JointWork, entry["subject"])
    lead = session.get(Work, joint.lead_work_id) if joint is not None else None
    is_secret = lead is not None and lead.is_confidential and lead.promoter != party
    return {
        **{name: entry[name] for name in told},
        "party": party,
        "dig": "" if lead is None or is_secret else lead.name,
        **entry["parties"][party],
        "needs": _needs(session, entry, party),
    }


def _needs(session: Session, entry: Mapping[str, Any], party: str) -> list[dict[str, Any]]:
    """Return what the party has dug there: metres and what that costs alone, by the estimate."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for section in entry["sections"]:
        for client in section["clients"]:
            if client["party"] == party:
                sums[client["work_id"]][0] += client["metres"]
                sums[client["work_id"]][1] += client["alone_eur"]
    works = {work_id: session.get(Work, work_id) for work_id in sums}
    return [
        {
            "work_id": work_id,
            "title": work.name if (work := works[work_id]) is not None else work_id,
            "metres": round(metres, 1),
            "alone_eur": round(eur, 2),
        }
        for work_id, (metres, eur) in sorted(sums.items())
    ]
