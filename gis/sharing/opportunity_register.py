"""
Chances in the register: looked for whenever something changed and every day, brought up to date, missed when their last
day passes.

What was decided stays decided; what moved since is said beside it. What is dug together on a section is wanted there no
more, so that other chances shrink or end, and say so.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # JSON documents

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import Opportunity, Work, load_prices, make_moratoria
from gis.sharing import joint_works, ledger
from gis.sharing.joint_digs import PricedDig, price_dig
from gis.sharing.opportunities import FIBRE, Chance, Pair, PartyRules, last_day_to_join, weigh
from gis.sharing.survey import Survey, survey
from gis.sharing.trenches import Join, Trench, Trenches
from ventspils.core.errors import UsageError

WAITING = ("open", "postponed")  # somebody still has to decide


@dataclass(frozen=True)
class Looked:
    """What a look brought: how many chances are there, how many are new, and how many were missed by it."""

    present: int
    new: int
    missed: int


def look(session: Session, today: date, now: datetime, fibre_party: str) -> Looked:
    """Find chances, bring those that are known up to date, and so the joint digs that they made and the ledger."""
    make_moratoria(session, load_prices(session), today)
    try:
        town = survey(session, today, fibre_party)
    except UsageError:
        return Looked(0, 0, 0)
    return _Look(session, town, today, now).run()


class _Look:
    """One look at the town and at what is known of it."""

    def __init__(self, session: Session, town: Survey, today: date, now: datetime) -> None:
        self.session, self.town, self.today, self.now = session, town, today, now
        self.rows = list(session.scalars(select(Opportunity).order_by(Opportunity.id)))
        self.pairs = {frozenset((pair.wanted, pair.offer.id)): pair for pair in town.pairs}
        self.new = self.missed = 0

    def run(self) -> Looked:
        trenches = self._joined()
        found = self._settle(trenches)
        digs = joint_works.settle(self.session, trenches, self.town, self.today, self.now)
        ledger.settle_planned(self.session, digs, self.today, self.now)
        self._settle_missed(trenches)
        self.session.flush()
        return Looked(found, self.new, self.missed)

    def _joined(self) -> Trenches:
        """Return who lies with whom by what was decided; a join of which nothing is left is over."""
        accepted = [row for row in self.rows if row.state == "accepted"]
        for row in accepted:
            self._renumber(row)
        joins = [Join(r.id, r.wanted, r.work_id, tuple(r.edges)) for r in sorted(accepted, key=_in_order)]
        trenches = Trenches(self.town.wishes, joins)
        kept = {join.id: join.edges for join in trenches.joins}
        for row in accepted:
            if row.id not in kept:
                _end(row, f"no street is common any more; {row.mid_eur:.0f} EUR would have been saved")
            elif list(kept[row.id]) != row.edges:
                row.edges = list(kept[row.id])
                row.moved, row.version = f"{len(row.edges)} street sections are common now", row.version + 1
        return trenches

    def _renumber(self, row: Opportunity) -> None:
        """Tell a join by the sections of today's streets: where both dig by them now."""
        if row.streets_version == self.town.version:
            return
        one, other = (self.town.wishes.get(each) for each in (row.wanted, row.work_id))
        common = sorted(one.metres.keys() & other.metres.keys()) if one and other else []
        row.edges, row.streets_version = common, self.town.version

    def _settle(self, trenches: Trenches) -> int:
        known = {frozenset((row.wanted, row.work_id)): row for row in self.rows}
        present = 0
        for key, pair in self.pairs.items():
            row = known.pop(key, None)
            if row is not None and row.state == "accepted":
                present += 1
                self._follow(row, pair)
                continue
            chance = weigh(pair, trenches, self.town.costs, self.town.rules)
            if chance is not None:
                present += 1
                self._keep(row, chance)
            elif row is not None:
                self._lose(row, _why_gone(pair, trenches))
        for row in known.values():
            self._lose(row, f"not near any more in place or time; {row.mid_eur:.0f} EUR would have been saved")
        return present

    def _follow(self, row: Opportunity, pair: Pair) -> None:
        """Tell that the last day of what was joined moved; its money stays what was agreed."""
        last_day = last_day_to_join(pair.offer, self.town.rules.get(pair.offer.party, PartyRules()))
        if row.work_id == pair.offer.id and row.last_day != last_day:
            row.moved, row.version = f"last day {row.last_day} → {last_day}", row.version + 1
            row.last_day = last_day

    def _keep(self, row: Opportunity | None, chance: Chance) -> None:
        if row is None:
            row = self._add(chance)
        elif row.state == "declined":
            return
        else:
            if row.state == "missed":
                if chance.last_day < self.today:
                    return
                row.state, row.reason = "open", ""
            row.wanted, row.work_id, row.owner = chance.wanted, chance.work, chance.owner
            _update(row, chance, self.town.version, self.today)
        if row.state == "postponed" and row.until is not None and row.until <= self.today:
            row.state, row.until = "open", None
        if row.state in WAITING and row.last_day is not None and row.last_day < self.today:
            self._miss(row)

    def _add(self, chance: Chance) -> Opportunity:
        digest = hashlib.sha256(f"{chance.wanted}\0{chance.work}".encode()).hexdigest()[:16]
        row = Opportunity(
            id=digest,
            wanted=chance.wanted,
            work_id=chance.work,
            owner=chance.owner,
            state="open",
            found_at=self.now,
            reason="",
            until=None,
            moved="",
            decided_at=None,
            decided_by="",
            told_version=0,
            version=1,
            **_numbers(chance, self.town.version, self.today),
        )
        self.session.add(row)
        self.rows.append(row)
        self.new += 1
        return row

    def _lose(self, row: Opportunity, why: str) -> None:
        """Let a chance go that is not there any more; one whose last day passed while nobody decided was missed."""
        stands = row.work_id in self.town.wishes and (row.wanted == FIBRE or row.wanted in self.town.wishes)
        if row.state in ("declined", "gone", "accepted") or (row.state == "missed" and stands):
            return
        if row.state in WAITING and stands and row.last_day is not None and row.last_day < self.today:
            self._miss(row)
        else:
            _end(row, why)

    def _miss(self, row: Opportunity) -> None:
        row.state, row.version = "missed", (row.version or 1) + 1
        was_decided = row.decided_at is not None
        row.reason = "taken back after the last day" if was_decided else "nobody decided by the last day"
        self.missed += 1

    def _settle_missed(self, trenches: Trenches) -> None:
        """Bring missed chances in the ledger up to date: no metre of a wish is missed twice, nor one that is served."""
        claimed: set[tuple[str, int]] = set()
        subjects: dict[str, tuple[str, int, str, PricedDig]] = {}
        for row in sorted((r for r in self.rows if r.state == "missed"), key=lambda r: (-r.mid_eur, r.id)):
            self._renumber(row)
            edges = trenches.free_edges(row.wanted, row.work_id, row.edges)
            mine = tuple(edge for edge in edges if (row.wanted, edge) not in claimed)
            claimed |= {(row.wanted, edge) for edge in mine}
            _tell_missed(row, None)
            if mine:
                pair = frozenset((row.wanted, row.work_id))
                priced = price_dig([Trench(edge, pair) for edge in mine], self.town.wishes, self.town.costs)
                title = f"{self._title(row.wanted)} + {self._title(row.work_id)}"
                subjects[row.id] = title, self._year(row), self.town.wishes[row.work_id].party, priced
                _tell_missed(row, priced)
        ledger.settle_missed(self.session, subjects, self.today, self.now)

    def _title(self, wish: str) -> str:
        work = self.session.get(Work, wish)
        return work.name if work is not None else wish

    def _year(self, row: Opportunity) -> int:
        offer = self.town.offers.get(row.work_id)
        return (offer.starts_on if offer else row.last_day or self.today).year


