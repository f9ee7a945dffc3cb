"""
Chances in the register: looked for whenever something changed and every day, brought up to date, missed when their last
day passes.

What was decided stays decided; what moved since is said beside it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # JSON documents

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.costs import PriceBook
from gis.register import (
    Opportunity,
    Party,
    TownStreets,
    Work,
    has_fibre,
    lit_nodes,
    load_prices,
    load_town,
    make_moratoria,
    outline_of,
    present_sites,
)
from gis.sharing import ledger
from gis.sharing.joint_works import part_works
from gis.sharing.opportunities import FIBRE, FIBRE_KINDS, Chance, Offer, PartyRules, Wanted, fibre_routes, find_chances
from gis.streets import FURTHEST_SITE_M, nearest_nodes
from ventspils.core.errors import UsageError

WAITING = ("open", "postponed")  # somebody still has to decide


@dataclass(frozen=True)
class Looked:
    """What a look brought: how many chances are there, how many are new, and how many were missed by it."""

    present: int
    new: int
    missed: int


def load_rules(session: Session) -> dict[str, PartyRules]:
    """Return the rules of each party."""
    return {
        p.name: PartyRules(p.within_m, p.within_days, p.least_share, p.join_weeks)
        for p in session.scalars(select(Party))
    }


def look(session: Session, today: date, now: datetime, fibre_party: str) -> Looked:
    """Find chances and bring those that are known up to date."""
    book = load_prices(session)
    make_moratoria(session, book, today)
    try:
        town = load_town(session)
    except UsageError:
        return Looked(0, 0, 0)
    rows = session.scalars(select(Work).where(Work.removed_at.is_(None))).all()
    offers = [offer for row in rows if (offer := _offer(row, today)) is not None]
    wanted = [want for row in rows if (want := _wanted(row, today)) is not None]
    wanted += _fibre(session, town, book, fibre_party)
    found = find_chances(wanted, offers, town.streets, book, load_rules(session))
    titles = {row.id: row.name for row in rows}
    return _settle(session, _each_pair_once(found), {o.id: o for o in offers}, titles, today, now)


def _offer(row: Work, today: date) -> Offer | None:
    outline = outline_of(row)
    if (
        row.sort != "work"
        or row.stage in ("cancelled", "done")
        or row.is_emergency
        or row.starts_on is None
        or outline is None
    ):
        return None
    if row.ends_on is not None and row.ends_on < today:
        return None
    return Offer(row.id, row.promoter, row.starts_on, row.ends_on, row.tender_on, row.depth_m, outline)


def _wanted(row: Work, today: date) -> Wanted | None:
    """Return what a need, or a dig that has not begun, wants."""
    outline = outline_of(row)
    if outline is None or row.stage in ("cancelled", "done") or row.sort == "request" or row.is_emergency:
        return None
    earliest, latest = row.earliest_on or row.starts_on, row.latest_on or row.ends_on or row.starts_on
    if row.sort == "work" and (row.starts_on is None or row.starts_on <= today):
        return None
    if latest is not None and latest < today:
        return None
    return Wanted(
        row.id, row.promoter, row.kind.lower() in FIBRE_KINDS, earliest, latest, outline, row.after_work_id, row.depth_m
    )


def _fibre(session: Session, town: TownStreets, book: PriceBook, party: str) -> list[Wanted]:
    """Return the fibre that sites want, along the cheapest ways from where fibre is."""
    sites = present_sites(session)
    graph = town.streets.graph
    if not sites or not graph.nodes:
        return []
    nodes, far = nearest_nodes(graph.node_xy, np.array([[s.x_m, s.y_m] for s in sites]))
    near, has = far <= FURTHEST_SITE_M, np.array([has_fibre(s) for s in sites], np.bool_)
    roots = np.union1d(nodes[near & has], lit_nodes(session, town))
    edges = fibre_routes(town.streets, roots, nodes[near & ~has], book)
    if not len(edges):
        return []
    shape = shapely.multilinestrings(graph.shapes[edges].tolist())
    return [Wanted(FIBRE, party, True, None, None, shape)]


def _each_pair_once(found: Sequence[Chance]) -> list[Chance]:
    """
    Of two digs that could join each other, keep the chance of the one that saves more or, equal,
    comes first by id.
    """
    kept: dict[tuple[str, str], Chance] = {}
    for chance in found:  # those that save most come first
        pair = (min(chance.wanted, chance.work), max(chance.wanted, chance.work))
        kept.setdefault(pair, chance)
    return list(kept.values())


def _settle(
    session: Session,
    found: Sequence[Chance],
    offers: Mapping[str, Offer],
    titles: Mapping[str, str],
    today: date,
    now: datetime,
) -> Looked:
    known = {frozenset((row.wanted, row.work_id)): row for row in session.scalars(select(Opportunity))}
    new = missed = 0
    for chance in found:
        row = known.pop(frozenset((chance.wanted, chance.work)), None)
        if row is None:
            row = _new(chance, now)
            session.add(row)
            new += 1
        elif not _take_over(session, row, chance, today):
            continue
        if row.state == "postponed" and row.until is not None and row.until <= today:
            row.state, row.until = "open", None
        if row.state in WAITING and row.last_day is not None and row.last_day < today:
            _miss(session, row, offers[chance.work], titles, now)
            missed += 1
    for row in known.values():
        missed += _lose(session, row, titles, today, now)
    session.flush()
    return Looked(len(found), new, missed)


def _take_over(session: Session, row: Opportunity, chance: Chance, today: date) -> bool:
    """
    Bring a known chance up to date; return whether it still waits or stands.

    What was declined stays so. What was decided between two digs stays decided when only the other one could still
    join. What was missed is open again when the work was put off.
    """
    is_turned = (row.wanted, row.work_id) != (chance.wanted, chance.work)
    if row.state == "declined" or (is_turned and row.state == "accepted"):
        return False
    if row.state == "missed":
        if chance.last_day < today:
            return False
        ledger.withdraw(session, row.id, "missed")
        row.state, row.reason = "open", ""
    if is_turned:
        row.wanted, row.work_id, row.owner = chance.wanted, chance.work, chance.owner
    _update(row, chance)
    return True


def _new(chance: Chance, now: datetime) -> Opportunity:
    digest = hashlib.sha256(f"{chance.wanted}\0{chance.work}".encode()).hexdigest()[:16]
    return Opportunity(
        id=digest,
        wanted=chance.wanted,
        work_id=chance.work,
        owner=chance.owner,
        state="open",
        found_at=now,
        reason="",
        until=None,
        moved="",
        decided_at=None,
        decided_by="",
        told_version=0,
        version=1,
        **_numbers(chance),
    )


def _numbers(chance: Chance) -> dict[str, Any]:
    saving = chance.saving
    return {
        "length_m": chance.length_m, "low_eur": saving.low_eur, "mid_eur": saving.mid_eur, "high_eur": saving.high_eur,
        "basis": dict(saving.basis), "trench": dict(saving.trench_eur), "last_day": chance.last_day,
    }  # fmt: skip


def _update(row: Opportunity, chance: Chance) -> None:
    """Take over what a chance is now; what moved is said, so that its owner looks again."""
    numbers = _numbers(chance)
    moved = []
    if row.last_day != numbers["last_day"]:
        moved.append(f"last day {row.last_day} → {numbers['last_day']}")
    if abs(row.mid_eur - numbers["mid_eur"]) >= 1:
        moved.append(f"saving {row.mid_eur:.0f} → {numbers['mid_eur']:.0f} EUR")
    if row.state == "gone":
        row.state = "open"
        moved.append("near again")
    if moved:
        row.moved = ", ".join(moved)
        row.version += 1
    for name, value in numbers.items():
        setattr(row, name, value)


def _lose(session: Session, row: Opportunity, titles: Mapping[str, str], today: date, now: datetime) -> int:
    """Let a chance go that is not there any more; one whose last day passed while nobody decided was missed."""
    stands = _stands(session, row.work_id) and (row.wanted == FIBRE or _stands(session, row.wanted))
    if row.state == "missed" and not stands:
        ledger.withdraw(session, row.id, "missed")  # what it was about was never so
    elif row.state in ("declined", "missed", "gone"):
        return 0
    elif row.state in WAITING and stands and row.last_day is not None and row.last_day < today:
        _miss(session, row, None, titles, now)
        return 1
    elif row.state == "accepted":
        if stands:
            return 0  # agreed and under way or done
        part_works(session, row)
    row.moved = f"not near any more in place or time; {row.mid_eur:.0f} EUR would have been saved"
    row.state = "gone"
    row.version += 1
    return 0


def _stands(session: Session, work_id: str) -> bool:
    work = session.get(Work, work_id)
    return work is not None and work.removed_at is None and work.stage != "cancelled"


def _miss(session: Session, row: Opportunity, offer: Offer | None, titles: Mapping[str, str], now: datetime) -> None:
    row.state, row.version = "missed", (row.version or 1) + 1
    row.reason = "nobody decided by the last day"
    year = (offer.starts_on if offer else row.last_day or now.date()).year
    title = f"{titles.get(row.wanted, row.wanted)} + {titles.get(row.work_id, row.work_id)}"
    ledger.add_missed(session, row, title, year, now)
