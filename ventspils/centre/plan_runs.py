"""Plans on their way: begun, solved beside the service, kept with their progress, and stopped with what they have."""

import asyncio
import tempfile
import uuid
from pathlib import Path
from typing import Any  # JSON documents

import structlog
from anyio import to_thread

from gis.planning.horizon.problem import without_joint_prices
from gis.planning.instance_files import write_instance
from gis.plans.answers import PlanAnswer, read_answer
from gis.plans.inputs import load_inputs
from gis.plans.records import add_plan
from gis.plans.report import cost_of_wishes, describe_plan, describe_variant
from gis.plans.requests import PlanRequest
from gis.plans.search_instances import PlanSearches, prepare_searches
from gis.register.models import PlanRow
from ventspils.centre.state import Centre
from ventspils.core.errors import ConflictError, VentspilsError
from ventspils.core.extras import Extra, require
from ventspils.core.security import audit

log = structlog.get_logger()
STOPPED = "the centre was stopped"
_PARTS = {"joint": 6, "alone": 2}  # of the time; each variant of a plan gets as much as `alone`
_LEAST_S = 2.0

Json = dict[str, Any]


async def begin_plan(centre: Centre, request: PlanRequest, actor: str) -> str:
    """
    Begin to plan where to dig when; return the plan's id, under which it is seen to grow.

    Raises:
        UsageError: what is asked for cannot be planned.
    """
    require(Extra.PLANNER)
    searches = await to_thread.run_sync(_prepare, centre, request)
    run = _PlanRun(centre, uuid.uuid4().hex[:16], request, searches)
    await to_thread.run_sync(run.keep_begun, actor)
    centre.plans.start(run.plan_id, asyncio.create_task(run.run()))
    return run.plan_id


def _prepare(centre: Centre, request: PlanRequest) -> PlanSearches:
    with centre.sessions() as session:
        given = load_inputs(session)
    return prepare_searches(given, request, centre.settings.town.crs)


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
    """A plan on its way: solved, solved without joint prices, without wishes, and for each variant."""

    def __init__(self, centre: Centre, plan_id: str, request: PlanRequest, searches: PlanSearches) -> None:
        self.centre, self.plan_id, self.request, self.searches = centre, plan_id, request, searches
        others = (searches.without_wishes is not None) + len(searches.variants)
        self._part_s = request.time_limit_s / (sum(_PARTS.values()) + _PARTS["alone"] * others)

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
        plan, free = self.searches.plan, self.searches.without_wishes
        answer = await self._solve(folder, "plan", write_instance(plan.horizon), _PARTS["joint"])
        alone = await self._try(folder, "alone", write_instance(without_joint_prices(plan.horizon)))
        result = describe_plan(plan, answer, alone, self.searches.version)
        if free is not None:
            found = await self._try(folder, "without wishes", write_instance(free.horizon))
            result["wishes_cost"] = found and cost_of_wishes(result["certificate"], found)
        result["what_if"] = []
        for variant, built in self.searches.variants:
            try:
                found = await self._solve(folder, "what if", write_instance(built.horizon), _PARTS["alone"])
                told = describe_variant(built, found)
            except VentspilsError as error:
                told = {"why": str(error)}
            result["what_if"].append(variant.as_document() | told)
        return result

    async def _try(self, folder: Path, step: str, instance: Json) -> PlanAnswer | None:
        """Return what a search beside the plan finds; where that is nothing, the plan stands without comparison."""
        try:
            return await self._solve(folder, step, instance, _PARTS["alone"])
        except VentspilsError as error:
            log.warning("comparison_failed", plan=self.plan_id, step=step, reason=str(error))
            return None

    async def _solve(self, folder: Path, step: str, instance: Json, parts: int) -> PlanAnswer:
        def told(progress: Json) -> None:
            self.centre.plans.progress[self.plan_id] = {"step": step, **progress}

        told({})
        file, limit_s = folder / f"{step.replace(' ', '-')}.json", max(_LEAST_S, self._part_s * parts)
        return read_answer(
            await self.centre.plans.solve(self.plan_id, file, instance, limit_s, self.request.seed, told)
        )
