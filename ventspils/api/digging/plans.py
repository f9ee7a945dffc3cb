"""Plans over HTTP: asked for, worked out by a job, stopped, read, and built."""

import asyncio
import gzip
import json
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from gis.costs.prices import PriceLevel, Technique
from gis.plans.build import DemandSite, Dig, Question, build_instance, without_joint_prices, write_instance
from gis.plans.constraints import Built, Wish
from gis.plans.report import describe_plan, describe_variant
from gis.reading.systems import to_town
from gis.register.models import CableRoute, PlanRow, Work, WorkVersion
from gis.register.moratoria import present_moratoria
from gis.register.prices import load_prices
from gis.register.routes import build_sections, lit_nodes, present_routes
from gis.register.sites import has_fibre, present_sites
from gis.register.streets import load_town
from gis.register.works import outline_of
from gis.sharing import ledger
from ventspils.api.access import Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.geojson import in_degrees
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.state import Centre
from ventspils.core.errors import ConflictError, NotFoundError, UsageError, VentspilsError
from ventspils.core.extras import Extra, require
from ventspils.core.security import audit

log = structlog.get_logger()
router = APIRouter(prefix="/api/v1", tags=["plans"])
_WEIGHTS = {"joint": 6, "alone": 2}  # parts of the time; each variant of a plan gets one part as `alone` does
_MOST_VARIANTS = 8


class WishBody(Body):
    """
    What a planner sets: a street (by name or by its edges) or a site (by name), laid in a period, or not in one, or
    never.

    Periods count from 0; `never` and `not_in` forbid, `lay_in` fixes.
    """

    street: Annotated[str | None, Field(max_length=200)] = None
    edges: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=1000, default_factory=list)]
    site: Annotated[str | None, Field(max_length=200)] = None
    do: Literal["lay_in", "not_in", "never"]
    period: Annotated[int | None, Field(ge=0, le=19)] = None


class VariantBody(Body):
    """What if the budget or the level of prices were another."""

    budget_eur: Annotated[float | None, Field(ge=0, le=1e12)] = None
    level: PriceLevel | None = None


class PlanBody(Body):
    """
    What is to be planned; `box` is west, south, east, north in degrees, `techniques` how ducts may come into the ground
    alone.
    """

    start: Annotated[str, Field(pattern=r"^(19[9]|20[0-9])[0-9]-(0[1-9]|1[0-2])$")]
    periods: Annotated[int, Field(ge=1, le=20)] = 6
    budget_eur: Annotated[float | None, Field(ge=0, le=1e12)] = None
    box: Annotated[list[float] | None, Field(min_length=4, max_length=4)] = None
    level: PriceLevel = PriceLevel.MID
    techniques: Annotated[
        list[Technique], Field(min_length=1, max_length=3, default_factory=lambda: [Technique.TRENCH])
    ]
    time_limit_s: Annotated[float, Field(ge=5, le=3600)] = 60
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    wishes: Annotated[list[WishBody], Field(max_length=100, default_factory=list)]
    what_if: Annotated[list[VariantBody], Field(max_length=_MOST_VARIANTS, default_factory=list)]


class AgreedBody(Body):
    """For how many EUR without VAT a period of a plan was contracted, and by which document."""

    period: Annotated[int, Field(ge=0, le=19)]
    contract_eur: Annotated[float, Field(ge=0, le=1e12)]
    document: Annotated[str, Field(min_length=1, max_length=500)]


class BuiltBody(Body):
    """
    Which period of a plan was built, when, with how many ducts, of which so many are free, and for how many EUR without
    VAT.
    """

    period: Annotated[int, Field(ge=0, le=19)]
    built_on: Day
    owner: Annotated[str, Field(max_length=200)] = ""
    ducts: Annotated[int, Field(ge=1, le=100)]
    free_ducts: Annotated[int, Field(ge=0, le=100)]
    document: Annotated[str, Field(max_length=500)] = ""
    paid_eur: Annotated[float | None, Field(ge=0, le=1e12)] = None


