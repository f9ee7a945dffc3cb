"""
The ledger of savings: what each joint dig costs alone and together at each stage, and how its bill is shared.

Entries are added, never changed; the furthest stage of a subject counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any  # JSON documents

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gis.register import JointWork, LedgerEntry, LedgerYear, Opportunity, PlanRow, Work
from gis.sharing.bill_sharing import SharingRule, share_bill
from ventspils.core.errors import NotFoundError, UsageError

STAGES = ("missed", "planned", "agreed", "realised")  # the later one counts
LEVELS = ("low", "mid", "high")
DEFAULT_RULE = SharingRule.INCREMENTAL


def add_planned(session: Session, row: Opportunity, joint: JointWork, work: Work, now: datetime) -> None:
    """Enter a joint dig that was decided, with the range that the chance had."""
    year = (work.starts_on or now.date()).year
    alone, bill = _bills(row, work.promoter)
    _add(session, row.id, year, "planned", joint.title, alone, bill, _sources(row), "", row.decided_by or "centre", now)


def add_missed(session: Session, row: Opportunity, title: str, year: int, now: datetime) -> None:
    """Enter a chance that nobody took."""
    work = session.get(Work, row.work_id)
    alone, bill = _bills(row, work.promoter if work else "")
    _add(session, row.id, year, "missed", title, alone, bill, _sources(row), "", "centre", now)


def _bills(row: Opportunity, lead: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return what each pays alone over the common metres and both together, low, mid and high; they differ by the chance's
    saving.
    """
    lead = lead or "?"
    joins = row.owner if row.owner != lead else f"{row.owner} (2)"
    alone: dict[str, Any] = {party: dict(row.trench) for party in (lead, joins)}
    saving = {"low": row.low_eur, "mid": row.mid_eur, "high": row.high_eur}
    joint = {level: round(2 * row.trench[level] - saving[level], 2) for level in LEVELS}
    return alone, joint | {"lead": lead}


FIBRE = "fibre:"  # how subjects begin that are sections of a plan and no joint digs


def add_fibre(
    session: Session,
    plan: PlanRow,
    period: int,
    stage: str,
    owner: str,
    eur: float,
    document: str,
    actor: str,
    now: datetime,
) -> LedgerEntry:
    """
    Enter what a period of a plan costs by contract or cost in fact, beside what its streets cost alone by the plan's
    prices.

    Raises:
        UsageError: no document, or a period that the plan does not have.
    """
    if not document.strip():
        raise UsageError("Name the document that the sum comes from.")
    if period >= len(plan.result["periods"]):
        raise UsageError(f"The plan has the periods 0 to {len(plan.result['periods']) - 1}.")
    told = plan.result["periods"][period]
    basis = "invoice" if stage == "realised" else "contract"
    return _add(
        session,
        f"{FIBRE}{plan.id}:{period}",
        int(told["name"][:4]),
        stage,
        f"{plan.id} {told['name']}",
        {owner: dict.fromkeys(LEVELS, told["alone_eur"])},
        dict.fromkeys(LEVELS, eur) | {"lead": owner},
        [f"together: 100% {basis}", "alone: prices of the plan"],
        document,
        actor,
        now,
    )


def _sources(row: Opportunity) -> list[str]:
    return [f"{share:.0%} {basis}" for basis, share in sorted(row.basis.items())]


def add_entry(
    session: Session,
    subject: str,
    stage: str,
    *,
    alone_eur: Mapping[str, float],
    joint_eur: float,
    document: str,
    disruption_days: float,
    year: int | None,
    actor: str,
    now: datetime,
) -> LedgerEntry:
    """
    Enter what was agreed or paid for a joint dig that is in the ledger.

    Raises:
        NotFoundError: the subject is not in the ledger.
        UsageError: no document, no party, or the lead is none of them.
    """
    before = session.scalar(select(LedgerEntry).where(LedgerEntry.subject == subject).order_by(LedgerEntry.id.desc()))
    if before is None:
        raise NotFoundError(f"Joint dig {subject!r} is not in the ledger.")
    if not document.strip():
        raise UsageError("Name the contract or invoice that the figures come from.")
    lead = before.joint["lead"]
    if lead not in alone_eur:
        raise UsageError(f"The figures need those of {lead!r}, who leads the dig.")
    alone = {party: dict.fromkeys(LEVELS, eur) for party, eur in alone_eur.items()}
    joint = dict.fromkeys(LEVELS, joint_eur) | {"lead": lead}
    basis = "invoice" if stage == "realised" else "contract"
    return _add(
        session,
        subject,
        year or before.year,
        stage,
        before.title,
        alone,
        joint,
        [f"100% {basis}"],
        document,
        actor,
        now,
        disruption_days,
    )


