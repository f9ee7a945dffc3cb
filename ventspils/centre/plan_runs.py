"""Plans on their way: begun, solved beside the service, kept with their progress, and stopped with what they have."""

import asyncio
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any  # JSON documents

import structlog
from anyio import to_thread

from gis.planning import Horizon, write_instance
from gis.plans.alone import AloneRange, alone_instance, compare_alone
from gis.plans.answers import PlanAnswer, read_answer
from gis.plans.constraints import Built
from gis.plans.earlier import EarlierPlans, find_earlier
from gis.plans.inputs import load_inputs, register_version
from gis.plans.laid_ducts import with_fixed
from gis.plans.pool import Searched, share_plans
from gis.plans.records import add_plan
from gis.plans.repair import repair_request
from gis.plans.report import cost_of_wishes, describe_plan, describe_variant
from gis.plans.requests import PlanRequest
from gis.plans.search_instances import PlanSearches, VariantSearch, prepare_searches
from gis.register.models import PlanRow
from ventspils.centre.state import Centre
from ventspils.core.errors import ConflictError, VentspilsError
from ventspils.core.extras import Extra, require
from ventspils.core.security import audit

log = structlog.get_logger()
STOPPED = "the centre was stopped"
_PARTS = {"joint": 6, "alone": 2, "without wishes": 4}  # of the time; each variant gets as much as `alone`
_LEAST_S = 2.0

Json = dict[str, Any]


async def begin_plan(centre: Centre, request: PlanRequest, actor: str) -> str:
    """
    Begin to plan where to dig when; return the plan's id, under which it is seen to grow.

    Raises:
        UsageError: what is asked for cannot be planned.
    """
    require(Extra.PLANNER)
    searches, earlier = await to_thread.run_sync(_prepare, centre, request)
    run = _PlanRun(centre, uuid.uuid4().hex[:16], searches, earlier)
    await to_thread.run_sync(run.keep_begun, actor)
    centre.plans.start(run.plan_id, asyncio.create_task(run.run()))
    return run.plan_id


async def begin_repair(centre: Centre, plan_id: str, actor: str) -> str:
    """
    Begin a plan for the register of today that keeps what of another one is built or contracted; return its id.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it is not done, or is not one of these streets and days any more.
        UsageError: what is kept cannot be planned any more.
    """

    def read() -> PlanRequest:
        with centre.sessions() as session:
            return repair_request(session, plan_id, centre.now().date())

    return await begin_plan(centre, await to_thread.run_sync(read), actor)


def _prepare(centre: Centre, request: PlanRequest) -> tuple[PlanSearches, EarlierPlans]:
    with centre.sessions() as session:
        given = load_inputs(session)
    searches = prepare_searches(given, request, centre.settings.town.crs)
    with centre.sessions() as session:
        return searches, find_earlier(session, searches)


def stop_plan(centre: Centre, plan_id: str) -> None:
    """
    Let a plan that grows end with the best it has.

    Raises:
        ConflictError: it is not under way.
    """
    if not centre.plans.stop(plan_id):
        raise ConflictError(f"Plan {plan_id!r} is not under way.")


def progress_of(centre: Centre, row: PlanRow) -> Json:
    """Return how far a plan is; of one that has ended without a result, why."""
    return centre.plans.progress.get(row.id, {}) if row.state == "running" else row.progress


