"""
Records of files into the register: works by their id in a feed, streets as a whole, sites and cable routes.

The same file twice changes nothing. What a work was before is kept as a version.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any  # JSON documents

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.reading import ChangedRecord, ReadRoute, ReadSite, ReadWork, Report
from gis.register.models import CableRoute, DigImport, DigSite, StreetSet, Work
from gis.register.routes import present_routes
from gis.register.sites import present_sites, tell_far_from_streets
from gis.register.streets import pack_streets, present_streets
from gis.register.works import keep_version, new_work
from gis.streets import Streets


@dataclass(frozen=True)
class Origin:
    """
    Where an import comes from and who makes it.

    The clock is asked once the file was read: imports are undone in the order in which they reached the register.
    """

    source: str
    attribution: str
    actor: str
    clock: Callable[[], datetime]

    def told(self, attribution: str) -> "Origin":
        """Return the same with whom a file says that it is from."""
        return replace(self, attribution=attribution)


def import_works(
    session: Session, works: Sequence[ReadWork], report: Report, feed: str, origin: Origin, sort: str = "work"
) -> DigImport:
    """
    Add works of a feed, or change those that are known by their id; what is as it was stays untouched.

    What is not in the file stays as it was: stages, contracts, and where a work was put right by hand.
    """
    made = begin(session, "needs" if sort == "need" else "works", origin)
    known = {w.external_id: w for w in session.scalars(select(Work).where(Work.feed == feed))}
    times: Counter[str] = Counter()
    for read in works:
        external_id = read.id or _digest(read, times)
        values = _values_of(read)
        work = known.get(external_id)
        if work is None:
            stage = {"need": "idea"}.get(sort, "planned")
            work = new_work(feed, external_id, {"sort": sort, "stage": stage} | values)
        else:
            told = {name: value for name, value in values.items() if read.told is None or name in read.told}
            changed = _differences(work, told)
            if work.removed_at is None and not changed:
                report.unchanged += 1
                continue
            report.changed += [ChangedRecord(work.id, work.title, *difference) for difference in changed]
            for name, value in told.items():
                setattr(work, name, value)
            work.removed_at = None
        keep_version(session, work, origin.actor, made.at, made.id)
    return end(session, made, report)


def _values_of(read: ReadWork) -> dict[str, Any]:
    place = None
    if read.described is not None:
        place = asdict(read.described) | {"unplaced": read.unplaced}
    return {
        "title": read.title, "kind": read.kind, "promoter": read.promoter, "starts_on": read.starts_on,
        "ends_on": read.ends_on, "note": read.note, "shape": None if read.shape is None else shapely.to_wkb(read.shape),
        "place": place, **read.facts,
    }  # fmt: skip


def _differences(work: Work, values: Mapping[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """
    Return the fields in which a work is not as a file says, each with before and after as text; a
    shape by its length.
    """
    return [
        (name, _told(name, getattr(work, name)), _told(name, value))
        for name, value in values.items()
        if getattr(work, name) != value
    ]


def _told(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name == "shape":
        shape = shapely.from_wkb(value)
        return f"{shape.geom_type}, {shape.length:.1f} m"
    return str(value)


def import_streets(session: Session, streets: Streets, crs: str, report: Report, origin: Origin) -> DigImport:
    """Make a street graph that of the town; the same as the present one changes nothing."""
    made = begin(session, "streets", origin)
    data = pack_streets(streets)
    digest = hashlib.sha256(data).hexdigest()
    present = present_streets(session)
    if present is not None and (present.digest, present.crs) == (digest, crs):
        report.unchanged = report.accepted
    else:
        session.add(StreetSet(import_id=made.id, crs=crs, digest=digest, edges=len(streets.graph.us), data=data))
    return end(session, made, report)


def import_sites(session: Session, sites: Sequence[ReadSite], report: Report, origin: Origin) -> DigImport:
    """Make the sites of a file those that plans are for; a site of the same name takes the place of the one before."""
    made = begin(session, "sites", origin)
    present = {site.name: site for site in present_sites(session)}
    for read in sites:
        values = asdict(read)
        values.pop("row")
        before = present.get(read.name)
        if before is not None and all(getattr(before, name) == value for name, value in values.items()):
            report.unchanged += 1
            continue
        connected_on = before.connected_on if before is not None else None
        session.add(
            DigSite(id=uuid.uuid4().hex[:16], import_id=made.id, connected_on=connected_on, removed_at=None, **values)
        )
    return end(session, made, report)


def enter_site(session: Session, site: ReadSite, actor: str, now: datetime) -> tuple[DigSite, list[str]]:
    """Enter a site by hand, or put one of the same name right; return it, and what is to be told of it."""
    report = Report(read=1, accepted=1, notes=tell_far_from_streets(session, [site]))
    import_sites(session, [site], report, Origin("by hand", "", actor, lambda: now))
    return next(each for each in present_sites(session) if each.name == site.name), report.notes


def import_routes(session: Session, routes: Sequence[ReadRoute], report: Report, origin: Origin) -> DigImport:
    """Add cable routes; one of the same name, owner and line takes the place of the one before."""
    made = begin(session, "routes", origin)
    known = {(r.name, r.owner, r.shape): (r.ducts, r.free_ducts, r.built_on) for r in present_routes(session)}
    for read in routes:
        shape = shapely.to_wkb(read.shape)
        if known.get((read.name, read.owner, shape)) == (read.ducts, read.free_ducts, read.built_on):
            report.unchanged += 1
            continue
        session.add(
            CableRoute(
                id=uuid.uuid4().hex[:16],
                name=read.name,
                owner=read.owner,
                state="built",
                ducts=read.ducts,
                free_ducts=read.free_ducts,
                built_on=read.built_on,
                source=origin.source,
                plan_id=None,
                import_id=made.id,
                shape=shape,
                version=1,
            )
        )
    return end(session, made, report)


def list_imports(session: Session) -> Sequence[DigImport]:
    """Return all imports, the latest first."""
    return session.scalars(select(DigImport).order_by(DigImport.at.desc())).all()


def begin(session: Session, kind: str, origin: Origin) -> DigImport:
    """Return an import that has just begun."""
    made = DigImport(
        id=uuid.uuid4().hex[:16],
        kind=kind,
        at=origin.clock(),
        actor=origin.actor,
        source=origin.source,
        attribution=origin.attribution,
        report={},
        undone_at=None,
    )
    session.add(made)
    session.flush()
    return made


def end(session: Session, made: DigImport, report: Report) -> DigImport:
    """Keep what became of an import's records."""
    made.report = asdict(report)
    session.flush()
    return made


def _digest(read: ReadWork, times: Counter[str]) -> str:
    """Return what a work without an id is known by: what it is, whose, when and where; equal ones are numbered."""
    where = (
        shapely.to_wkb(read.shape).hex() if read.shape is not None and read.described is None else repr(read.described)
    )
    when = (read.starts_on, read.facts.get("earliest_on"), read.facts.get("latest_on"))
    digest = hashlib.sha256("\0".join((read.title, read.kind, read.promoter, str(when), where)).encode()).hexdigest()[
        :24
    ]
    times[digest] += 1
    return digest if times[digest] == 1 else f"{digest}-{times[digest]}"
