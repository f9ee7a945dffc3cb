"""
The ledger of savings: what each joint dig costs alone and together at each stage.

Entries are added, never changed. What is planned follows the joint digs; contracts and facts are entered with their
document, and taken back by an entry that says why. The furthest stage of a subject that was not taken back counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING  # JSON documents

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import JointWork, LedgerEntry, LedgerYear, PlanRow, Work
from gis.sharing.bill_sharing import SharingRule
from gis.sharing.joint_digs import PricedDig
from ventspils.core.errors import ConflictError, NotFoundError, UsageError

if TYPE_CHECKING:
    from gis.sharing.joint_works import SettledDig

STAGES = ("missed", "planned", "agreed", "realised")  # the later one counts
LEVELS = ("low", "mid", "high")
DEFAULT_RULE = SharingRule.INCREMENTAL
FIBRE = "fibre:"  # how subjects begin that are sections of a plan and no joint digs
UNUSUAL = 5.0  # times the estimate or a part of it; a sum beyond is asked for again, and marked


def settle_planned(session: Session, digs: Sequence["SettledDig"], today: date, now: datetime) -> None:
    """
    Bring what is planned up to date: a dig whose clients, sections or year changed gets a new entry, one that is none
    any more is withdrawn. Where only prices changed, what was decided stands, and today's sums are kept beside it.
    """
    known = _latest(session, "planned")
    for dig in digs:
        entry = known.pop(dig.joint.id, None)
        if entry is None or not _is_same(entry, dig.year, dig.priced):
            _add_priced(
                session, dig.joint.id, dig.year, "planned", dig.joint.title, dig.joint.lead, dig.priced, today, now
            )
            dig.joint.today = {}
        else:
            sums = {"joint_eur": dig.priced.joint, "saving_eur": dig.priced.saving}
            is_changed = dig.priced.joint["mid"] != entry.joint["mid"] or dig.priced.saving != entry.saving
            dig.joint.today = sums | {"priced_on": today.isoformat()} if is_changed else {}
    for entry in known.values():
        if not has_figures(session, entry.subject):
            _withdraw(session, entry, "the joint dig was taken apart", "centre", now)


def settle_missed(
    session: Session, missed: Mapping[str, tuple[str, int, str, PricedDig]], today: date, now: datetime
) -> None:
    """Bring what was missed up to date: by the chance's id its title, year, lead and price."""
    known = _latest(session, "missed")
    for subject, (title, year, lead, priced) in missed.items():
        entry = known.pop(subject, None)
        if entry is None or not _is_same(entry, entry.year, priced):
            _add_priced(session, subject, entry.year if entry else year, "missed", title, lead, priced, today, now)
    for entry in known.values():
        _withdraw(session, entry, "it was not missed after all", "centre", now)


def _latest(session: Session, stage: str, subject: str | None = None) -> dict[str, LedgerEntry]:
    """Return the entry of a stage that holds for each subject that has one, or for one subject."""
    chosen = select(LedgerEntry).where(LedgerEntry.stage == stage).order_by(LedgerEntry.id)
    rows = session.scalars(chosen if subject is None else chosen.where(LedgerEntry.subject == subject))
    return {row.subject: row for row in _holding(rows).values()}


def _holding(rows: Iterable[LedgerEntry]) -> dict[tuple[str, str], LedgerEntry]:
    """
    Return by subject and stage the entry that holds, the latest. A withdrawal takes the last contract or fact back, so
    that one before it holds again; an estimate is withdrawn whole.
    """
    stacks: dict[tuple[str, str], list[LedgerEntry]] = {}
    for row in rows:
        stack = stacks.setdefault((row.subject, row.stage), [])
        if not row.is_withdrawal:
            stack.append(row)
        elif row.stage in ("agreed", "realised"):
            stack.pop()
        else:
            stack.clear()
    return {key: stack[-1] for key, stack in stacks.items() if stack}


def _is_same(entry: LedgerEntry, year: int, priced: PricedDig) -> bool:
    """Whether an entry is about the same clients on the same metres of the same sections, in the same year."""
    now = [(s.edge, [(c.work_id, c.metres) for c in s.clients]) for s in priced.sections]
    then = [(s["edge"], [(c["work_id"], c["metres"]) for c in s["clients"]]) for s in entry.sections]
    return entry.year == year and then == now and entry.alone.keys() == priced.alone.keys()