class _PlanRun:
    """A plan on its way: solved, without wishes too, for each variant, and held against digging alone."""

    def __init__(self, centre: Centre, plan_id: str, searches: PlanSearches, earlier: EarlierPlans) -> None:
        self.centre, self.plan_id, self.searches, self.earlier = centre, plan_id, searches, earlier
        self.request = request = searches.request
        parts = _PARTS["joint"] + _PARTS["alone"] * (1 + len(searches.variants))
        parts += 0 if searches.without_wishes is None else _PARTS["without wishes"]
        self._part_s = request.time_limit_s / parts

    def keep_begun(self, actor: str) -> None:
        """Keep the plan as one that is under way."""
        now, instance = self.centre.now(), write_instance(self.searches.plan.horizon)
        with self.centre.sessions.begin() as session:
            add_plan(session, self.plan_id, self.request, instance, actor, now)
            audit.record(session, actor=actor, what="plan begun", on=self.plan_id, detail={}, now=now)

    async def run(self) -> None:
        """Solve it and keep what came out, or why nothing did."""
        try:
            with tempfile.TemporaryDirectory(dir=self.centre.home.path, prefix=".plan-") as folder:
                result = await self._solve_all(Path(folder))
        except asyncio.CancelledError:
            await self._keep_ended("failed", {"why": STOPPED}, {})
            raise
        except VentspilsError as error:
            await self._keep_ended("failed", {"why": str(error)}, {})
        except Exception:
            log.exception("plan_failed", plan=self.plan_id)
            await self._keep_ended("failed", {"why": "the centre made a mistake; its log says which"}, {})
        else:
            await self._keep_ended("done", {}, result)

    async def _keep_ended(self, state: str, progress: Json, result: Json) -> None:
        def keep() -> None:
            with self.centre.sessions.begin() as session:
                row, now = session.get_one(PlanRow, self.plan_id), self.centre.now()
                row.state, row.progress, row.result = state, progress, result
                audit.record(session, actor=row.actor, what=f"plan {state}", on=row.id, detail=progress, now=now)

        await to_thread.run_sync(keep)

    async def _solve_all(self, folder: Path) -> Json:
        plan, free, variants = self.searches.plan, self.searches.without_wishes, self.searches.variants
        found, why = await self._try(folder, "plan", plan, _PARTS["joint"])
        searched = [Searched(plan, self.request, found)]
        if free is not None:
            without, _ = await self._try(folder, "without wishes", free, _PARTS["without wishes"])
            searched.append(Searched(free, replace(self.request, wishes=()), without))
        reasons = []
        for variant in variants:
            reasons.append(variant.why)
            if variant.built is not None:
                answer, reasons[-1] = await self._try(folder, "what if", variant.built)
                searched.append(Searched(variant.built, variant.request, answer))
        shared = share_plans(searched, self.earlier.plans, self.earlier.proven)
        best, *others = shared
        if best is None:
            raise VentspilsError(why)
        alone = await self._compare_alone(folder, best)
        result = describe_plan(plan, best, alone, self.searches.version, self.searches.street_names)
        changed = await to_thread.run_sync(self._tell_changed)
        result["notes"] = [*plan.notes, *_tell_taken(searched[0], best), *changed]
        if free is not None:
            free_best = others.pop(0)
            result["wishes_cost"] = free_best and cost_of_wishes(best, free_best)
        result["what_if"] = [
            each.variant.as_document() | _describe_variant(each, others.pop(0) if each.built else None, reason)
            for each, reason in zip(variants, reasons, strict=True)
        ]
        return result

    def _tell_changed(self) -> list[str]:
        with self.centre.sessions() as session:
            if register_version(session) == self.searches.version:
                return []
        return ["The register changed while this plan was made; it holds for what was there when it was begun."]

    async def _compare_alone(self, folder: Path, best: PlanAnswer) -> AloneRange | None:
        """Hold a plan that digs with others against the best without them."""
        if not any(duct.work for duct in best.build):
            return None
        horizon = alone_instance(self.searches.plan, best)
        if not horizon.sites:
            return None
        try:
            found = await self._solve(folder, "alone", horizon, _PARTS["alone"])
        except VentspilsError as error:
            log.warning("comparison_failed", plan=self.plan_id, step="alone", reason=str(error))
            return None
        return compare_alone(self.searches.plan, best, found)

    async def _try(
        self, folder: Path, step: str, built: Built, parts: int = _PARTS["alone"]
    ) -> tuple[PlanAnswer | None, str]:
        """Return what a search finds, with the streets that are set; or None and why, as other plans may stand in."""
        try:
            return with_fixed(built, await self._solve(folder, step, built.horizon, parts)), ""
        except VentspilsError as error:
            log.warning("search_failed", plan=self.plan_id, step=step, reason=str(error))
            return None, self.searches.in_words(str(error))

    async def _solve(self, folder: Path, step: str, horizon: Horizon, parts: int) -> PlanAnswer:
        set_eur = 0.0 if step == "alone" else sum(f.cost_eur for f in self.searches.plan.fixed)

        def told(progress: Json) -> None:
            if "cost_eur" in progress:
                progress["cost_eur"] = round(progress["cost_eur"] + set_eur, 2)
            self.centre.plans.progress[self.plan_id] = {"step": step, **progress}

        told({})
        file, limit_s = folder / f"{step.replace(' ', '-')}.json", max(_LEAST_S, self._part_s * parts)
        instance = write_instance(horizon)
        return read_answer(
            await self.centre.plans.solve(self.plan_id, file, instance, limit_s, self.request.seed, told)
        )


def _describe_variant(variant: VariantSearch, answer: PlanAnswer | None, reason: str) -> Json:
    if variant.built is None or answer is None:
        return {"why": reason}
    return describe_variant(variant.built, answer)


def _tell_taken(searched: Searched, best: PlanAnswer) -> list[str]:
    """Tell where a plan is not what its own search found."""
    if searched.answer is None and not best.build:
        return ["The search found no plan in its time, so this one lays nothing: give more time, or a smaller area."]
    if searched.answer is None or best.objective < searched.answer.objective - 0.01:
        return ["A plan known from another question over the same streets was better than what this search found."]
    return []
