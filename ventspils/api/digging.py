"""Works, streets, sites and plans over HTTP."""

import asyncio
import gzip
import json
import os
import sys
import tempfile
import uuid
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal  # JSON documents

import shapely
from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from gis.costs.prices import Level, default_prices
from gis.reading.files import read_file
from gis.reading.records import ReadingError, Report
from gis.reading.sites import read_site_file, read_sites
from gis.reading.streets import read_streets
from gis.reading.systems import check_town_crs, to_town
from gis.reading.works import descriptor_for, read_descriptor, read_works
from gis.register import imports
from gis.register.conflicts import Timed, find_conflicts
from gis.register.planning import Dig, Place, Question, build_instance, without_joint_prices, write_instance
from gis.register.results import describe_plan
from gis.register.street_store import unpack_streets
from ventspils.api.access import Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.centre import Centre
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.errors import NotFoundError, UsageError, VentspilsError
from ventspils.core.registry import audit
from ventspils.core.registry.dig_models import DigImport, PlanRow, Work, WorkVersion
from ventspils.core.roles import Access

router = APIRouter(prefix="/api/v1", tags=["digging"])
_SHARE_OF_THE_PLAN = 0.7  # of the time; the rest is for the plan without joint prices that it is held against


class PlanBody(Body):
    """What is to be planned; `box` is west, south, east, north in degrees."""

    start: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    periods: Annotated[int, Field(ge=1, le=20)] = 6
    budget_eur: Annotated[float | None, Field(ge=0, le=1e12)] = None
    box: Annotated[list[float] | None, Field(min_length=4, max_length=4)] = None
    level: Level = Level.MID
    time_limit_s: Annotated[float, Field(ge=5, le=3600)] = 60
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


@router.post("/imports/{kind}", status_code=201)
async def import_file(
    request: Request,
    centre: TheCentre,
    access: Planning,
    kind: Literal["works", "streets", "sites"],
    name: Annotated[str, Query(min_length=1, max_length=200)],
    crs: Annotated[str, Query(max_length=200)] = "",
    feed: Annotated[str, Query(max_length=100)] = "",
    dry_run: bool = False,
) -> Json:
    """Take a file in: works, streets or sites; each record is accepted, repaired with a mark, or rejected with a reason."""
    content = await request.body()

    def take() -> Json:
        with tempfile.TemporaryDirectory(dir=centre.home.path, prefix=".import-") as folder:
            file = Path(folder) / ("file" + Path(name).suffix.lower())
            file.write_bytes(content)
            try:
                return _import(centre, access, kind, file, name, crs or None, feed, dry_run=dry_run)
            except ReadingError as error:
                raise UsageError(str(error).replace(file.name, name)) from None

    return await run_in_threadpool(take)


def _import(
    centre: Centre, access: Access, kind: str, file: Path, name: str, crs: str | None, feed: str, *, dry_run: bool
) -> Json:
    town_crs = centre.settings.town.crs
    check_town_crs(town_crs)
    with centre.sessions() as session:
        made, report = _take_in(session, access, kind, file, name, crs, feed, town_crs, centre)
        if dry_run:
            session.rollback()
        else:
            audit.record(
                session, actor=access.caller.name, what=f"{kind} imported", on=name,
                detail={"import": made.id, "read": report.read, "accepted": report.accepted}, now=centre.now(),
            )  # fmt: skip
            session.commit()
        return {"import_id": None if dry_run else made.id, **asdict(report)}


def _take_in(
    session: Session,
    access: Access,
    kind: str,
    file: Path,
    name: str,
    crs: str | None,
    feed: str,
    town_crs: str,
    centre: Centre,
) -> tuple[DigImport, Report]:
    def origin(attribution: str) -> imports.Origin:
        return imports.Origin(name, attribution, access.caller.name, centre.now())

    if kind == "sites":
        sites, report = read_sites(read_site_file(file), crs=crs, town_crs=town_crs)
        return imports.import_sites(session, sites, report, origin("")), report
    source = read_file(file)
    if kind == "streets":
        streets, report = read_streets(source, crs=crs, town_crs=town_crs)
        return imports.import_streets(session, streets, town_crs, report, origin("; ".join(source.notes))), report
    descriptor = read_descriptor(feed) if feed else descriptor_for(source)
    works, report = read_works(source, descriptor, crs=crs, town_crs=town_crs)
    told = f"{descriptor.attribution}, {descriptor.licence}"
    return imports.import_works(session, works, report, feed or name, origin(told)), report


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


