"""Cable routes in the ground: which there are, and where fibre is for it."""

from typing import Any  # JSON documents

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import CableRoute, DigImport
from gis.register.streets import TownStreets
from gis.streets import Ints

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


def describe_route(route: CableRoute) -> dict[str, Any]:
    """Return a cable route as a document."""
    names = ("id", "name", "owner", "state", "ducts", "free_ducts", "built_on", "source", "plan_id", "version")
    return {name: getattr(route, name) for name in names}
