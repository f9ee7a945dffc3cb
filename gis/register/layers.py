"""Layers of the register as they are given out: what each thing is called and where it is, in the town's CRS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal  # rows of any table

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import Work
from gis.register.moratoria import present_moratoria
from gis.register.routes import present_routes
from gis.register.sites import present_sites
from gis.register.streets import load_town
from gis.register.works import outline_of, seen_by
from ventspils.core.security.roles import NotAllowedError, Scope

LayerName = Literal["works", "needs", "requests", "streets", "sites", "routes", "moratoria"]
_NETWORK = ("sites", "routes")  # what a partner does not see


@dataclass(frozen=True)
class Layer:
    """The things of a layer: their properties, and their shapes in the same order; None of what has no place yet."""

    properties: list[dict[str, Any]]
    shapes: list[BaseGeometry | None]


def find_layer(session: Session, name: LayerName, scope: Scope) -> Layer:
    """
    Return what a caller may see of a layer.

    Raises:
        NotAllowedError: it is of the network, which the caller does not see.
    """
    if name in _NETWORK and not scope.is_all:
        raise NotAllowedError("Your roles do not allow to see the network.")
    return _LAYERS[name](session, scope)


def _fields(rows: Sequence[Any], *names: str) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in names} for row in rows]


def _works(sort: str) -> Callable[[Session, Scope], Layer]:
    def find(session: Session, scope: Scope) -> Layer:
        fits = (Work.removed_at.is_(None), Work.sort == sort, seen_by(scope))
        rows = session.scalars(select(Work).where(*fits).order_by(Work.id)).all()
        names = ("id", "title", "kind", "promoter", "stage", "starts_on", "ends_on", "depth_m", "diameter_mm")
        return Layer(_fields(rows, *names), [outline_of(row) for row in rows])

    return find


def _streets(session: Session, _: Scope) -> Layer:
    streets = load_town(session).streets
    rows = zip(streets.names, streets.kinds, streets.surfaces, streets.bridges.tolist(), strict=True)
    fields = [{"edge": edge, "name": n, "kind": k, "surface": s, "bridge": b} for edge, (n, k, s, b) in enumerate(rows)]
    return Layer(fields, list(streets.graph.shapes))


def _sites(session: Session, _: Scope) -> Layer:
    rows = present_sites(session)
    names = ("id", "name", "has_fibre", "prize_eur_per_year", "connect_by", "connected_on")
    return Layer(_fields(rows, *names), [shapely.Point(row.x_m, row.y_m) for row in rows])


def _routes(session: Session, _: Scope) -> Layer:
    rows = present_routes(session)
    names = ("id", "name", "owner", "ducts", "free_ducts", "built_on", "source")
    return Layer(_fields(rows, *names), [shapely.from_wkb(row.shape) for row in rows])


def _moratoria(session: Session, scope: Scope) -> Layer:
    rows = present_moratoria(session, scope)
    return Layer(_fields(rows, "id", "reason", "since", "until"), [row.shape for row in rows])


_LAYERS: Mapping[str, Callable[[Session, Scope], Layer]] = {
    "works": _works("work"), "needs": _works("need"), "requests": _works("request"), "streets": _streets,
    "sites": _sites, "routes": _routes, "moratoria": _moratoria,
}  # fmt: skip
