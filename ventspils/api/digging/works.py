"""Works and needs over HTTP: entered, edited, taken back, and given out with every version."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal  # JSON documents

from fastapi import APIRouter, Query, Response
from pydantic import Field

from gis.register import work_entry, works
from gis.register.models import Work
from gis.register.work_entry import Whereabouts
from gis.sharing.at_stake import stake_of
from gis.streets.geocoding import Described
from ventspils.api.access import Log, PlanningSome, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.etags import IfMatch, check_version, show_version
from ventspils.api.geojson import from_degrees, in_degrees
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.opportunity_watch import bring_up_to_date, changing_chances
from ventspils.centre.state import Centre
from ventspils.core.security.roles import Access

router = APIRouter(prefix="/api/v1", tags=["works"])
Text = Annotated[str, Field(max_length=500)]
Sort = Literal["work", "need", "request"]


class PlaceBody(Body):
    """Where something is in words: a street, from a crossing or house to another, and how long it is said to be."""

    street: Annotated[str, Field(min_length=1, max_length=200)]
    begin: Annotated[str, Field(max_length=200)] = ""
    end: Annotated[str, Field(max_length=200)] = ""
    metres: Annotated[float | None, Field(gt=0, le=1e6)] = None

    def in_words(self) -> Described:
        """Return it as the gazetteer takes it."""
        return Described(**self.model_dump())


class WorkBody(Body):
    """What may be said of a work. `geometry` is GeoJSON in degrees and holds before `place`, which is words."""

    sort: Sort = "work"
    stage: Literal["idea", "planned", "tendered", "contracted", "done", "cancelled"] = "idea"
    title: Text = ""
    kind: Text = "other"
    promoter: Text = ""
    starts_on: Day | None = None
    ends_on: Day | None = None
    earliest_on: Day | None = None
    optimum_on: Day | None = None
    latest_on: Day | None = None
    tender_on: Day | None = None
    permit_request_on: Day | None = None
    moving_eur_per_month: Annotated[float | None, Field(ge=0, le=1e9)] = None
    depth_m: Annotated[float | None, Field(ge=0, le=100, description="how deep it digs")] = None
    diameter_mm: Annotated[float | None, Field(gt=0, le=5000, description="nominal diameter of its pipe")] = None
    network_elements: Text = ""
    contact: Text = ""
    contractor: Text = ""
    site_manager: Text = ""
    phone_24h: Text = ""
    permit_number: Text = ""
    project_number: Text = ""
    condition: Text = ""
    after_work_id: Annotated[str | None, Field(max_length=64)] = None
    is_confidential: bool = False
    note: Annotated[str, Field(max_length=10_000)] = ""
    geometry: dict[str, Any] | None = None
    place: PlaceBody | None = None


class VersionBody(Body):
    """Which version is to hold again."""

    version: Annotated[int, Field(ge=1, le=10**9)]


def values_of(body: WorkBody) -> Json:
    """Return what is said of a work but for where it is."""
    return body.model_dump(exclude={"geometry", "place"})


def whereabouts(centre: Centre, body: WorkBody) -> Whereabouts:
    """Return where a work is said to be."""
    find_shape = None if body.geometry is None else partial(from_degrees, centre, body.geometry)
    return Whereabouts(None if body.place is None else body.place.in_words(), find_shape)


def describe_works(centre: Centre, rows: Sequence[Work], access: Access) -> list[Json]:
    """
    Return works as documents, with how they stand today and their outlines in degrees.

    With whom a work is joined may be a secret: `joint_work_id` is told to those who see everything.
    """
    today = centre.today()
    names = ("id", "feed", "external_id", *works.FIELDS, "version")
    outlines = in_degrees(centre, [works.outline_of(row) for row in rows])
    return [
        {name: getattr(row, name) for name in names}
        | {
            **({} if access.scope.is_all else {"joint_work_id": None}),
            "status": works.status_of(row, today),
            "missing_facts": works.missing_facts(row),
            "warnings": works.warnings_of(row),
            "put_right_by_hand": row.hand_shape is not None,
            "geometry": outline,
        }
        for row, outline in zip(rows, outlines, strict=True)
    ]


def show_work(centre: Centre, access: Access, response: Response, work: Work) -> Json:
    """Return a work as a document, with its version as ETag."""
    show_version(response, work)
    return describe_works(centre, [work], access)[0]


def log_change(log: Log, work: Work, fields: Sequence[str]) -> None:
    """Put on record which fields of a work changed."""
    log(f"{work.sort} changed", work.title, work_id=work.id, fields=list(fields))


@router.get("/works")
def list_works(
    centre: TheCentre,
    session: TheSession,
    access: SurveyingSome,
    page: ThePage,
    sort: Sort = "work",
    unplaced: bool | None = None,
    text: Annotated[str, Query(max_length=100)] = "",
) -> Json:
    """
    List works (or needs, or dig requests) by their start, with their outlines in degrees; `unplaced` ones are to be
    placed.
    """
    rows, total = works.list_works(
        session, access.scope, sort=sort, unplaced=unplaced, text=text, limit=page.limit, start=page.start
    )
    return page.part(describe_works(centre, rows, access), total)


@router.post("/works", status_code=201)
def add_work(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, body: WorkBody
) -> Json:
    """
    Enter a work, a need or a dig request; what is to be published of a planned work and is not known yet is told in
    `warnings`.
    """
    work = work_entry.enter_work(session, access, values_of(body), whereabouts(centre, body), centre.now())
    log(f"{work.sort} added", work.title, work_id=work.id)
    return show_work(centre, access, response, work)


@router.get("/works/{work_id}")
def read_work(centre: TheCentre, session: TheSession, access: SurveyingSome, response: Response, work_id: str) -> Json:
    """Give a work with every version of it."""
    work = works.find_work(session, work_id, access.scope)
    hidden = ("shape", "hand_shape") if access.scope.is_all else ("shape", "hand_shape", "joint_work_id")
    history = [
        {"version": v.version, "at": v.at, "actor": v.actor, "import_id": v.import_id}
        | {name: value for name, value in v.document.items() if name not in hidden}
        for v in works.list_versions(session, work, access.scope)
    ]
    return show_work(centre, access, response, work) | {"history": history}


@router.patch("/works/{work_id}")
def change_work(
    centre: TheCentre,
    access: PlanningSome,
    response: Response,
    work_id: str,
    body: WorkBody,
    if_match: IfMatch = None,
) -> Json:
    """Change a work; a second editor is told what differs from what they meant, and a slip what it costs."""
    bring_up_to_date(centre)
    with changing_chances(centre) as session:
        work = works.find_own(session, work_id, access)
        before, meant = describe_works(centre, [work], access)[0], json.loads(body.model_dump_json(exclude_unset=True))
        check_version(work, if_match, before | {"difference": _difference(before, meant)})
        stake = stake_of(session, work_id)
        changes = body.model_dump(exclude_unset=True, exclude={"geometry", "place"})
        work_entry.edit_work(session, access, work, changes, whereabouts(centre, body), centre.now())
        log_change(Log(session, access.caller.name, centre.now()), work, sorted(meant))
    with centre.sessions() as session:
        shown = show_work(centre, access, response, works.find_own(session, work_id, access))
        return shown | {"at_stake": {"before": asdict(stake), "now": asdict(stake_of(session, work_id))}}


def _difference(before: Mapping[str, Any], meant: Mapping[str, Any]) -> Json:
    """Return the fields in which a work is not as somebody means it, each with both."""
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in before.items()}
    return {n: {"present": before[n], "yours": v} for n, v in meant.items() if n in plain and plain[n] != v}


@router.delete("/works/{work_id}")
def remove_work(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, work_id: str
) -> Json:
    """Take a work back; `restore` brings it again."""
    work = work_entry.take_back(session, access, work_id, centre.now())
    log_change(log, work, ["removed"])
    return show_work(centre, access, response, work)


@router.post("/works/{work_id}/restore")
def restore_work(
    centre: TheCentre,
    session: TheSession,
    access: PlanningSome,
    log: TheLog,
    response: Response,
    work_id: str,
    body: VersionBody,
) -> Json:
    """Make a work what it was at a version; that is a new version."""
    work = work_entry.restore_work(session, access, work_id, body.version, centre.now())
    log_change(log, work, [f"as in version {body.version}"])
    return show_work(centre, access, response, work)
