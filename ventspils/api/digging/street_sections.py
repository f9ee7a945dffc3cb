"""Street sections over HTTP: which of them a dig opens, and putting that right."""

import json
from typing import Annotated

import shapely
from fastapi import APIRouter, Query, Response
from pydantic import Field

from gis.register import works
from gis.register.streets import load_town
from gis.streets.matching import opened_edges
from ventspils.api.access import PlanningSome, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.digging.works import describe_works, find_own, from_degrees, in_degrees, keep_change
from ventspils.api.etags import IfMatch, check_version
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.errors import UsageError

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
    town, outline = load_town(session), works.outline_of(work)
    graph = town.streets.graph
    found = opened_edges(outline, graph.shapes) if outline is not None else []
    shapes = in_degrees(centre, [graph.shapes[edge] for edge, _ in found])
    items = [
        {
            "edge": edge,
            "name": town.streets.names[edge],
            "share": round(share, 3),
            "geometry": shape,
            "length_m": round(float(graph.shapes[edge].length), 1),
        }
        for (edge, share), shape in zip(found, shapes, strict=True)
    ]
    return {
        "work_id": work.id,
        "streets_version": town.version,
        "put_right_by_hand": work.hand_shape is not None,
        "edges": items,
    }


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
    work = find_own(session, work_id, access)
    check_version(work, if_match, describe_works(centre, [work], access)[0])
    shapes = load_town(session).streets.graph.shapes
    if strangers := [edge for edge in body.edges if edge >= len(shapes)]:
        raise UsageError(f"Edge {strangers[0]} is none of the {len(shapes)} of the street graph.")
    lines = shapely.line_merge(shapely.multilinestrings([shapes[edge] for edge in body.edges])) if body.edges else None
    work.hand_shape = None if lines is None else shapely.to_wkb(lines)
    return keep_change(centre, session, access, log, response, work, ["edges"])


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
    town = load_town(session)
    box = from_degrees(centre, json.loads(shapely.to_geojson(shapely.box(west, south, east, north))))
    chosen = shapely.STRtree(town.streets.graph.shapes).query(box, predicate="intersects")
    chosen.sort()
    part = [int(edge) for edge in chosen[page.start : page.start + page.limit]]
    shapes = in_degrees(centre, [town.streets.graph.shapes[edge] for edge in part])
    items = [
        {"edge": edge, "name": town.streets.names[edge], "geometry": shape}
        for edge, shape in zip(part, shapes, strict=True)
    ]
    return page.part(items, len(chosen))


@router.get("/street-names")
def list_street_names(
    session: TheSession, access: SurveyingSome, page: ThePage, crossing: Annotated[str, Query(max_length=200)] = ""
) -> Json:
    """List the names of the streets, or of those that cross one."""
    gazetteer = load_town(session).gazetteer
    return page.of([{"name": name} for name in (gazetteer.crossings(crossing) if crossing else gazetteer.names())])
