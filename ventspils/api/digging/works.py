"""
Works, needs, dig requests and emergencies over HTTP: entered, edited, put right on the streets, taken back, and given
out.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal  # JSON documents
from uuid import uuid4

import shapely
from fastapi import APIRouter, Query, Response
from pydantic import Field
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis.reading.geojson import make_shape
from gis.reading.records import ReadingError, check_shape
from gis.reading.systems import to_town
from gis.register import works
from gis.register.imports import present_routes
from gis.register.models import Work, WorkVersion
from gis.register.streets import load_town
from gis.streets.geocoding import Described, UnplacedError
from ventspils.api.access import PlanningSome, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.etags import IfMatch, check_version, show_version
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.state import Centre
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.security.roles import Access, NotAllowedError

router = APIRouter(prefix="/api/v1", tags=["works"])
BY_HAND = "by hand"
Text = Annotated[str, Field(max_length=500)]
Sort = Literal["work", "need", "request"]
_MOST_OF_A_REQUEST_M = 2_000.0
_ROUTES_WITHIN_M = 20.0  # of a dig request; what lies further away is not touched by a dig drawn by hand


class PlaceBody(Body):
    """Where something is in words: a street, from a crossing or house to another, and how long it is said to be."""

    street: Annotated[str, Field(min_length=1, max_length=200)]
    begin: Annotated[str, Field(max_length=200)] = ""
    end: Annotated[str, Field(max_length=200)] = ""
    metres: Annotated[float | None, Field(gt=0, le=1e6)] = None


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


class EmergencyBody(Body):
    """A dig that cannot wait: where, who, and how to reach them; nothing else is asked."""

    place: PlaceBody
    promoter: Annotated[str, Field(min_length=1, max_length=200)]
    phone_24h: Annotated[str, Field(min_length=1, max_length=100)]
    note: Annotated[str, Field(max_length=10_000)] = ""


class VersionBody(Body):
    """Which version is to hold again."""

    version: Annotated[int, Field(ge=1, le=10**9)]


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
    fits = [Work.removed_at.is_(None), Work.sort == sort, works.seen_by(access.scope)]
    if unplaced is not None:
        is_unplaced = Work.shape.is_(None) & Work.hand_shape.is_(None)
        fits.append(is_unplaced if unplaced else ~is_unplaced)
    if text:
        fits.append(func.lower(Work.title + " " + Work.promoter).contains(text.lower(), autoescape=True))
    total = session.scalar(select(func.count()).select_from(Work).where(*fits)) or 0
    rows = session.scalars(
        select(Work).where(*fits).order_by(Work.starts_on, Work.title, Work.id).limit(page.limit).offset(page.start)
    ).all()
    return page.part(describe_works(centre, rows, access), total)


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
            "put_right_by_hand": row.hand_shape is not None,
            "geometry": outline,
        }
        for row, outline in zip(rows, outlines, strict=True)
    ]


def in_degrees(centre: Centre, shapes: Sequence[BaseGeometry | None]) -> list[Json | None]:
    """Return shapes in the town's CRS as GeoJSON; None stays None."""
    known = [shape for shape in shapes if shape is not None]
    moved = iter(to_town(known, centre.settings.town.crs, "OGC:CRS84")[0] if known else ())
    return [None if shape is None else json.loads(shapely.to_geojson(next(moved))) for shape in shapes]


@router.post("/works", status_code=201)
def add_work(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, body: WorkBody
) -> Json:
    """
    Enter a work, a need or a dig request; from the stage `planned` on a work needs the facts that
    are to be published.
    """
    work = _enter(centre, session, access, body.model_dump(exclude={"geometry", "place"}), body.geometry, body.place)
    log(f"{work.sort} added", work.title, work_id=work.id)
    show_version(response, work)
    return describe_works(centre, [work], access)[0]


def _enter(
    centre: Centre,
    session: Session,
    access: Access,
    values: Mapping[str, Any],
    geometry: Json | None,
    place: PlaceBody | None,
) -> Work:
    _require_party(access, values["promoter"])
    work = works.new_work(BY_HAND, uuid4().hex, values)
    _put(centre, session, work, geometry, place)
    works.change(session, work, {"title": work.title or _title(work)})
    works.keep_version(session, work, access.caller.name, centre.now())
    return work


