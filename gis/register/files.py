"""A file into the register: read by what is in it, placed, and kept with what became of each of its records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from gis.reading import (
    Report,
    descriptor_for,
    is_table,
    read_descriptor,
    read_file,
    read_list,
    read_routes,
    read_site_file,
    read_sites,
    read_streets,
    read_table,
    read_works,
)
from gis.register import geopackage, imports
from gis.register.imports import Origin
from gis.register.models import DigImport
from gis.register.sites import tell_far_from_streets
from gis.register.streets import load_town

ImportKind = Literal["works", "needs", "streets", "sites", "routes"]


@dataclass(frozen=True)
class FileToImport:
    """
    A file with what people say of it: what it holds, what it is called, its CRS, whose feed it is, and whose works or
    needs a list holds where none of its columns says so.
    """

    path: Path
    kind: ImportKind
    name: str
    crs: str | None = None
    feed: str = ""
    party: str = ""


def import_file(session: Session, file: FileToImport, town_crs: str, origin: Origin) -> tuple[DigImport, Report]:
    """
    Take a file in; return the import, and what became of each record.

    Raises:
        ReadingError: the file cannot be read as what it is said to be.
        UsageError: it is a list of words, and there are no streets yet to place them on.
    """
    if file.kind == "sites":
        sites, report = read_sites(read_site_file(file.path), crs=file.crs, town_crs=town_crs)
        report.notes += tell_far_from_streets(session, sites)
        return imports.import_sites(session, sites, report, origin), report
    if file.kind in ("works", "needs"):
        return _import_works(session, file, town_crs, origin)
    source = read_file(file.path)
    origin = origin.told("; ".join(source.notes))
    if file.kind == "routes":
        routes, report = read_routes(source, crs=file.crs, town_crs=town_crs)
        return imports.import_routes(session, routes, report, origin), report
    streets, report = read_streets(source, crs=file.crs, town_crs=town_crs)
    return imports.import_streets(session, streets, town_crs, report, origin), report


def _import_works(session: Session, file: FileToImport, town_crs: str, origin: Origin) -> tuple[DigImport, Report]:
    sort, feed = "need" if file.kind == "needs" else "work", file.feed or file.name
    if is_table(file.path):
        gazetteer = load_town(session).gazetteer
        works, report = read_list(read_table(file.path), gazetteer, promoter=file.party)
        return imports.import_works(session, works, report, feed, origin, sort), report
    source = read_file(file.path)
    if geopackage.is_ours(source):
        edits, report = geopackage.read_edits(source, crs=file.crs, town_crs=town_crs)
        return geopackage.apply_edits(session, edits, report, origin), report
    descriptor = read_descriptor(file.feed) if file.feed else descriptor_for(source)
    works, report = read_works(source, descriptor, crs=file.crs, town_crs=town_crs)
    origin = origin.told(f"{descriptor.attribution}, {descriptor.licence}")
    return imports.import_works(session, works, report, feed, origin, sort), report