@router.post("/plans", status_code=202)
async def make_plan(centre: TheCentre, access: Planning, body: PlanBody) -> Json:
    """Begin to plan where to dig when; the answer tells the plan's id, under which it is seen to grow."""
    require(Extra.PLANNER)
    built, version = await run_in_threadpool(_build, centre, body, body.wishes)
    variants = [
        (each, await run_in_threadpool(_build, centre, _changed(body, each), body.wishes)) for each in body.what_if
    ]
    free = (await run_in_threadpool(_build, centre, body, []))[0] if body.wishes else None
    document = write_instance(built)
    plan_id = uuid.uuid4().hex[:16]

    def keep() -> None:
        row = PlanRow(
            id=plan_id,
            at=centre.now(),
            actor=access.caller.name,
            asked=body.model_dump(mode="json"),
            state="running",
            progress={},
            instance=gzip.compress(json.dumps(document).encode()),
            result={},
        )
        with centre.sessions.begin() as session:
            session.add(row)
            audit.record(session, actor=access.caller.name, what="plan begun", on=plan_id, detail={}, now=centre.now())

    await run_in_threadpool(keep)
    work = _Work(centre, plan_id, body, built, document, version, free, [(v, b) for v, (b, _) in variants])
    centre.plans.start(plan_id, asyncio.create_task(work.run()))
    return {"plan_id": plan_id, "state": "running"}


def _changed(body: PlanBody, variant: VariantBody) -> PlanBody:
    given = {name: value for name, value in variant.model_dump().items() if value is not None}
    if not given:
        raise UsageError("A variant changes the budget or the level of prices; this one changes nothing.")
    return body.model_copy(update=given)


class _Work:
    """A plan on its way: solved, solved without joint prices, without wishes, and for each variant."""

    def __init__(
        self,
        centre: Centre,
        plan_id: str,
        body: PlanBody,
        built: Built,
        document: Json,
        version: str,
        free: Built | None,
        variants: list[tuple[VariantBody, Built]],
    ) -> None:
        self.centre, self.plan_id, self.body, self.built = centre, plan_id, body, built
        self.document, self.version, self.free, self.variants = document, version, free, variants

    async def run(self) -> None:
        try:
            result = await self._solve_all()
        except asyncio.CancelledError:
            await run_in_threadpool(self._keep, "failed", {"why": "the centre was stopped"}, {})
            raise
        except VentspilsError as error:
            await run_in_threadpool(self._keep, "failed", {"why": str(error)}, {})
        except Exception:
            log.exception("plan_failed", plan=self.plan_id)
            await run_in_threadpool(self._keep, "failed", {"why": "the centre made a mistake; its log says which"}, {})
        else:
            await run_in_threadpool(self._keep, "done", {}, result)

    async def _solve_all(self) -> Json:
        others = (self.free is not None) + len(self.variants)
        part_s = self.body.time_limit_s / (sum(_WEIGHTS.values()) + 2 * others)
        with tempfile.TemporaryDirectory(dir=self.centre.home.path, prefix=".plan-") as name:
            folder = Path(name)
            answer = await self._solve(folder, "plan", self.document, part_s * _WEIGHTS["joint"])
            alone = await self._try(folder, "alone", without_joint_prices(self.document), part_s * _WEIGHTS["alone"])
            result = describe_plan(self.built, self.document, answer, alone, self.version)
            if self.free is not None:
                document = write_instance(self.free)
                free = await self._try(folder, "without wishes", document, part_s * _WEIGHTS["alone"])
                result["wishes_cost"] = free and _cost_of_wishes(result["certificate"], free)
            result["what_if"] = []
            for variant, built in self.variants:
                document = write_instance(built)
                try:
                    found = await self._solve(folder, "what if", document, part_s * _WEIGHTS["alone"])
                    told = describe_variant(built, document, found)
                except VentspilsError as error:
                    told = {"why": str(error)}
                result["what_if"].append(variant.model_dump(mode="json", exclude_none=True) | told)
        return result

    async def _try(self, folder: Path, step: str, document: Json, limit_s: float) -> Json | None:
        """
        Return what a search beside the plan finds; where it finds nothing, the plan stands without
        that comparison.
        """
        try:
            return await self._solve(folder, step, document, limit_s)
        except VentspilsError as error:
            log.warning("comparison_failed", plan=self.plan_id, step=step, reason=str(error))
            return None

    async def _solve(self, folder: Path, step: str, document: Json, limit_s: float) -> Json:
        def told(progress: Json) -> None:
            self.centre.plans.progress[self.plan_id] = {"step": step, **progress}

        told({})
        file = folder / f"{step.replace(' ', '-')}.json"
        return await self.centre.plans.solve(self.plan_id, file, document, max(2.0, limit_s), self.body.seed, told)

    def _keep(self, state: str, progress: Json, result: Json) -> None:
        with self.centre.sessions.begin() as session:
            row = session.get_one(PlanRow, self.plan_id)
            row.state, row.progress, row.result = state, progress, result
            audit.record(
                session, actor=row.actor, what=f"plan {state}", on=row.id, detail=progress, now=self.centre.now()
            )