def _title(work: Work) -> str:
    place = work.place or {}
    ends = [place[name] for name in ("begin", "end") if place.get(name)]
    return " ".join([place.get("street", ""), " – ".join(ends)]).strip()


def _require_party(access: Access, promoter: str) -> None:
    if not access.scope.has_party(promoter):
        raise NotAllowedError(f"Your roles do not allow to {access.action} for {promoter or 'nobody'!r}.")


def _put(centre: Centre, session: Session, work: Work, geometry: Json | None, place: PlaceBody | None) -> None:
    """Put a work where it is said to be; words that do not say it for certain leave it to be placed by hand."""
    if place is not None:
        work.shape, unplaced = None, ""
        try:
            work.shape = shapely.to_wkb(load_town(session).gazetteer.place(Described(**place.model_dump())).shape)
        except UnplacedError as error:
            unplaced = str(error)
        work.place = place.model_dump() | {"unplaced": unplaced}
    if geometry is not None:
        work.shape = shapely.to_wkb(from_degrees(centre, geometry))


def _move(centre: Centre, session: Session, work: Work, body: WorkBody) -> None:
    """
    Put a known work elsewhere: words hold before what was put right by hand before, a shape is itself put right by
    hand.
    """
    if body.place is not None:
        _put(centre, session, work, None, body.place)
        work.hand_shape = None
    if body.geometry is not None:
        work.hand_shape = shapely.to_wkb(from_degrees(centre, body.geometry))


def from_degrees(centre: Centre, geometry: Json) -> BaseGeometry:
    """
    Return GeoJSON in degrees as a shape in the town's CRS.

    Raises:
        UsageError: it is no geometry, or lies where the town's CRS does not reach.
    """
    try:
        checked, _ = check_shape(make_shape(geometry)[0])
    except ReadingError as error:
        raise UsageError(f"The geometry cannot be used: {error}.") from None
    (moved,), (reason,) = to_town([checked], "OGC:CRS84", centre.settings.town.crs)
    if reason is not None:
        raise UsageError(f"The place cannot be used: {reason}.")
    return moved


@router.get("/works/{work_id}")
def read_work(centre: TheCentre, session: TheSession, access: SurveyingSome, response: Response, work_id: str) -> Json:
    """Give a work with every version of it."""
    work = works.find_work(session, work_id, access.scope)
    versions = session.scalars(select(WorkVersion).where(WorkVersion.work_id == work.id).order_by(WorkVersion.version))
    history = [
        {"version": v.version, "at": v.at, "actor": v.actor, "import_id": v.import_id}
        | {name: value for name, value in v.document.items() if name not in ("shape", "hand_shape")}
        for v in versions
        if not v.document["is_confidential"] or access.scope.has_party(v.document["promoter"])
    ]
    if not access.scope.is_all:
        for told in history:
            del told["joint_work_id"]
    show_version(response, work)
    return describe_works(centre, [work], access)[0] | {"history": history}


@router.patch("/works/{work_id}")
def change_work(
    centre: TheCentre,
    session: TheSession,
    access: PlanningSome,
    log: TheLog,
    response: Response,
    work_id: str,
    body: WorkBody,
    if_match: IfMatch = None,
) -> Json:
    """Change a work; a second editor is told what differs from what they meant."""
    work = find_own(session, work_id, access)
    changes = body.model_dump(exclude_unset=True, exclude={"geometry", "place"})
    before = describe_works(centre, [work], access)[0]
    meant = json.loads(body.model_dump_json(exclude_unset=True))
    differs = {
        n: {"present": before[n], "yours": v} for n, v in meant.items() if n in before and _plain(before[n]) != v
    }
    check_version(work, if_match, before | {"difference": differs})
    if "promoter" in changes:
        _require_party(access, changes["promoter"])
    _move(centre, session, work, body)
    works.change(session, work, changes)
    return keep_change(centre, session, access, log, response, work, sorted(meant))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def find_own(session: Session, work_id: str, access: Access) -> Work:
    """
    Return a work that a caller may change.

    Raises:
        NotFoundError: there is none that the caller may see.
        NotAllowedError: it is somebody else's.
    """
    work = works.find_work(session, work_id, access.scope)
    _require_party(access, work.promoter)
    return work


