"""Files that come over HTTP, on their way into the register: one transaction a file, put on record."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from gis.reading.records import ReadingError, Report
from gis.reading.systems import check_town_crs
from gis.register.files import FileToImport, ImportKind, import_file
from gis.register.imports import Origin
from ventspils.centre.state import Centre
from ventspils.core.errors import UsageError
from ventspils.core.security import audit

# Formats are told by what is in a file; these names alone say more.
_SUFFIXES = frozenset(
    (".csv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".inp", ".dxf", ".gpkg", ".json", ".geojson", ".zip", ".shp",
     ".pbf", ".osm")
)  # fmt: skip
_NAME = "the-file-that-came"  # in sentences, the name that people know takes its place


@dataclass(frozen=True)
class ImportQuestion:
    """What is asked of an import: what the file holds and is called, and what else people say of it."""

    kind: ImportKind
    name: str
    crs: str | None = None
    feed: str = ""
    party: str = ""
    dry_run: bool = False


@dataclass(frozen=True)
class ImportAnswer:
    """The number of an import, None of a dry run, and what became of each record."""

    import_id: str | None
    report: Report


def run_import(centre: Centre, asked: ImportQuestion, content: bytes, actor: str) -> ImportAnswer:
    """
    Take a file into the register; a dry run tells what would become of it and keeps nothing.

    Raises:
        UsageError: the file cannot be used; the sentence says why.
    """
    with tempfile.TemporaryDirectory(dir=centre.home.path, prefix=".import-") as folder:
        suffix = Path(asked.name).suffix.lower()
        path = Path(folder) / (_NAME + (suffix if suffix in _SUFFIXES else ""))
        path.write_bytes(content)
        try:
            return _import(centre, asked, path, actor)
        except ReadingError as error:
            raise UsageError(str(error).replace(path.name, asked.name)) from None


def _import(centre: Centre, asked: ImportQuestion, path: Path, actor: str) -> ImportAnswer:
    town_crs = centre.settings.town.crs
    check_town_crs(town_crs)
    file = FileToImport(path, asked.kind, asked.name, asked.crs, asked.feed, asked.party)
    with centre.sessions() as session:
        made, report = import_file(session, file, town_crs, Origin(asked.name, "", actor, centre.now))
        if asked.dry_run:
            session.rollback()
            return ImportAnswer(None, report)
        detail = {"import": made.id, "read": report.read, "accepted": report.accepted}
        what = f"{asked.kind} imported"
        audit.record(session, actor=actor, what=what, on=asked.name, detail=detail, now=centre.now())
        session.commit()
        return ImportAnswer(made.id, report)
