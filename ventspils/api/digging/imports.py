"""
Files of the digging half over HTTP: works, needs, streets, sites and cable routes in, undone again,
and out as GeoJSON.
"""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from gis.plans.build import FURTHEST_SITE_M
from gis.reading.files import read_file
from gis.reading.lists import read_list
from gis.reading.records import ReadingError, Report
from gis.reading.routes import read_routes
from gis.reading.sites import ReadSite, read_site_file, read_sites
from gis.reading.streets import read_streets
from gis.reading.systems import check_town_crs
from gis.reading.tables import is_table, read_table
from gis.reading.works import descriptor_for, read_descriptor, read_works
from gis.register import geopackage, imports
from gis.register.models import DigImport, DigSite
from gis.register.streets import load_town
from gis.streets.matching import nearest_nodes
from ventspils.api.access import Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.digging.works import from_degrees, in_degrees
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.state import Centre
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.security import audit
from ventspils.core.security.roles import Access

router = APIRouter(prefix="/api/v1", tags=["digging"])
# Formats are told by what is in a file; these names alone say more.
_SUFFIXES = frozenset(
    [
        ".csv",
        ".txt",
        ".xlsx",
        ".xlsm",
        ".xls",
        ".ods",
        ".inp",
        ".dxf",
        ".gpkg",
        ".json",
        ".geojson",
        ".zip",
        ".shp",
        ".pbf",
        ".osm",
    ]
)
Kind = Literal["works", "needs", "streets", "sites", "routes"]


@router.post("/imports/{kind}", status_code=201)
async def import_file(
    request: Request,
    centre: TheCentre,
    access: Planning,
    kind: Kind,
    name: Annotated[str, Query(min_length=1, max_length=200)],
    crs: Annotated[str, Query(max_length=200)] = "",
    feed: Annotated[str, Query(max_length=100)] = "",
    party: Annotated[str, Query(max_length=200)] = "",
    dry_run: bool = False,
) -> Json:
    """
    Take a file in; each record is accepted, repaired with a mark, or rejected with a reason.

    `party` is whose works or needs a list holds, where none of its columns says so.
    """
    content = await request.body()

    def take() -> Json:
        with tempfile.TemporaryDirectory(dir=centre.home.path, prefix=".import-") as folder:
            suffix = Path(name).suffix.lower()
            file = Path(folder) / ("file" + (suffix if suffix in _SUFFIXES else ""))
            file.write_bytes(content)
            try:
                return _Import(centre, access, kind, file, name, crs or None, feed, party).run(dry_run=dry_run)
            except ReadingError as error:
                raise UsageError(str(error).replace(file.name, name)) from None

    return await run_in_threadpool(take)


class _Import:
    """One file on its way into the register."""

    def __init__(
        self, centre: Centre, access: Access, kind: Kind, file: Path, name: str, crs: str | None, feed: str, party: str
    ) -> None:
        self.centre, self.access, self.kind, self.file, self.name = centre, access, kind, file, name
        self.crs, self.feed, self.party = crs, feed, party
        self.town_crs = centre.settings.town.crs

    def run(self, *, dry_run: bool) -> Json:
        check_town_crs(self.town_crs)
        with self.centre.sessions() as session:
            made, report = self._take_in(session)
            if dry_run:
                session.rollback()
            else:
                audit.record(
                    session,
                    actor=self.access.caller.name,
                    what=f"{self.kind} imported",
                    on=self.name,
                    detail={"import": made.id, "read": report.read, "accepted": report.accepted},
                    now=self.centre.now(),
                )
                session.commit()
            return {"import_id": None if dry_run else made.id, **asdict(report)}

    def _origin(self, attribution: str = "") -> imports.Origin:
        return imports.Origin(self.name, attribution, self.access.caller.name, self.centre.now())

    def _take_in(self, session: Session) -> tuple[DigImport, Report]:
        crs, town_crs = self.crs, self.town_crs
        if self.kind == "sites":
            sites, report = read_sites(read_site_file(self.file), crs=crs, town_crs=town_crs)
            report.notes += _far_from_streets(session, sites)
            return imports.import_sites(session, sites, report, self._origin()), report
        if self.kind in ("works", "needs"):
            return self._take_works(session)
        source = read_file(self.file)
        if self.kind == "routes":
            routes, report = read_routes(source, crs=crs, town_crs=town_crs)
            return imports.import_routes(session, routes, report, self._origin("; ".join(source.notes))), report
        streets, report = read_streets(source, crs=crs, town_crs=town_crs)
        told = "; ".join(source.notes)
        return imports.import_streets(session, streets, town_crs, report, self._origin(told)), report

    def _take_works(self, session: Session) -> tuple[DigImport, Report]:
        sort = "need" if self.kind == "needs" else "work"
        if is_table(self.file):
            gazetteer = load_town(session).gazetteer
            works, report = read_list(read_table(self.file), gazetteer, promoter=self.party)
            return imports.import_works(session, works, report, self.feed or self.name, self._origin(), sort), report
        source = read_file(self.file)
        if geopackage.is_ours(source):
            edits, report = geopackage.read_edits(source, crs=self.crs, town_crs=self.town_crs)
            return geopackage.apply_edits(session, edits, report, self._origin()), report
        descriptor = read_descriptor(self.feed) if self.feed else descriptor_for(source)
        works, report = read_works(source, descriptor, crs=self.crs, town_crs=self.town_crs)
        told = f"{descriptor.attribution}, {descriptor.licence}"
        return imports.import_works(session, works, report, self.feed or self.name, self._origin(told), sort), report


