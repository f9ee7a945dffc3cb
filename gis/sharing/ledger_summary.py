"""What the ledger comes to: entries with their saving and who pays what, summed by stage, year and party."""

from collections.abc import Mapping, Sequence
from typing import Any  # JSON documents

from sqlalchemy.orm import Session

from gis.register import JointWork, LedgerEntry
from gis.sharing.bill_sharing import SharingRule, share_bill
from gis.sharing.ledger import FIBRE, LEVELS, STAGES, rule_of, standing

PARTY_SUMS = ("alone_eur", "pays_eur", "saves_eur")


def describe_entry(entry: LedgerEntry, rule: SharingRule) -> dict[str, Any]:
    """
    Return an entry with the saving as a range and what each party pays of the likely bill.

    Likely sums subtract and add up to the cent; low and high are of each sum by itself. Parts and sections are those of
    an estimate; of a contract or a fact nobody knows them.
    """
    alone = {level: round(sum(each[level] for each in entry.alone.values()), 2) for level in LEVELS}
    saving = entry.saving or {level: round(alone[level] - entry.joint[level], 2) for level in LEVELS}
    bill = max(0.0, float(entry.joint["mid"]))
    likely = {party: each["mid"] for party, each in entry.alone.items()}
    shares = share_bill(rule, likely, bill, entry.joint["lead"], entry.due)
    parties = {
        party: {
            "alone_eur": eur, "pays_eur": shares[party], "saves_eur": round(eur - shares[party], 2),
            "alone_parts_eur": entry.parts.get(party, {}),
        }
        for party, eur in sorted(likely.items())
    }  # fmt: skip
    return {
        "id": entry.id, "subject": entry.subject, "year": entry.year, "stage": entry.stage, "title": entry.title,
        "alone_eur": alone, "joint_eur": {level: entry.joint[level] for level in LEVELS}, "saving_eur": dict(saving),
        "parties": parties, "rule": rule.value, "sources": entry.sources, "document": entry.document,
        "disruption_days": entry.disruption_days, "costs_more": saving["mid"] < 0, "sections": entry.sections,
        "priced_on": entry.priced_on, "reason": entry.reason, "is_unusual": entry.is_unusual,
    }  # fmt: skip


def summarise(session: Session, year: int | None = None) -> dict[str, Any]:
    """
    Return what was saved in a year or in all: by stage with ranges, by party, what was missed, and
    what costs more.
    """
    rules: dict[int, SharingRule] = {}
    entries = []
    for row in standing(session, year):
        rule = rules.setdefault(row.year, rule_of(session, row.year))
        joint = session.get(JointWork, row.subject)
        entries.append(describe_entry(row, rule) | {"by_todays_prices": joint.today or None if joint else None})
    fibre = [e for e in entries if e["subject"].startswith(FIBRE)]
    entries = [e for e in entries if not e["subject"].startswith(FIBRE)]
    taken = [e for e in entries if e["stage"] != "missed"]
    return {
        "year": year,
        "rules": {str(y): rule.value for y, rule in sorted(rules.items())},
        "share_of_the_joint_bill": {
            stage: _sum([e for e in entries if e["stage"] == stage]) for stage in STAGES if stage != "missed"
        },
        "missed": _sum([e for e in entries if e["stage"] == "missed"]),
        "costs_more": _sum([e for e in taken if e["costs_more"]]),
        "by_party": _by_party(taken),
        "by_year": {
            str(y): _sum([e for e in taken if e["year"] == y]) for y in sorted({e["year"] for e in taken})
        },
        "fibre_bill": {
            **{stage: _sum([e for e in fibre if e["stage"] == stage]) for stage in ("agreed", "realised")},
                "entries": fibre,
        },
        "disruption_days": round(sum(e["disruption_days"] for e in taken), 1),
        "entries": entries,
    }  # fmt: skip


def _sum(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    totals = {
        f"{what}_eur": {level: round(sum(e[f"{what}_eur"][level] for e in entries), 2) for level in LEVELS}
        for what in ("alone", "joint", "saving")
    }
    alone = totals["alone_eur"]["mid"]
    return {"count": len(entries), **totals, "share": round(totals["saving_eur"]["mid"] / alone, 4) if alone else None}


def _by_party(entries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    sums: dict[str, dict[str, float]] = {}
    for entry in entries:
        for party, each in entry["parties"].items():
            mine = sums.setdefault(party, dict.fromkeys(PARTY_SUMS, 0.0))
            for name in PARTY_SUMS:
                mine[name] = round(mine[name] + each[name], 2)
    return dict(sorted(sums.items()))
