"""The digging half given out: every layer as GeoJSON (RFC 7946), works as calendar and as GeoPackage."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Literal  # rows of any table

import shapely
from fastapi import APIRouter, Response
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import geopackage, moratoria, works
from gis.register.imports import present_routes, present_sites
from gis.register.models import Work
from gis.register.streets import load_town
from ventspils.api.access import SurveyingSome, TheCentre, TheSession
from ventspils.api.digging.works import in_degrees
from ventspils.api.paging import Json
from ventspils.core.security.roles import Access, NotAllowedError

router = APIRouter(prefix="/api/v1", tags=["layers"])
Layer = Literal["works", "needs", "requests", "streets", "sites", "routes", "moratoria"]
_NETWORK = ("sites", "routes")  # what a partner does not see
_CALENDAR = {
    "idea": "TENTATIVE",
    "planned": "TENTATIVE",
    "cancelled": "CANCELLED",
}  # RFC 5545, 3.8.1.11; others are confirmed
_Found = tuple[list[Json], list[BaseGeometry | None]]


@router.get("/layers/{layer}")
def give_layer(centre: TheCentre, session: TheSession, access: SurveyingSome, layer: Layer) -> Json:
    """Give a layer as a FeatureCollection in degrees; what has no place yet has no geometry."""
    if layer in _NETWORK and not access.scope.is_all:
        raise NotAllowedError("Your roles do not allow to see the network.")
    fields, shapes = _LAYERS[layer](session, access)
    outlines = in_degrees(centre, shapes)
    features = [
        {"type": "Feature", "properties": each, "geometry": outline}
        for each, outline in zip(fields, outlines, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _fields(rows: Sequence[Any], *names: str) -> list[Json]:
    return [{name: getattr(row, name) for name in names} for row in rows]


def _works(sort: str) -> Callable[[Session, Access], _Found]:
    def find(session: Session, access: Access) -> _Found:
        fits = (Work.removed_at.is_(None), Work.sort == sort, works.seen_by(access.scope))
        rows = session.scalars(select(Work).where(*fits).order_by(Work.id)).all()
        names = ("id", "title", "kind", "promoter", "stage", "starts_on", "ends_on")
        return _fields(rows, *names), [works.outline_of(row) for row in rows]

    return find


def _streets(session: Session, _: Access) -> _Found:
    streets = load_town(session).streets
    rows = zip(streets.names, streets.kinds, streets.surfaces, streets.bridges.tolist(), strict=True)
    fields = [{"edge": edge, "name": n, "kind": k, "surface": s, "bridge": b} for edge, (n, k, s, b) in enumerate(rows)]
    return fields, list(streets.graph.shapes)


def _sites(session: Session, _: Access) -> _Found:
    rows = present_sites(session)
    names = ("id", "name", "has_fibre", "prize_eur_per_year", "connect_by", "connected_on")
    return _fields(rows, *names), [shapely.Point(row.x_m, row.y_m) for row in rows]


def _routes(session: Session, _: Access) -> _Found:
    rows = present_routes(session)
    names = ("id", "name", "owner", "ducts", "free_ducts", "built_on", "source")
    return _fields(rows, *names), [shapely.from_wkb(row.shape) for row in rows]


def _moratoria(session: Session, access: Access) -> _Found:
    rows = moratoria.present_moratoria(session, access.scope)
    return _fields(rows, "id", "reason", "since", "until"), [row.shape for row in rows]


_LAYERS: dict[str, Callable[[Session, Access], _Found]] = {
    "works": _works("work"), "needs": _works("need"), "requests": _works("request"), "streets": _streets,
    "sites": _sites,
    "routes": _routes, "moratoria": _moratoria,
}  # fmt: skip


@router.get("/works.ics")
def give_calendar(centre: TheCentre, session: TheSession, access: SurveyingSome) -> Response:
    """Give works as a calendar (RFC 5545): whole days, with where and who."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//ventspils-ict//works//EN")
    calendar.add("version", "2.0")
    rows = session.scalars(
        select(Work)
        .where(Work.removed_at.is_(None), Work.sort == "work", Work.starts_on.is_not(None), works.seen_by(access.scope))
        .order_by(Work.starts_on, Work.id)
    )
    for work in rows:
        event = Event()
        event.add("uid", f"{work.id}@ventspils-ict")
        event.add("dtstamp", centre.now())
        event.add("sequence", work.version)
        event.add("summary", " · ".join(part for part in (work.name, work.promoter) if part))
        event.add("dtstart", work.starts_on)
        last = work.ends_on or work.starts_on or date.min
        event.add(
            "dtend", date.fromordinal(last.toordinal() + 1)
        )  # the end is the first day that is not in it (RFC 5545, 3.6.1)
        event.add(
            "status",
            "CANCELLED"
            if work.stage == "cancelled"
            else "CONFIRMED"
            if work.stage in works.PUBLISHED[1:]
            else "TENTATIVE",
        )
        if work.phone_24h:
            event.add("contact", work.phone_24h)
        calendar.add_component(event)
    return Response(calendar.to_ical(), media_type="text/calendar; charset=utf-8")


@router.get("/exports/works.gpkg")
def export_works(centre: TheCentre, session: TheSession, access: SurveyingSome) -> Response:
    """Give works as a GeoPackage; edited and taken in again, it changes them by their id."""
    rows = session.scalars(
        select(Work).where(Work.removed_at.is_(None), works.seen_by(access.scope)).order_by(Work.starts_on, Work.id)
    ).all()
    octets = geopackage.write_geopackage(rows, centre.settings.town.crs)
    headers = {"Content-Disposition": 'attachment; filename="works.gpkg"', "X-Content-Type-Options": "nosniff"}
    return Response(octets, media_type="application/geopackage+sqlite3", headers=headers)
