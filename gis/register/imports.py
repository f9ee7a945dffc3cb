"""
Files into the register: works by their id in a feed, streets as a whole, sites of a file; and each import undone.

The same file twice changes nothing. What a work was before is kept as a version, and an undone import makes it that again.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any  # JSON documents

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis.reading.records import Report
from gis.reading.sites import ReadSite
from gis.reading.works import ReadWork
from gis.register.street_store import pack_streets
from gis.streets import Streets
from ventspils.core.errors import ConflictError, NotFoundError
from ventspils.core.registry.dig_models import DigImport, DigSite, StreetSet, Work, WorkVersion

_FIELDS = (
    "title", "kind", "promoter", "starts_on", "ends_on", "earliest_on", "latest_on", "moving_eur_per_month", "note",
)  # fmt: skip
_DATES = ("starts_on", "ends_on", "earliest_on", "latest_on")


@dataclass(frozen=True)
class Origin:
    """Where an import comes from and who makes it when."""

    source: str
    attribution: str
    actor: str
    now: datetime


def import_works(session: Session, works: Sequence[ReadWork], report: Report, feed: str, origin: Origin) -> DigImport:
    """Add works of a feed, or change those that are known by their id; what is as it was stays untouched."""
    made = _begin(session, "works", origin)
    known = {w.external_id: w for w in session.scalars(select(Work).where(Work.feed == feed))}
    for read in works:
        external_id = read.id or _digest(read.title, str(read.starts_on), shapely.to_wkb(read.shape).hex())
        values = _values_of(read)
        work = known.get(external_id)
        if work is None:
            work = Work(id=uuid.uuid4().hex[:16], feed=feed, external_id=external_id, version=0, **values)
            session.add(work)
            session.flush()
        elif work.removed_at is None and all(getattr(work, name) == value for name, value in values.items()):
            report.unchanged += 1
            continue
        else:
            for name, value in values.items():
                setattr(work, name, value)
            work.removed_at = None
        work.version += 1
        session.add(
            WorkVersion(
                work_id=work.id, version=work.version, at=origin.now, actor=origin.actor, import_id=made.id,
                document=document_of(work),
            )
        )  # fmt: skip
    return _end(session, made, report)


def _values_of(read: ReadWork) -> dict[str, Any]:
    return {
        "title": read.title, "kind": read.kind, "promoter": read.promoter, "starts_on": read.starts_on,
        "ends_on": read.ends_on, "note": read.note, "shape": shapely.to_wkb(read.shape),
    }  # fmt: skip


def document_of(work: Work) -> dict[str, Any]:
    """Return what a version keeps of a work."""
    fields = {name: getattr(work, name) for name in _FIELDS}
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
    return told | {"shape": work.shape.hex(), "removed": work.removed_at is not None}


def import_streets(session: Session, streets: Streets, crs: str, report: Report, origin: Origin) -> DigImport:
    """Make a street graph that of the town; the same as the present one changes nothing."""
    made = _begin(session, "streets", origin)
    data = pack_streets(streets)
    digest = hashlib.sha256(data).hexdigest()
    present = present_streets(session)
    if present is not None and (present.digest, present.crs) == (digest, crs):
        report.unchanged = report.accepted
    else:
        session.add(StreetSet(import_id=made.id, crs=crs, digest=digest, edges=len(streets.graph.us), data=data))
    return _end(session, made, report)


def present_streets(session: Session) -> StreetSet | None:
    """Return the street graph that holds, or None before the first one."""
    return session.scalar(
        select(StreetSet).join(DigImport).where(DigImport.undone_at.is_(None)).order_by(DigImport.at.desc()).limit(1)
    )


def import_sites(session: Session, sites: Sequence[ReadSite], report: Report, origin: Origin) -> DigImport:
    """Make the sites of a file those that plans are for; a site of the same name takes the place of the one before."""
    made = _begin(session, "sites", origin)
    present = {site.name: site for site in present_sites(session)}
    for read in sites:
        values = asdict(read)
        values.pop("row")
        before = present.get(read.name)
        if before is not None and all(getattr(before, name) == value for name, value in values.items()):
            report.unchanged += 1
            continue
        session.add(DigSite(id=uuid.uuid4().hex[:16], import_id=made.id, **values))
    return _end(session, made, report)


def present_sites(session: Session) -> list[DigSite]:
    """Return the latest site of each name from imports that were not undone."""
    rows = session.scalars(
        select(DigSite).join(DigImport).where(DigImport.undone_at.is_(None)).order_by(DigImport.at, DigSite.name)
    )
    return list({site.name: site for site in rows}.values())


def undo(session: Session, import_id: str, actor: str, now: datetime) -> DigImport:
    """
    Make everything what it was before an import.

    Raises:
        NotFoundError: there is no such import.
        ConflictError: it was undone already, or a later change of the same works stands on it.
    """
    made = session.get(DigImport, import_id)
    if made is None:
        raise NotFoundError(f"Import {import_id!r} is unknown.")
    if made.undone_at is not None:
        raise ConflictError(f"Import {import_id!r} was undone already.")
    for version in session.scalars(select(WorkVersion).where(WorkVersion.import_id == import_id)).all():
        work = session.get_one(Work, version.work_id)
        if document_of(work) != version.document:
            raise ConflictError(f"Work {work.title!r} was changed after this import; undo the later change first.")
        before = session.get(WorkVersion, (work.id, version.version - 1))
        if before is None:
            work.removed_at = now
        else:
            _restore(work, before.document, now)
        work.version += 1
        session.add(
            WorkVersion(
                work_id=work.id, version=work.version, at=now, actor=actor, import_id=None, document=document_of(work)
            )
        )
    made.undone_at = now
    return made


def _restore(work: Work, document: dict[str, Any], now: datetime) -> None:
    for name in _FIELDS:
        value = document[name]
        setattr(work, name, date.fromisoformat(value) if name in _DATES and value else value)
    work.shape = bytes.fromhex(document["shape"])
    work.removed_at = now if document["removed"] else None


def _begin(session: Session, kind: str, origin: Origin) -> DigImport:
    made = DigImport(
        id=uuid.uuid4().hex[:16], kind=kind, at=origin.now, actor=origin.actor, source=origin.source,
        attribution=origin.attribution, report={}, undone_at=None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _end(session: Session, made: DigImport, report: Report) -> DigImport:
    made.report = asdict(report)
    session.flush()
    return made


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def count_works(session: Session) -> int:
    """Return how many works the register holds."""
    return session.scalar(select(func.count()).select_from(Work).where(Work.removed_at.is_(None))) or 0
