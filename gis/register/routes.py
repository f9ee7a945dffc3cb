"""Cable routes in the ground: which there are, and where fibre is for it."""

from typing import Any  # JSON documents

import numpy as np
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import CableRoute, DigImport
from gis.register.sites import present_sites
from gis.register.streets import TownStreets
from gis.streets import FURTHEST_SITE_M, Ints, nearest_nodes

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
    """
    Return the street nodes where fibre is: on cable routes of which some duct is in use.

    A route that was taken in has fibre as it stands. One that was built by a plan has it as far as it is joined to such
    a route, or to a building that has fibre: what hangs on nothing lights nothing.
    """
    used = [route for route in present_routes(session) if route.free_ducts < route.ducts]
    if not used:
        return np.empty(0, np.int64)
    shapes = shapely.from_wkb([route.shape for route in used])
    parts = [
        (part, r.plan_id is None) for r, shape in zip(used, shapes, strict=True) for part in shapely.get_parts(shape)
    ]
    points = shapely.points(town.streets.graph.node_xy)
    lines = np.array([part for part, _ in parts], np.object_)
    nodes, on = shapely.STRtree(lines).query(points, predicate="dwithin", distance=_ROUTE_M)
    begun = np.union1d(_nodes_with_fibre(session, town), nodes[np.array([lit for _, lit in parts])[on]])
    return _joined(begun, nodes, on, len(points))


def _nodes_with_fibre(session: Session, town: TownStreets) -> Ints:
    """Return the street nodes on which buildings that had fibre from the beginning hang."""
    having = [site for site in present_sites(session) if site.has_fibre]
    if not having:
        return np.empty(0, np.int64)
    near, far = nearest_nodes(town.streets.graph.node_xy, np.array([[site.x_m, site.y_m] for site in having]))
    return near[far <= FURTHEST_SITE_M]


def _joined(begun: Ints, nodes: Ints, on: Ints, count: int) -> Ints:
    """Return the nodes on lines to which a way leads along lines from the first ones; line `on[i]` has `nodes[i]`."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    lines = int(on.max(initial=-1)) + 1
    root = count + lines
    ends = np.concatenate([nodes, begun]), np.concatenate([count + on, np.full(len(begun), root)])
    _, part = connected_components(coo_matrix((np.ones(len(ends[0])), ends), (root + 1, root + 1)), directed=False)
    on_lines = np.unique(nodes)
    return np.asarray(on_lines[part[on_lines] == part[root]])


def describe_route(route: CableRoute) -> dict[str, Any]:
    """Return a cable route as a document."""
    names = ("id", "name", "owner", "state", "ducts", "free_ducts", "built_on", "source", "plan_id", "version")
    return {name: getattr(route, name) for name in names}
