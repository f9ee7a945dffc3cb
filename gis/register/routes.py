"""Cable routes that plans became: the streets of a period, once they are built."""

import uuid
from datetime import date

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import CableRoute, DigSite, PlanRow
from gis.register.streets import TownStreets
from ventspils.core.errors import ConflictError, UsageError


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