def _far_from_streets(session: Session, sites: list[ReadSite]) -> list[str]:
    """
    Tell which sites no plan can connect, as they lie too far from every street; nothing while there
    are no streets.
    """
    try:
        graph = load_town(session).streets.graph
    except UsageError:
        return []
    if not sites or not graph.nodes:
        return []
    _, far = nearest_nodes(graph.node_xy, np.array([[site.x_m, site.y_m] for site in sites]))
    names = [site.name for site, metres in zip(sites, far, strict=True) if metres > FURTHEST_SITE_M]
    if not names:
        return []
    shown = ", ".join(repr(name) for name in names[:5])
    told = (
        f"{len(names)} of {len(sites)} sites lie more than {FURTHEST_SITE_M:.0f} m from every street, such as {shown}"
    )
    return [f"{told}: is the CRS right?"]


@router.get("/imports")
def list_imports(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List imports, the latest first."""
    rows = session.scalars(select(DigImport).order_by(DigImport.at.desc()))
    return page.of([_describe_import(row) for row in rows])


def _describe_import(row: DigImport) -> Json:
    counts = {name: row.report.get(name) for name in ("read", "accepted", "unchanged")}
    names = ("id", "kind", "at", "actor", "source", "attribution", "undone_at")
    return {name: getattr(row, name) for name in names} | counts | {"rejected": len(row.report.get("rejected", []))}


@router.post("/imports/{import_id}/undo")
def undo_import(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, import_id: str) -> Json:
    """Make everything what it was before an import."""
    made = imports.undo(session, import_id, access.caller.name, centre.now())
    session.flush()
    log("import undone", made.source, import_id=import_id)
    return _describe_import(made)


@router.get("/streets")
def read_streets_summary(session: TheSession, access: Surveying) -> Json:
    """Tell which street graph holds."""
    found = imports.present_streets(session)
    if found is None:
        raise NotFoundError("There are no streets yet; import some with `streets import`.")
    made = session.get_one(DigImport, found.import_id)
    return {
        "edges": found.edges, "crs": found.crs, "source": made.source, "attribution": made.attribution, "at": made.at,
        "version": found.digest,
    }  # fmt: skip


@router.get("/dig-sites")
def list_dig_sites(centre: TheCentre, session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List sites that want fibre and places that have it."""
    return page.of(_describe_sites(centre, imports.present_sites(session)))


def _describe_sites(centre: Centre, sites: list[DigSite]) -> list[Json]:
    names = ("id", "name", "x_m", "y_m", "has_fibre", "prize_eur_per_year", "connect_by", "connected_on")
    points = in_degrees(centre, [shapely.Point(site.x_m, site.y_m) for site in sites])
    return [
        {name: getattr(site, name) for name in names}
        | {"longitude": round(point["coordinates"][0], 7), "latitude": round(point["coordinates"][1], 7)}
        for site, point in zip(sites, points, strict=True)
        if point is not None
    ]


class DigSiteBody(Body):
    """A site that wants fibre, or a place that has it; one of the same name is replaced."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    has_fibre: bool = False
    prize_eur_per_year: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    connect_by: Day | None = None


@router.post("/dig-sites", status_code=201)
def put_site(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, body: DigSiteBody) -> Json:
    """Enter a site, or put one of the same name right."""
    point = from_degrees(centre, {"type": "Point", "coordinates": [body.longitude, body.latitude]})
    x, y = (round(float(c), 2) for c in shapely.get_coordinates(point)[0])
    read = ReadSite(1, body.name, x, y, body.has_fibre, body.prize_eur_per_year, body.connect_by)
    report = Report(read=1, accepted=1, notes=_far_from_streets(session, [read]))
    origin = imports.Origin("by hand", "", access.caller.name, centre.now())
    imports.import_sites(session, [read], report, origin)
    log("site entered", body.name)
    (site,) = [s for s in imports.present_sites(session) if s.name == body.name]
    return _describe_sites(centre, [site])[0] | {"notes": report.notes}


@router.delete("/dig-sites/{site_id}")
def remove_site(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, site_id: str) -> Json:
    """Say that a site wants fibre no more; entering it again brings it back."""
    found = [s for s in imports.present_sites(session) if s.id == site_id]
    if not found:
        raise NotFoundError(f"Site {site_id!r} is unknown.")
    found[0].removed_at = centre.now()
    log("site removed", found[0].name)
    return {"id": site_id, "name": found[0].name}