def _add(
    session: Session,
    subject: str,
    year: int,
    stage: str,
    title: str,
    alone: dict[str, Any],
    joint: dict[str, Any],
    sources: list[str],
    document: str,
    actor: str,
    now: datetime,
    disruption_days: float = 0.0,
) -> LedgerEntry:
    entry = LedgerEntry(
        subject=subject,
        year=year,
        stage=stage,
        title=title,
        alone=alone,
        joint=joint,
        sources=sources,
        disruption_days=disruption_days,
        document=document,
        at=now,
        actor=actor,
    )
    session.add(entry)
    session.flush()
    return entry


def withdraw(session: Session, subject: str, stage: str) -> None:
    """Take back what was entered of a chance that is decided anew (planned) or was not missed after all (missed)."""
    session.execute(delete(LedgerEntry).where(LedgerEntry.subject == subject, LedgerEntry.stage == stage))


def has_figures(session: Session, subject: str) -> bool:
    """Whether figures of a contract or an invoice stand in the ledger."""
    stages = ("agreed", "realised")
    found = select(LedgerEntry.id).where(LedgerEntry.subject == subject, LedgerEntry.stage.in_(stages)).limit(1)
    return session.scalar(found) is not None


def rule_of(session: Session, year: int) -> SharingRule:
    """Return by which rule a year's bills are shared."""
    row = session.get(LedgerYear, year)
    return SharingRule(row.rule) if row else DEFAULT_RULE


def set_rule(session: Session, year: int, rule: SharingRule) -> None:
    """Share a year's bills by a rule."""
    row = session.get(LedgerYear, year)
    if row is None:
        session.add(LedgerYear(year=year, rule=rule.value))
    else:
        row.rule = rule.value
    session.flush()


def standing(session: Session, year: int | None = None) -> list[LedgerEntry]:
    """Return the entry that counts of each subject: of its furthest stage, the latest."""
    rows = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)).all()
    latest: dict[str, LedgerEntry] = {}
    for row in rows:
        known = latest.get(row.subject)
        if known is None or STAGES.index(row.stage) >= STAGES.index(known.stage):
            latest[row.subject] = row
    chosen = [row for row in latest.values() if year is None or row.year == year]
    return sorted(chosen, key=lambda row: (row.year, row.title, row.subject))


def describe_entry(entry: LedgerEntry, rule: SharingRule) -> dict[str, Any]:
    """Return an entry with the saving as a range and what each party pays of the likely bill."""
    alone = {level: round(sum(each[level] for each in entry.alone.values()), 2) for level in LEVELS}
    saving = {level: round(alone[level] - entry.joint[level], 2) for level in LEVELS}
    bill = max(0.0, float(entry.joint["mid"]))
    shares = share_bill(rule, {party: each["mid"] for party, each in entry.alone.items()}, bill, entry.joint["lead"])
    parties = {
        party: {"alone_eur": each["mid"], "pays_eur": shares[party], "saves_eur": round(each["mid"] - shares[party], 2)}
        for party, each in sorted(entry.alone.items())
    }
    return {
        "id": entry.id, "subject": entry.subject, "year": entry.year, "stage": entry.stage, "title": entry.title,
        "alone_eur": alone, "joint_eur": {level: entry.joint[level] for level in LEVELS}, "saving_eur": saving,
        "parties": parties, "rule": rule.value, "sources": entry.sources, "document": entry.document,
        "disruption_days": entry.disruption_days, "costs_more": saving["mid"] < 0,
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
        entries.append(describe_entry(row, rule))
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
        "fall_of_the_fibre_bill": _fibre_bill(session),
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
            mine = sums.setdefault(party, dict.fromkeys(each, 0.0))
            for name, eur in each.items():
                mine[name] = round(mine[name] + eur, 2)
    return dict(sorted(sums.items()))


def _fibre_bill(session: Session) -> dict[str, Any] | None:
    """Return the fall of the fibre bill by the latest plan that is done; it is a plan's, and no money that was paid."""
    row = session.scalar(select(PlanRow).where(PlanRow.state == "done").order_by(PlanRow.at.desc()).limit(1))
    return None if row is None else {"plan_id": row.id, **row.result["savings"]}