def _in_order(row: Opportunity) -> tuple[datetime, str]:
    assert row.decided_at is not None
    return row.decided_at, row.id


def _numbers(chance: Chance, streets_version: str, today: date) -> dict[str, Any]:
    saving = chance.saving
    return {
        "edges": list(chance.edges), "streets_version": streets_version, "length_m": chance.length_m,
        "low_eur": saving.low_eur, "mid_eur": saving.mid_eur, "high_eur": saving.high_eur, "basis": dict(saving.basis),
        "last_day": chance.last_day, "priced_on": today,
    }  # fmt: skip


def _update(row: Opportunity, chance: Chance, streets_version: str, today: date) -> None:
    """Take over what a chance is now; what moved is said, so that its owner looks again."""
    numbers = _numbers(chance, streets_version, today)
    moved = []
    if row.last_day != numbers["last_day"]:
        moved.append(f"last day {row.last_day} → {numbers['last_day']}")
    if abs(row.mid_eur - numbers["mid_eur"]) >= 1:
        moved.append(f"saving {row.mid_eur:.0f} → {numbers['mid_eur']:.0f} EUR")
    if row.streets_version == streets_version and abs(row.length_m - numbers["length_m"]) >= 1:
        moved.append(f"{row.length_m:.0f} → {numbers['length_m']:.0f} m are common and free")
    if row.state == "gone":
        row.state = "open"
        moved.append("it can be joined again")
    if moved:
        row.moved = ", ".join(moved)
        row.version += 1
    for name, value in numbers.items():
        setattr(row, name, value)


def _tell_missed(row: Opportunity, priced: PricedDig | None) -> None:
    """Let a missed chance tell what the ledger does; nothing where its metres count with another, or were served."""
    for level in ("low", "mid", "high"):
        setattr(row, f"{level}_eur", priced.saving[level] if priced is not None else 0.0)


def _end(row: Opportunity, why: str) -> None:
    row.state, row.moved, row.version = "gone", why, row.version + 1


def _why_gone(pair: Pair, trenches: Trenches) -> str:
    """Return why a pair that is near each other is no chance."""
    if trenches.free_edges(pair.wanted, pair.offer.id, pair.edges):
        return "digging together would likely cost more here now"
    if any(pair.offer.id in trenches.members(edge, pair.wanted) for edge in pair.edges):
        return "both lie in one trench already"
    return "what is wanted here is dug with somebody else already"
