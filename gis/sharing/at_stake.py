"""What hangs on a work: the money of chances that it is part of, before and after it changed."""

import math
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gis.register import Opportunity

_HOLDS = ("open", "postponed", "accepted")


@dataclass(frozen=True)
class Stake:
    """What the chances that hold with a work save at the likely prices, and how many they are."""

    chances: int
    saving_eur: float


def stake_of(session: Session, work_id: str) -> Stake:
    """Return what is at stake where a work is dug: whatever may still join it or it may join, or has."""
    mine = or_(Opportunity.work_id == work_id, Opportunity.wanted == work_id)
    sums = session.scalars(select(Opportunity.mid_eur).where(mine, Opportunity.state.in_(_HOLDS))).all()
    return Stake(len(sums), round(math.fsum(sums), 2))