def keep_change(
    centre: Centre, session: Session, access: Access, log: Any, response: Response, work: Work, fields: Sequence[str]
) -> Json:
    """Keep a work as it is now as a version, log which fields changed, and return it as a document."""
    works.keep_version(session, work, access.caller.name, centre.now())
    log(f"{work.sort} changed", work.title, work_id=work.id, fields=list(fields))
    show_version(response, work)
    return describe_works(centre, [work], access)[0]


@router.delete("/works/{work_id}")
def remove_work(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, work_id: str
) -> Json:
    """Take a work back; `restore` brings it again."""
    work = find_own(session, work_id, access)
    work.removed_at = centre.now()
    return keep_change(centre, session, access, log, response, work, ["removed"])


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
    work, kept = session.get(Work, work_id), session.get(WorkVersion, (work_id, body.version))
    if work is None or kept is None or not access.scope.has_party(work.promoter):
        raise NotFoundError(f"Version {body.version} of work {work_id!r} is unknown.")
    _require_party(access, kept.document["promoter"])
    works.restore(work, kept, centre.now())
    return keep_change(centre, session, access, log, response, work, [f"as in version {body.version}"])


@router.post("/emergencies", status_code=201)
def add_emergency(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, body: EmergencyBody
) -> Json:
    """Enter a dig that cannot wait: it begins today, and what else is to be told can follow."""
    values = {
        "sort": "work", "stage": "contracted", "kind": "emergency", "promoter": body.promoter,
        "phone_24h": body.phone_24h,
        "note": body.note, "starts_on": centre.today(), "is_emergency": True,
    }  # fmt: skip
    work = _enter(centre, session, access, values, None, body.place)
    log("emergency added", work.title, work_id=work.id)
    show_version(response, work)
    return describe_works(centre, [work], access)[0]


@router.post("/dig-requests", status_code=201)
def add_request(
    centre: TheCentre, session: TheSession, access: PlanningSome, log: TheLog, response: Response, body: WorkBody
) -> Json:
    """
    Take a dig request; it answers with the cable routes there and the town's conditions. `PATCH` to sort `work` makes
    it one.
    """
    values = body.model_dump(exclude={"geometry", "place"}) | {"sort": "request"}
    work = _enter(centre, session, access, values, body.geometry, body.place)
    log("dig request taken", work.title, work_id=work.id)
    show_version(response, work)
    return describe_works(centre, [work], access)[0] | _near_routes(centre, session, access, work)


@router.get("/works/{work_id}/routes")
def read_routes_near(centre: TheCentre, session: TheSession, access: SurveyingSome, work_id: str) -> Json:
    """Give the cable routes where a work is to dig, with the town's conditions."""
    return _near_routes(centre, session, access, works.find_work(session, work_id, access.scope))


def _refuse_whole_town(access: Access, outline: BaseGeometry | None) -> None:
    """Refuse to tell whoever does not see the network of more of it than one dig can touch."""
    if access.scope.is_all or outline is None:
        return
    west, south, east, north = outline.bounds
    if max(east - west, north - south) > _MOST_OF_A_REQUEST_M:
        raise UsageError(
            f"A dig request reaches over {_MOST_OF_A_REQUEST_M:.0f} m at most; ask for the part that is to be dug."
        )


def _near_routes(centre: Centre, session: Session, access: Access, work: Work) -> Json:
    outline = works.outline_of(work)
    _refuse_whole_town(access, outline)
    found = []
    if outline is not None:
        for route in present_routes(session):
            line = shapely.from_wkb(route.shape)
            if (metres := float(shapely.distance(line, outline))) <= _ROUTES_WITHIN_M:
                near = shapely.intersection(line, shapely.buffer(outline, _ROUTES_WITHIN_M))
                found.append(
                    {
                        "id": route.id,
                        "name": route.name,
                        "owner": route.owner,
                        "distance_m": round(metres, 1),
                        "shape": near,
                    }
                )
    for item, shape in zip(found, in_degrees(centre, [item.pop("shape") for item in found]), strict=True):
        item["geometry"] = shape
    return {
        "is_placed": outline is not None,
        "within_m": _ROUTES_WITHIN_M,
        "routes": sorted(found, key=lambda r: r["distance_m"]),
        "conditions": centre.settings.town.dig_conditions,
    }