@router.get("/works")
def list_works(centre: TheCentre, session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List works by their start, with their outlines in degrees."""
    works = session.scalars(
        select(Work).where(Work.removed_at.is_(None)).order_by(Work.starts_on, Work.title, Work.id)
        .limit(page.limit).offset(page.start)
    ).all()  # fmt: skip
    shapes = _in_degrees(centre, [work.shape for work in works])
    items = [_describe_work(work) | {"geometry": shape} for work, shape in zip(works, shapes, strict=True)]
    return page.part(items, imports.count_works(session))


@router.get("/conflicts")
def list_conflicts(
    session: TheSession,
    access: Surveying,
    page: ThePage,
    within_m: Annotated[float, Query(ge=0, le=1000)] = 5,
    since: date | None = None,
) -> Json:
    """List digs of different clients in one place at one time, the earliest first; `since` leaves out what is over by then."""
    works = session.scalars(select(Work).where(Work.removed_at.is_(None))).all()
    titles = {work.id: work.title or work.external_id for work in works}
    timed = [Timed(w.id, w.promoter, w.starts_on, w.ends_on, shapely.from_wkb(w.shape)) for w in works]
    found = [
        c for c in find_conflicts(timed, within_m=within_m) if since is None or c.until is None or c.until >= since
    ]
    promoters = {work.id: work.promoter for work in works}
    return page.of(
        [
            asdict(c)
            | {
                f"{side}_{what}": known[getattr(c, side)]
                for side in ("first", "second")
                for what, known in (("title", titles), ("promoter", promoters))
            }
            for c in found
        ]
    )


@router.get("/works/{work_id}")
def read_work(centre: TheCentre, session: TheSession, access: Surveying, work_id: str) -> Json:
    """Give a work with every version of it."""
    work = session.get(Work, work_id)
    if work is None:
        raise NotFoundError(f"Work {work_id!r} is unknown.")
    versions = session.scalars(select(WorkVersion).where(WorkVersion.work_id == work.id).order_by(WorkVersion.version))
    history = [
        {"version": v.version, "at": v.at, "actor": v.actor, "import_id": v.import_id}
        | {name: value for name, value in v.document.items() if name != "shape"}
        for v in versions
    ]
    (shape,) = _in_degrees(centre, [work.shape])
    return _describe_work(work) | {"geometry": shape, "history": history}


def _describe_work(work: Work) -> Json:
    names = (
        "id", "feed", "external_id", "title", "kind", "promoter", "starts_on", "ends_on", "earliest_on", "latest_on",
        "moving_eur_per_month", "note", "version",
    )  # fmt: skip
    return {name: getattr(work, name) for name in names}


def _in_degrees(centre: Centre, shapes: list[bytes]) -> list[Json]:
    moved, _ = to_town(list(shapely.from_wkb(shapes)), centre.settings.town.crs, "OGC:CRS84")
    return [json.loads(text) for text in shapely.to_geojson(moved)] if moved else []


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
def list_dig_sites(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List sites that want fibre and places that have it."""
    names = ("id", "name", "x_m", "y_m", "has_fibre", "prize_eur_per_year", "connect_by")
    return page.of([{name: getattr(site, name) for name in names} for site in imports.present_sites(session)])


@router.post("/plans", status_code=201)
async def make_plan(centre: TheCentre, access: Planning, body: PlanBody) -> Json:
    """Plan where to dig when; answers when the plan is there, worked out by a process of its own."""
    built, document, version = await run_in_threadpool(_build, centre, body)
    with tempfile.TemporaryDirectory(dir=centre.home.path, prefix=".plan-") as folder:
        limit_s = body.time_limit_s
        answer = await _solve(Path(folder) / "joint.json", document, limit_s * _SHARE_OF_THE_PLAN, body.seed)
        left_s = max(5.0, limit_s * (1 - _SHARE_OF_THE_PLAN))
        alone = await _solve(Path(folder) / "alone.json", without_joint_prices(document), left_s, body.seed)

    def keep() -> Json:
        result = describe_plan(built, document, answer, alone, version)
        row = PlanRow(
            id=uuid.uuid4().hex[:16], at=centre.now(), actor=access.caller.name, asked=body.model_dump(mode="json"),
            instance=gzip.compress(json.dumps(document).encode()), result=result,
        )  # fmt: skip
        with centre.sessions.begin() as session:
            session.add(row)
            audit.record(session, actor=access.caller.name, what="plan made", on=row.id, detail={}, now=centre.now())
        return {"plan_id": row.id, **result}

    return await run_in_threadpool(keep)


def _build(centre: Centre, body: PlanBody) -> Any:
    with centre.sessions() as session:
        found = imports.present_streets(session)
        if found is None:
            raise UsageError("There are no streets yet; import some with `streets import`.")
        works = session.scalars(
            select(Work).where(Work.removed_at.is_(None), Work.starts_on.is_not(None)).order_by(Work.id)
        ).all()
        sites = imports.present_sites(session)
        changes = session.scalar(select(func.count()).select_from(WorkVersion))
    digs = [
        Dig(
            w.id, w.title, w.kind, w.starts_on or date.min, w.ends_on, w.earliest_on, w.latest_on, w.moving_eur_per_month,
            shapely.from_wkb(w.shape),
        )
        for w in works
    ]  # fmt: skip
    places = [Place(s.id, s.name, s.x_m, s.y_m, s.has_fibre, s.prize_eur_per_year, s.connect_by) for s in sites]
    box = _box(body.box, centre.settings.town.crs)
    question = Question(date.fromisoformat(f"{body.start}-01"), body.periods, body.budget_eur, box, body.level)
    built = build_instance(unpack_streets(found.data), digs, places, default_prices(), question)
    return built, write_instance(built), f"{found.digest[:12]}-{changes}-{len(sites)}"


def _box(box: list[float] | None, town_crs: str) -> tuple[float, float, float, float] | None:
    if box is None:
        return None
    west, south, east, north = box
    if not (west < east and south < north):
        raise UsageError("The box must be west, south, east, north in degrees.")
    (moved,), (reason,) = to_town([shapely.box(west, south, east, north)], "OGC:CRS84", town_crs)
    if reason is not None:
        raise UsageError(f"The box cannot be used: {reason}.")
    found: tuple[float, float, float, float] = tuple(moved.bounds)
    return found


async def _solve(file: Path, document: Json, limit_s: float, seed: int) -> Json:
    """Return what `plan solve` answers about an instance, worked out in a process of lower priority."""
    file.write_text(json.dumps(document))
    words = (
        "-m",
        "ventspils.cli.main",
        "plan",
        "solve",
        str(file),
        "--time-limit",
        str(limit_s),
        "--seed",
        str(seed),
        "--json",
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, preexec_fn=_be_nice
    )
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode:
        told = err.decode(errors="replace").strip().splitlines()
        raise VentspilsError((told[-1] if told else "The planner ended without an answer.").replace(f"{file}: ", ""))
    answer: Json = json.loads(out)
    return answer


def _be_nice() -> None:
    os.nice(10)


@router.get("/plans")
def list_plans(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List plans, the latest first."""
    rows = session.scalars(select(PlanRow).order_by(PlanRow.at.desc()))
    names = ("id", "at", "actor", "asked")
    return page.of([{n: getattr(row, n) for n in names} | {"certificate": row.result["certificate"]} for row in rows])


@router.get("/plans/{plan_id}")
def read_plan(session: TheSession, access: Surveying, plan_id: str) -> Json:
    """Give a plan."""
    row = _find_plan(session, plan_id)
    return {"plan_id": row.id, "at": row.at, "actor": row.actor, "asked": row.asked, **row.result}


@router.get("/plans/{plan_id}/instance")
def read_instance_of(session: TheSession, access: Surveying, plan_id: str) -> Json:
    """Give the instance that was solved, as `plan solve` reads it."""
    document: Json = json.loads(gzip.decompress(_find_plan(session, plan_id).instance))
    return document


def _find_plan(session: Session, plan_id: str) -> PlanRow:
    row = session.get(PlanRow, plan_id)
    if row is None:
        raise NotFoundError(f"Plan {plan_id!r} is unknown.")
    return row
