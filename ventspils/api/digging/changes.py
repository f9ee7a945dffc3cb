"""Works that moved over HTTP, with the chances that hang on them."""

from dataclasses import asdict

from fastapi import APIRouter

from gis.sharing.changes import MovedWork, list_moved_works
from ventspils.api.access import SurveyingSome, TheCentre, TheSession
from ventspils.api.paging import Day, Json, ThePage
from ventspils.centre.opportunity_watch import as_of

router = APIRouter(prefix="/api/v1", tags=["chances"])


@router.get("/changes")
def list_changes(centre: TheCentre, session: TheSession, access: SurveyingSome, page: ThePage, since: Day) -> Json:
    """
    List works whose dates moved since a day, how far, and the chances that hang on them with their euro; the dearest
    first.
    """
    known_as_of = as_of(centre)
    found = list_moved_works(session, access.scope, since)
    return page.of([_describe(moved) for moved in found]) | {"as_of": known_as_of}


def _describe(moved: MovedWork) -> Json:
    work, names = moved.work, ("id", "owner", "state", "mid_eur", "moved", "last_day")
    return {
        "work_id": work.id, "title": work.name, "promoter": work.promoter, "was": asdict(moved.was),
        "now": asdict(moved.now), "removed": work.removed_at is not None, "days": moved.days,
        "chances": [{name: getattr(o, name) for name in names} for o in moved.chances],
        "at_stake_eur": moved.at_stake_eur,
    }  # fmt: skip
