"""Street sections in the register: which of them a dig opens, put right by hand, and those of a part of the town."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gis.register import works
from gis.register.models import Work
from gis.register.streets import TownStreets, load_town
from gis.streets import opened_edges
from ventspils.core.errors import UsageError
from ventspils.core.security.roles import Access


@dataclass(frozen=True)
class Section:
    """A street edge by its number in the present street graph, and which share of it a dig opens."""

    edge: int
    name: str
    shape: BaseGeometry
    share: float = 1.0


def opened_sections(town: TownStreets, work: Work) -> list[Section]:
    """Return the street edges that a work opens; none while it has no place."""
    outline, graph = works.outline_of(work), town.streets.graph
    found = opened_edges(outline, graph.shapes) if outline is not None else []
    return [Section(edge, town.streets.names[edge], graph.shapes[edge], share) for edge, share in found]


def put_on_sections(session: Session, access: Access, work: Work, edges: Sequence[int], now: datetime) -> None:
    """
    Say which street edges a work opens; that holds, also when its file comes again, until none are said.

    Raises:
        UsageError: an edge that is not in the present street graph.
    """
    shapes = load_town(session).streets.graph.shapes
    if strangers := [edge for edge in edges if edge >= len(shapes)]:
        raise UsageError(f"Edge {strangers[0]} is none of the {len(shapes)} of the street graph.")
    lines = shapely.line_merge(shapely.multilinestrings([shapes[edge] for edge in edges])) if edges else None
    work.hand_shape = None if lines is None else shapely.to_wkb(lines)
    works.keep_version(session, work, access.caller.name, now)


def sections_within(session: Session, area: BaseGeometry, *, limit: int, start: int) -> tuple[list[Section], int]:
    """Return a part of the street edges within an area in the town's CRS, and how many there are in all."""
    streets = load_town(session).streets
    chosen = shapely.STRtree(streets.graph.shapes).query(area, predicate="intersects")
    chosen.sort()
    part = chosen[start : start + limit].tolist()
    return [Section(edge, streets.names[edge], streets.graph.shapes[edge]) for edge in part], len(chosen)


def list_street_names(session: Session, crossing: str = "") -> list[str]:
    """Return the names of the streets, or of those that cross one."""
    gazetteer = load_town(session).gazetteer
    return gazetteer.crossings(crossing) if crossing else gazetteer.names()
