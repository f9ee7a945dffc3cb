"""Cable routes in the ground: those of files, and the streets of a plan's period once they are built."""

import uuid
from datetime import date
from typing import Any  # JSON documents

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import CableRoute, DigImport, DigSite, PlanRow
from gis.register.streets import TownStreets
from gis.streets.graph import Ints
from ventspils.core.errors import ConflictError, UsageError

_ROUTE_M = 3.0


def present_routes(session: Session) -> list[CableRoute]:
    """
    Return the cable routes that are in the ground: of each name, owner and line the latest from imports that were not
    undone.
    """
    rows = session.scalars(
        select(CableRoute)
        .outerjoin(DigImport, DigImport.id == CableRoute.import_id)
        .where(CableRoute.state == "built", DigImport.undone_at.is_(None))
        .order_by(DigImport.at, CableRoute.name, CableRoute.id)
    )
    return list({(row.name, row.owner, row.shape): row for row in rows}.values())


def lit_nodes(session: Session, town: TownStreets) -> Ints:
    """Return the street nodes on cable routes of which some duct is in use: fibre is there."""
    lines = [shapely.from_wkb(r.shape) for r in present_routes(session) if r.free_ducts < r.ducts]
    if not lines:
        return np.empty(0, np.int64)
    points = shapely.points(town.streets.graph.node_xy)
    near, _ = shapely.STRtree(np.array(lines, np.object_)).query(points, predicate="dwithin", distance=_ROUTE_M)
    return np.unique(near).astype(np.int64)


def build_sections(
    session: Session,
    plan: PlanRow,
    period: int,
    town: TownStreets,
    *,
    owner: str,
    built_on: date,
    ducts: int,
    free_ducts: int,
    document: str,
) -> CableRoute:
    """
    Make the streets of a plan's period a cable route.

    Raises:
        UsageError: the plan lays nothing in that period, or more ducts would be free than there are.
        ConflictError: that period was built already, or the streets are not those of the plan any more.
    """
    result = plan.result
    if period >= len(result["periods"]):
        raise UsageError(f"The plan has the periods 0 to {len(result['periods']) - 1}.")
    if free_ducts > ducts:
        raise UsageError(f"{free_ducts} ducts cannot be free of {ducts}.")
    if not result["certificate"]["input_version"].startswith(town.version[:12]):
        raise ConflictError(
            "The street graph was changed since this plan; take the line in from an as-built file instead."
        )
    name = f"{plan.id} {result['periods'][period]['name']}"
    if session.scalar(select(CableRoute.id).where(CableRoute.plan_id == plan.id, CableRoute.name == name)):
        raise ConflictError(f"Period {result['periods'][period]['name']} of this plan was built already.")
    edges = [result["street_edges"][edge] for edge, t, _ in result["build"] if t == period]
    streets = [edge for edge in edges if edge >= 0]
    if not streets:
        raise UsageError(f"The plan lays nothing in the streets in {result['periods'][period]['name']}.")
    shape = shapely.line_merge(shapely.multilinestrings(town.streets.graph.shapes[streets].tolist()))
    route = CableRoute(
        id=uuid.uuid4().hex[:16],
        name=name,
        owner=owner,
        state="built",
        ducts=ducts,
        free_ducts=free_ducts,
        built_on=built_on,
        source=document or "as planned",
        plan_id=plan.id,
        import_id=None,
        shape=shapely.to_wkb(shape),
        version=1,
    )
    session.add(route)
    connected = select(DigSite.name).where(DigSite.id.in_(result["periods"][period]["sites_connected"]))
    for site in session.scalars(select(DigSite).where(DigSite.name.in_(connected))):
        site.connected_on = built_on  # in every version of it, so that undoing a file forgets no connection
    session.flush()
    return route


def describe_route(route: CableRoute) -> dict[str, Any]:
    """Return a cable route as a document."""
    names = ("id", "name", "owner", "state", "ducts", "free_ducts", "built_on", "source", "plan_id", "version")
    return {name: getattr(route, name) for name in names}
