"""Works that are dug in one trench: bundled by a decision, and taken apart again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import JointWork, Opportunity, Work, seen_by
from gis.sharing import ledger
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


def join_works(session: Session, row: Opportunity, now: datetime) -> None:
    """Bundle the work and what joins it in one trench."""
    work = session.get_one(Work, row.work_id)
    joins = session.get(Work, row.wanted)
    joint = session.scalar(select(JointWork).where(JointWork.opportunity_id == row.id))
    if joint is None:
        title = f"{work.name} + {joins.name if joins else 'fibre'}"
        joint = JointWork(id=row.id, title=title, lead=work.promoter, made_at=now, opportunity_id=row.id)
        session.add(joint)
        session.flush()
    work.joint_work_id = work.joint_work_id or joint.id
    if joins is not None:
        joins.joint_work_id = joint.id
    ledger.add_planned(session, row, joint, work, now)


def part_works(session: Session, row: Opportunity) -> None:
    """Take a bundle apart again, and what was planned of it out of the ledger."""
    for work in session.scalars(select(Work).where(Work.joint_work_id == row.id)):
        work.joint_work_id = None
    ledger.withdraw(session, row.id, "planned")