def _cost_of_wishes(certificate: Mapping[str, float], free: Mapping[str, float]) -> Json:
    """Return what wishes cost: the plan with them less the best without, between two proven bounds."""
    return {
        "eur": round(certificate["objective"] - free["objective"], 2),
        "at_least_eur": round(max(0.0, certificate["lower_bound"] - free["objective"]), 2),
        "at_most_eur": round(certificate["objective"] - free["lower_bound"], 2),
    }


def _build(centre: Centre, body: PlanBody, wishes: list[WishBody]) -> tuple[Built, str]:
    with centre.sessions() as session:
        town = load_town(session)
        rows = session.scalars(
            select(Work)
            .where(
                Work.removed_at.is_(None), Work.sort == "work", Work.stage != "cancelled", Work.starts_on.is_not(None)
            )
            .order_by(Work.id)
        ).all()
        sites = present_sites(session)
        changes = session.scalar(select(func.count()).select_from(WorkVersion))
        book, closed, lit = load_prices(session), present_moratoria(session), lit_nodes(session, town)
        routes = present_routes(session)
        digs = [
            Dig(
                w.id,
                w.title,
                w.kind,
                w.starts_on or date.min,
                w.ends_on,
                w.earliest_on,
                w.latest_on,
                w.moving_eur_per_month,
                w.depth_m,
                outline,
            )
            for w in rows
            if (outline := outline_of(w)) is not None
        ]
    places = [DemandSite(s.id, s.name, s.x_m, s.y_m, has_fibre(s), s.prize_eur_per_year, s.connect_by) for s in sites]
    box = _box(body.box, centre.settings.town.crs)
    start = date.fromisoformat(f"{body.start}-01")
    question = Question(start, body.periods, body.budget_eur, box, body.level, wishes=[_wish(w) for w in wishes])
    question = replace(question, techniques=frozenset(body.techniques))
    question = replace(question, closed=closed, lit=lit, free_routes=[r.shape for r in routes if r.free_ducts > 0])
    built = build_instance(town.streets, digs, places, book, question)
    return built, f"{town.version[:12]}-{changes}-{len(sites)}-{len(routes)}"


def _wish(body: WishBody) -> Wish:
    if (body.street is not None) + bool(body.edges) + (body.site is not None) != 1:
        raise UsageError("A wish names one street, or edges, or one site.")
    if (body.do == "never") != (body.period is None):
        raise UsageError("A wish `lay_in` or `not_in` names its period, `never` names none.")
    return Wish(body.street, tuple(body.edges), body.site, body.do, body.period)


def _box(box: list[float] | None, town_crs: str) -> tuple[float, float, float, float] | None:
    import shapely

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


