"""Street sections over HTTP: which of them a dig opens, and putting that right."""

import json
from typing import Annotated

import shapely
from fastapi import APIRouter, Query, Response
from pydantic import Field

from gis.register import street_sections, works
from gis.register.streets import load_town
from ventspils.api.access import PlanningSome, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.digging.works import describe_works, log_change, show_work
from ventspils.api.etags import IfMatch, check_version
from ventspils.api.geojson import from_degrees, in_degrees
from ventspils.api.paging import Body, Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["works"])


Longitude = Annotated[float, Query(ge=-180, le=180)]
Latitude = Annotated[float, Query(ge=-90, le=90)]


class EdgesBody(Body):
    """
    The street edges that a work opens, by their numbers in the present street graph; none puts back
    what was told.
    """

    edges: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=5000)]


@router.get("/works/{work_id}/edges")
def read_edges(centre: TheCentre, session: TheSession, access: SurveyingSome, work_id: str) -> Json:
    """
    Give the street edges that a work opens, with the share of each that it covers; their numbers are those of the
    present graph.
    """
    work = works.find_work(session, work_id, access.scope)
    town = load_town(session)
    found = street_sections.opened_sections(town, work)
    shapes = in_degrees(centre, [section.shape for section in found])
    items = [
        {"edge": each.edge, "name": each.name, "share": round(each.share, 3), "geometry": shape,
         "length_m": round(float(each.shape.length), 1)}
        for each, shape in zip(found, shapes, strict=True)
    ]  # fmt: skip
    is_by_hand = work.hand_shape is not None
    return {"work_id": work.id, "streets_version": town.version, "put_right_by_hand": is_by_hand, "edges": items}


@router.put("/works/{work_id}/edges")
def put_edges(
    centre: TheCentre,
    session: TheSession,
    access: PlanningSome,
    log: TheLog,
    response: Response,
    work_id: str,
    body: EdgesBody,
    if_match: IfMatch = None,
) -> Json:
    """Say which street edges a work opens; that holds, also when its file comes again, until none are said."""
    work = works.find_own(session, work_id, access)
    check_version(work, if_match, describe_works(centre, [work], access)[0])
    street_sections.put_on_sections(session, access, work, body.edges, centre.now())
    log_change(log, work, ["edges"])
    return show_work(centre, access, response, work)


@router.get("/street-edges")
def find_edges(
    centre: TheCentre,
    session: TheSession,
    access: SurveyingSome,
    page: ThePage,
    west: Longitude,
    south: Latitude,
    east: Longitude,
    north: Latitude,
) -> Json:
    """List the street edges within a box in degrees, to choose from."""
    box = from_degrees(centre, json.loads(shapely.to_geojson(shapely.box(west, south, east, north))))
    found, total = street_sections.sections_within(session, box, limit=page.limit, start=page.start)
    shapes = in_degrees(centre, [section.shape for section in found])
    items = [{"edge": s.edge, "name": s.name, "geometry": shape} for s, shape in zip(found, shapes, strict=True)]
    return page.part(items, total)


@router.get("/street-names")
def list_street_names(
    session: TheSession, access: SurveyingSome, page: ThePage, crossing: Annotated[str, Query(max_length=200)] = ""
) -> Json:
    """List the names of the streets, or of those that cross one."""
    return page.of([{"name": name} for name in street_sections.list_street_names(session, crossing)])