def _add_priced(
    session: Session,
    subject: str,
    year: int,
    stage: str,
    title: str,
    lead: str,
    priced: PricedDig,
    today: date,
    now: datetime,
) -> None:
    _add(
        session,
        LedgerEntry(
            subject=subject,
            year=year,
            stage=stage,
            title=title,
            alone={party: dict(each) for party, each in priced.alone.items()},
            joint=dict(priced.joint) | {"lead": lead},
            saving=dict(priced.saving),
            due=dict(priced.due),
            parts={party: dict(each) for party, each in priced.parts.items()},
            sections=[section.as_document() for section in priced.sections],
            bills=[dict(bill) for bill in priced.bills],
            talking_eur=priced.talking_eur,
            sources=[f"{share:.0%} {basis}" for basis, share in sorted(priced.basis.items())],
            disruption_days=0.0,
            document="",
            priced_on=today,
            at=now,
            actor="centre",
        ),
    )


def _add(session: Session, entry: LedgerEntry) -> LedgerEntry:
    session.add(entry)
    session.flush()
    return entry


def _withdraw(session: Session, entry: LedgerEntry, reason: str, actor: str, now: datetime) -> LedgerEntry:
    """Take a subject's entries of a stage back, by an entry that says why."""
    return _add(
        session,
        LedgerEntry(
            subject=entry.subject, year=entry.year, stage=entry.stage, title=entry.title, alone={}, joint={},
            sources=[], disruption_days=0.0, document="", at=now, actor=actor, reason=reason, is_withdrawal=True,
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """
    What was agreed or paid for a joint dig, in EUR without VAT, with the document that says so.

    `reason` says why a contract is corrected after the fact; `is_confirmed` that an unusual sum is meant.
    """

    stage: str
    alone_eur: Mapping[str, float]
    joint_eur: float
    document: str
    disruption_days: float = 0.0
    year: int | None = None
    reason: str = ""
    is_confirmed: bool = False


def add_entry(
    session: Session, subject: str, figures: Figures, *, actor: str, today: date, now: datetime
) -> LedgerEntry:
    """
    Enter what was agreed or paid for a joint dig that is in the ledger.

    Raises:
        NotFoundError: the subject is not in the ledger.
        UsageError: no document, other parties than those of the dig, a correction without a reason, or an unusual sum
            that was not confirmed.
        ConflictError: a fact of what has not begun.
    """
    before = find_standing(session, subject)
    if before.stage == "missed":
        raise ConflictError("This chance was missed: nobody dug together.")
    _check_parties(before, figures)
    _check_figures(session, subject, figures.stage, figures.document, figures.reason)
    if figures.stage == "realised":
        _check_begun(session, subject, today)
    is_unusual = _is_unusual(session, before, figures)
    if is_unusual and not figures.is_confirmed:
        raise UsageError(
            f"That is over {UNUSUAL:g} times the estimate or under one {UNUSUAL:g}th of it; look again, and confirm it "
            "if it is meant."
        )
    basis = "invoice" if figures.stage == "realised" else "contract"
    return _add(
        session,
        LedgerEntry(
            subject=subject,
            year=figures.year or before.year,
            stage=figures.stage,
            title=before.title,
            alone={party: dict.fromkeys(LEVELS, eur) for party, eur in figures.alone_eur.items()},
            joint=dict.fromkeys(LEVELS, figures.joint_eur) | {"lead": before.joint["lead"]},
            due=dict(before.due),
            sources=[f"100% {basis}"],
            document=figures.document,
            disruption_days=figures.disruption_days,
            reason=figures.reason,
            is_unusual=is_unusual,
            at=now,
            actor=actor,
        ),
    )


def _check_parties(before: LedgerEntry, figures: Figures) -> None:
    if figures.alone_eur.keys() != before.alone.keys():
        parties = ", ".join(repr(party) for party in before.alone)
        raise UsageError(f"The figures need what each of {parties} would pay alone, and nobody else.")


def _check_figures(session: Session, subject: str, stage: str, document: str, reason: str) -> None:
    if not document.strip():
        raise UsageError("Name the contract or invoice that the figures come from.")
    if stage == "agreed" and _latest(session, "realised", subject) and not reason.strip():
        raise UsageError("What it cost in fact is known already; say why the contract is corrected.")


def _check_begun(session: Session, subject: str, today: date) -> None:
    """Let the fact of a dig pass that has begun: the work that leads it, by its start."""
    joint = session.get(JointWork, subject)
    lead = session.get(Work, joint.lead_work_id) if joint is not None else None
    if lead is None or lead.starts_on is None or lead.starts_on > today:
        starts = f"begins on {lead.starts_on}" if lead is not None and lead.starts_on else "has no start yet"
        raise ConflictError(f"This dig {starts}: there are no facts of it before.")


def _is_unusual(session: Session, before: LedgerEntry, figures: Figures) -> bool:
    """Whether a sum is over five times its estimate or under a fifth: what was planned, else what stood before."""
    planned = _latest(session, "planned", before.subject).get(before.subject, before)
    pairs = [(figures.joint_eur, planned.joint["mid"])]
    pairs += [(eur, planned.alone[party]["mid"]) for party, eur in figures.alone_eur.items() if party in planned.alone]
    return any(eur > UNUSUAL * max(estimate, 1.0) or eur * UNUSUAL < estimate for eur, estimate in pairs)


def withdraw(session: Session, subject: str, stage: str, *, reason: str, actor: str, now: datetime) -> LedgerEntry:
    """
    Take a contract or a fact back, by an entry that says why; what stood before counts again.

    Raises:
        NotFoundError: there is none of that subject.
        UsageError: no reason.
    """
    entry = _latest(session, stage, subject).get(subject)
    if entry is None or stage not in ("agreed", "realised"):
        raise NotFoundError(f"Of {subject!r} no figures of that stage stand in the ledger.")
    if not reason.strip():
        raise UsageError("Say why it is withdrawn; the entry stays, and so does the reason.")
    return _withdraw(session, entry, reason, actor, now)


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
        UsageError: no document, or a period that the plan does not have or lays nothing in.
    """
    if not document.strip():
        raise UsageError("Name the document that the sum comes from.")
    if period >= len(plan.result["periods"]):
        raise UsageError(f"The plan has the periods 0 to {len(plan.result['periods']) - 1}.")
    told = plan.result["periods"][period]
    if not told["edges"]:
        raise UsageError(f"The plan lays nothing in {told['name']}: there is nothing to pay for.")
    basis = "invoice" if stage == "realised" else "contract"
    return _add(
        session,
        LedgerEntry(
            subject=f"{FIBRE}{plan.id}:{period}",
            year=int(told["name"][:4]),
            stage=stage,
            title=f"{plan.id} {told['name']}",
            alone={owner: dict.fromkeys(LEVELS, told["alone_eur"])},
            joint=dict.fromkeys(LEVELS, eur) | {"lead": owner},
            sources=[f"together: 100% {basis}", "alone: prices of the plan"],
            document=document,
            disruption_days=0.0,
            at=now,
            actor=actor,
        ),
    )


def has_figures(session: Session, subject: str) -> bool:
    """Whether figures of a contract or an invoice stand in the ledger."""
    return any(_latest(session, stage, subject) for stage in ("agreed", "realised"))


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
    """Return the entry that counts of each subject: of its furthest stage that was not withdrawn, the latest."""
    rows = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)).all()
    chosen = [row for row in _furthest(rows).values() if year is None or row.year == year]
    return sorted(chosen, key=lambda row: (row.year, row.title, row.subject))


def _furthest(rows: Iterable[LedgerEntry]) -> dict[str, LedgerEntry]:
    holding = _holding(rows)
    found: dict[str, LedgerEntry] = {}
    for stage in STAGES:
        found |= {subject: row for (subject, its), row in holding.items() if its == stage}
    return found


def find_standing(session: Session, subject: str) -> LedgerEntry:
    """
    Return the entry that counts of a subject.

    Raises:
        NotFoundError: there is none.
    """
    rows = session.scalars(select(LedgerEntry).where(LedgerEntry.subject == subject).order_by(LedgerEntry.id))
    found = _furthest(rows).get(subject)
    if found is None:
        raise NotFoundError(f"Joint dig {subject!r} is not in the ledger.")
    return found
