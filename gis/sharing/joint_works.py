"""Joint digs in the register: made by decisions, brought up to date, and taken apart again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import JointWork, Opportunity, Work, seen_by
from gis.sharing import ledger
from gis.sharing.joint_digs import PricedDig, price_dig
from gis.sharing.opportunities import FIBRE
from gis.sharing.survey import Survey
from gis.sharing.trenches import DigBundle, Trenches
from ventspils.core.security.roles import Scope


@dataclass(frozen=True)
class Bundle:
    """Works in one trench, as far as a caller may see them."""

    joint: JointWork
    works: list[Work]


def list_bundles(session: Session, scope: Scope) -> list[Bundle]:
    """Return the bundles of which a caller may see some work, the first made first."""
    within: dict[str | None, list[Work]] = {}
    is_joint = select(Work).where(Work.joint_work_id.is_not(None), seen_by(scope))
    for work in session.scalars(is_joint.order_by(Work.id)):
        within.setdefault(work.joint_work_id, []).append(work)
    rows = session.scalars(select(JointWork).order_by(JointWork.made_at, JointWork.id))
    return [Bundle(row, within[row.id]) for row in rows if row.id in within]


def dig_of(session: Session, row: Opportunity) -> str | None:
    """Return the id of the joint dig that a chance was joined to; None while it is not."""
    work = session.get(Work, row.work_id)
    return work.joint_work_id if work is not None and row.state == "accepted" else None


@dataclass(frozen=True)
class SettledDig:
    """A joint dig as it stands: its row, in which year its lead begins, and what it costs."""

    joint: JointWork
    year: int
    priced: PricedDig


def settle(session: Session, trenches: Trenches, town: Survey, today: date, now: datetime) -> list[SettledDig]:
    """Bring the joint digs up to date with who lies with whom; return them with what they cost today."""
    bundles = sorted(trenches.bundles, key=lambda bundle: bundle.joins[0].id)
    rows = _rows_of(session, bundles, now)
    member_of: dict[str, tuple[float, str]] = {}
    settled = []
    for bundle, joint in zip(bundles, rows, strict=True):
        joint.title, joint.lead = _title(session, joint, bundle), town.wishes[joint.lead_work_id or ""].party
        for client in bundle.clients:
            metres = _metres(bundle, client, town)
            member_of[client] = max(member_of.get(client, (0.0, "")), (metres, joint.id))
        lead = session.get_one(Work, joint.lead_work_id)
        settled.append(
            SettledDig(joint, (lead.starts_on or today).year, price_dig(bundle.trenches, town.wishes, town.costs))
        )
    session.flush()
    for work in session.scalars(select(Work).where(Work.joint_work_id.is_not(None) | Work.id.in_(member_of))):
        work.joint_work_id = member_of[work.id][1] if work.id in member_of else None
    return settled


def _rows_of(session: Session, bundles: Sequence[DigBundle], now: datetime) -> list[JointWork]:
    """
    Return the row of each joint dig: the one that its works had before and that one of them leads, first one with
    figures, then the oldest; else a new one, by the first join that made it.
    """
    known = {row.id: row for row in session.scalars(select(JointWork))}
    taken: set[str] = set()
    rows = []
    for bundle in bundles:
        had = {session.get_one(Work, work).joint_work_id for work in bundle.works}
        fits = [known[i] for i in had if i in known and known[i].lead_work_id in bundle.works and i not in taken]
        fits.sort(key=lambda row: (not ledger.has_figures(session, row.id), row.made_at, row.id))
        row = fits[0] if fits else _add(session, known, taken, bundle, now)
        taken.add(row.id)
        rows.append(row)
    return rows


def _add(
    session: Session, known: Mapping[str, JointWork], taken: set[str], bundle: DigBundle, now: datetime
) -> JointWork:
    join = next(join for join in bundle.joins if join.id not in taken)
    row = known.get(join.id)
    if row is None:
        row = JointWork(id=join.id, title="", lead="", made_at=now, opportunity_id=join.id, today={})
        session.add(row)
    row.lead_work_id = join.work
    return row


def _title(session: Session, joint: JointWork, bundle: DigBundle) -> str:
    """Return the lead work and all that join it, in the order of their decisions."""
    first = joint.lead_work_id or ""
    others = dict.fromkeys(wish for join in bundle.joins for wish in (join.work, join.wanted) if wish != first)
    names = [FIBRE if wish == FIBRE else session.get_one(Work, wish).name for wish in (first, *others)]
    return " + ".join(names)


def _metres(bundle: DigBundle, client: str, town: Survey) -> float:
    metres = town.wishes[client].metres
    return math.fsum(metres[trench.edge] for trench in bundle.trenches if client in trench.members)
