"""
The ledger recomputed: every sum from the metres, amounts and prices that it was added up from, and held against what is
told.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any  # JSON documents

from sqlalchemy.orm import Session

from gis.register import LedgerEntry, PlanRow, sections_laid
from gis.sharing.ledger import FIBRE, LEVELS, standing
from gis.sharing.ledger_summary import PARTY_SUMS, summarise
from gis.sharing.trench_bills import alone_eur, eur_per_m, joint_eur

_CENT = 0.0101  # EUR, as rounding to cents may differ


@dataclass(frozen=True)
class Difference:
    """A sum that is told otherwise than it is recomputed; None where it cannot be."""

    subject: str
    what: str
    told: float | None
    recomputed: float | None


def verify_ledger(session: Session) -> dict[str, Any]:
    """
    Return how many entries were recomputed, how many of them down to metres and prices, and what differs.

    Contracts and facts are known by their documents alone: they are recomputed as sums.
    """
    entries, told = standing(session), summarise(session)
    by_id = {entry["id"]: entry for entry in told["entries"] + told["fibre_bill"]["entries"]}
    differences = [
        difference for entry in entries for difference in (*_estimate(entry), *_parties(entry, by_id[entry.id]))
    ]
    differences += [*_twice(entries), *_contracted_twice(session, entries), *_totals(told)]
    return {
        "entries": len(entries),
        "down_to_prices": sum(bool(entry.bills) for entry in entries),
        "differences": [asdict(difference) for difference in differences],
        "is_right": not differences,
    }


def _unless_near(subject: str, what: str, told: float, recomputed: float) -> Iterator[Difference]:
    if not abs(told - recomputed) <= _CENT:
        yield Difference(subject, what, told, round(recomputed, 2))


def _estimate(entry: LedgerEntry) -> Iterator[Difference]:
    """Yield what differs in an estimate: clients by metres and bills, the saving by sections, the parts by party."""
    if not entry.bills:
        return
    for section in entry.sections:
        for client in section["clients"]:
            alone = client["metres"] * eur_per_m(entry.bills[client["bill"]])
            yield from _unless_near(entry.subject, f"{client['party']} alone", client["alone_eur"], alone)
    saved = math.fsum(alone_eur(s, entry.bills) - joint_eur(s, entry.bills) for s in entry.sections)
    yield from _unless_near(entry.subject, "saving", entry.saving["mid"], saved - entry.talking_eur)
    sections = math.fsum(section["saving_eur"] for section in entry.sections)
    yield from _unless_near(entry.subject, "saving of all sections", entry.saving["mid"], sections)
    yield from _unless_near(entry.subject, "what is due to each", entry.saving["mid"], math.fsum(entry.due.values()))
    for party, sums in entry.alone.items():
        mine = [c["alone_eur"] for s in entry.sections for c in s["clients"] if c["party"] == party]
        yield from _unless_near(entry.subject, f"{party} alone, all sections", sums["mid"], math.fsum(mine))
        parts = math.fsum(entry.parts[party].values())
        yield from _unless_near(entry.subject, f"{party} alone, all parts", sums["mid"], parts)


def _parties(entry: LedgerEntry, told: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs between an entry and what it tells of parties."""
    parties, subject = told["parties"].values(), entry.subject
    alone = math.fsum(each["mid"] for each in entry.alone.values())
    pays, saves = (math.fsum(each[name] for each in parties) for name in ("pays_eur", "saves_eur"))
    yield from _unless_near(subject, "alone", told["alone_eur"]["mid"], alone)
    yield from _unless_near(subject, "together, all parties", told["joint_eur"]["mid"], pays)
    yield from _unless_near(subject, "saving, all parties", told["saving_eur"]["mid"], saves)
    yield from _unless_near(subject, "alone less together", told["saving_eur"]["mid"], alone - entry.joint["mid"])


def _twice(entries: Sequence[LedgerEntry]) -> Iterator[Difference]:
    """Yield what is counted twice: a wish on a street section in two trenches."""
    lying = Counter(
        (client["work_id"], section["edge"])
        for entry in entries
        if entry.stage != "missed"
        for section in entry.sections
        for client in section["clients"]
    )
    for (wish, edge), count in lying.items():
        if count > 1:
            yield Difference(wish, f"trenches on street section {edge}", float(count), 1.0)


def _contracted_twice(session: Session, entries: Sequence[LedgerEntry]) -> Iterator[Difference]:
    """Yield street sections whose fibre is paid for in two half-years: of two plans on the same streets."""
    paid: Counter[tuple[str, int]] = Counter()
    for entry in entries:
        if entry.subject.startswith(FIBRE):
            plan_id, _, period = entry.subject.removeprefix(FIBRE).partition(":")
            plan = session.get_one(PlanRow, plan_id)
            streets = plan.result["certificate"]["input_version"].partition("-")[0]
            paid.update((streets, each.edge) for each in sections_laid(plan.result) if each.period == int(period))
    for (_streets, edge), count in paid.items():
        if count > 1:
            yield Difference("fibre", f"half-years that pay for street section {edge}", float(count), 1.0)


def _totals(told: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what differs between entries and their totals by stage, year and party."""
    taken = [entry for entry in told["entries"] if entry["stage"] != "missed"]
    for group in ("share_of_the_joint_bill", "by_year"):
        for name in ("alone_eur", "joint_eur", "saving_eur"):
            for level in LEVELS:
                sums = math.fsum(total[name][level] for total in told[group].values())
                each = math.fsum(entry[name][level] for entry in taken)
                yield from _unless_near(group, f"{name}, {level}", sums, each)
    for name in PARTY_SUMS:
        sums = math.fsum(total[name] for total in told["by_party"].values())
        yield from _unless_near(
            "by_party", name, sums, math.fsum(p[name] for e in taken for p in e["parties"].values())
        )
