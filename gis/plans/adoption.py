"""A plan made the town's own by a planner."""

from datetime import datetime

from sqlalchemy.orm import Session

from gis.plans.records import find_done
from gis.register import PlanAdoption, is_on_streets, load_town
from ventspils.core.errors import ConflictError, UsageError


def adopt_plan(session: Session, plan_id: str, name: str, note: str, actor: str, now: datetime) -> PlanAdoption:
    """
    Make a plan the town's own from now on.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it is not done, or was made for other streets than there are now.
        UsageError: it gets no name.
    """
    row = find_done(session, plan_id, "adopted")
    if not name.strip():
        raise UsageError("Give the plan a name, under which the town will know it.")
    if not is_on_streets(row.result["certificate"]["input_version"], load_town(session).version):
        raise ConflictError("The streets were taken in anew since this plan was made; make a new one and adopt that.")
    adoption = PlanAdoption(plan_id=row.id, name=name.strip(), note=note.strip(), at=now, actor=actor)
    session.add(adoption)
    session.flush()
    return adoption
