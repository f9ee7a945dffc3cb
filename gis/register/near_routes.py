"""Cable routes where somebody is to dig: what a dig request is answered with."""

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gis.register.models import Work
from gis.register.routes import present_routes
from gis.register.works import outline_of
from ventspils.core.errors import UsageError
from ventspils.core.security.roles import Scope

NEAR_M = 20.0  # of a dig; what lies further away is not touched by a dig drawn by hand
_MOST_OF_A_REQUEST_M = 2_000.0


@dataclass(frozen=True)
class NearRoute:
    """The part of a cable route that lies near a dig (in the town's CRS), and how far from it."""

    id: str
    name: str
    owner: str
    distance_m: float
    shape: BaseGeometry


def find_near_routes(session: Session, work: Work, scope: Scope) -> list[NearRoute]:
    """
    Return the cable routes where a work is to dig, the nearest first; none while it has no place.

    Raises:
        UsageError: the caller does not see the network, and asks for more of it than one dig can touch.
    """
    outline = outline_of(work)
    if outline is None:
        return []
    _refuse_whole_town(outline, scope)
    around, found = shapely.buffer(outline, NEAR_M), []
    for route in present_routes(session):
        line = shapely.from_wkb(route.shape)
        metres = float(shapely.distance(line, outline))
        if metres <= NEAR_M:
            near = shapely.intersection(line, around)
            found.append(NearRoute(route.id, route.name, route.owner, round(metres, 1), near))
    return sorted(found, key=lambda route: route.distance_m)


def _refuse_whole_town(outline: BaseGeometry, scope: Scope) -> None:
    if scope.is_all:
        return
    west, south, east, north = outline.bounds
    if max(east - west, north - south) > _MOST_OF_A_REQUEST_M:
        raise UsageError(
            f"A dig request reaches over {_MOST_OF_A_REQUEST_M:.0f} m at most; ask for the part that is to be dug."
        )