@router.get("/plans")
def list_plans(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List plans, the latest first."""
    rows = session.scalars(select(PlanRow).order_by(PlanRow.at.desc()))
    names = ("id", "at", "actor", "asked", "state")
    return page.of(
        [{n: getattr(row, n) for n in names} | {"certificate": row.result.get("certificate")} for row in rows]
    )


@router.get("/plans/{plan_id}")
def read_plan(centre: TheCentre, session: TheSession, access: Surveying, plan_id: str) -> Json:
    """Give a plan; while it grows, how far it is."""
    row = _find_plan(session, plan_id)
    progress = centre.plans.progress.get(row.id, {}) if row.state == "running" else row.progress
    names = ("at", "actor", "asked", "state")
    return {"plan_id": row.id, **{n: getattr(row, n) for n in names}, "progress": progress, **row.result}


@router.post("/plans/{plan_id}/stop")
async def stop_plan(centre: TheCentre, access: Planning, plan_id: str) -> Json:
    """Let a plan that grows end with the best it has."""
    if not centre.plans.stop(plan_id):
        raise ConflictError(f"Plan {plan_id!r} is not under way.")
    return {"plan_id": plan_id, "state": "running"}


@router.get("/plans/{plan_id}/instance")
def read_instance_of(session: TheSession, access: Surveying, plan_id: str) -> Json:
    """Give the instance that was solved, as `plan solve` reads it."""
    document: Json = json.loads(gzip.decompress(_find_plan(session, plan_id).instance))
    return document


@router.get("/plans/{plan_id}/map")
def give_map(centre: TheCentre, session: TheSession, access: Surveying, plan_id: str) -> Json:
    """
    Give the streets of a plan as GeoJSON, each with its period and whose dig it goes with; none where the streets
    changed since.
    """
    row, town = _find_plan(session, plan_id), load_town(session)
    features: list[Json] = []
    if row.state == "done" and row.result["certificate"]["input_version"].startswith(town.version[:12]):
        names = [period["name"] for period in row.result["periods"]]
        laid = [(row.result["street_edges"][edge], t, work) for edge, t, work in row.result["build"]]
        streets = [(edge, t, work) for edge, t, work in laid if edge >= 0]
        shapes = in_degrees(centre, [town.streets.graph.shapes[edge] for edge, _, _ in streets])
        features = [
            {
                "type": "Feature",
                "geometry": shape,
                "properties": {"street": town.streets.names[edge], "period": t, "name": names[t], "work_id": work},
            }
            for (edge, t, work), shape in zip(streets, shapes, strict=True)
        ]
    return {"type": "FeatureCollection", "features": features}


@router.post("/plans/{plan_id}/agreed", status_code=201)
def mark_agreed(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, plan_id: str, body: AgreedBody
) -> Json:
    """Enter for how much a period of a plan was contracted."""
    row = _find_plan(session, plan_id)
    if row.state != "done":
        raise ConflictError(f"Plan {plan_id!r} is {row.state}; only one that is done can be contracted.")
    owner = centre.settings.town.fibre_party
    entry = ledger.add_fibre(
        session, row, body.period, "agreed", owner, body.contract_eur, body.document, access.caller.name, centre.now()
    )
    log("section contracted", entry.title, plan_id=plan_id, contract_eur=body.contract_eur)
    return ledger.describe_entry(entry, ledger.rule_of(session, entry.year))


@router.post("/plans/{plan_id}/built", status_code=201)
def mark_built(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, plan_id: str, body: BuiltBody
) -> Json:
    """Say that a period of a plan was built: its streets become a cable route, from which the next plan starts."""
    row = _find_plan(session, plan_id)
    if row.state != "done":
        raise ConflictError(f"Plan {plan_id!r} is {row.state}; only one that is done can be built.")
    route = build_sections(
        session,
        row,
        body.period,
        load_town(session),
        owner=body.owner or centre.settings.town.fibre_party,
        built_on=body.built_on,
        ducts=body.ducts,
        free_ducts=body.free_ducts,
        document=body.document,
    )
    if body.paid_eur is not None:
        ledger.add_fibre(
            session,
            row,
            body.period,
            "realised",
            route.owner,
            body.paid_eur,
            body.document,
            access.caller.name,
            centre.now(),
        )
    log("section built", route.name, plan_id=plan_id, route_id=route.id, paid_eur=body.paid_eur)
    return describe_route(route)


def describe_route(route: CableRoute) -> Json:
    """Return a cable route as a document."""
    names = ("id", "name", "owner", "state", "ducts", "free_ducts", "built_on", "source", "plan_id", "version")
    return {name: getattr(route, name) for name in names}


@router.get("/cable-routes")
def list_routes(
    session: TheSession, access: Surveying, page: ThePage, owner: Annotated[str, Query(max_length=200)] = ""
) -> Json:
    """List the cable routes in the ground."""
    rows = present_routes(session)
    return page.of([describe_route(row) for row in rows if not owner or row.owner == owner])


def _find_plan(session: Session, plan_id: str) -> PlanRow:
    row = session.get(PlanRow, plan_id)
    if row is None:
        raise NotFoundError(f"Plan {plan_id!r} is unknown.")
    return row
