"""Conflicts over HTTP: digs of different clients in one place at one time, and digs where it is closed."""

from typing import Annotated

from fastapi import APIRouter, Query

from gis.register import conflicts
from ventspils.api.access import SurveyingSome, TheSession
from ventspils.api.paging import Day, Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["chances"])


@router.get("/conflicts")
def list_conflicts(
    session: TheSession,
    access: SurveyingSome,
    page: ThePage,
    within_m: Annotated[float, Query(ge=0, le=1000)] = 5,
    since: Day | None = None,
) -> Json:
    """
    List digs of different clients in one place at one time, and digs where it is closed; `since` leaves out what is
    over.
    """
    found = conflicts.list_conflicts(session, access.scope, within_m=within_m, since=since)
    return page.of([_describe(named) for named in found])


def _describe(named: conflicts.NamedConflict) -> Json:
    of_both = ("kind", "first", "second", "distance_m", "since", "until")
    of_each = ("first_title", "first_promoter", "second_title", "second_promoter")
    both = {name: getattr(named.conflict, name) for name in of_both}
    return both | {name: getattr(named, name) for name in of_each}
