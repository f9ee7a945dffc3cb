"""Plans over HTTP: asked for, followed, stopped, read, contracted and built."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from gis.costs.prices import PriceLevel, Technique
from gis.plans import adoption, records, sections, today
from gis.plans.constraints import Wish
from gis.plans.half_years import read_month
from gis.plans.requests import PlanRequest, PlanVariant
from gis.register.routes import describe_route
from gis.sharing import ledger, ledger_summary
from ventspils.api.access import Log, Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.geojson import in_degrees
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre import plan_runs
from ventspils.centre.opportunity_watch import changing_chances

router = APIRouter(prefix="/api/v1", tags=["plans"])
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

    def to_wish(self) -> Wish:
        """Return it as the planner takes it."""
        return Wish(self.street, tuple(self.edges), self.site, self.do, self.period)


class VariantBody(Body):
    """What if the budget or the level of prices were another."""

    budget_eur: Annotated[float | None, Field(ge=0, le=1e12)] = None
    level: PriceLevel | None = None


class PlanBody(Body):
    """
    What is to be planned; `box` is west, south, east, north in degrees, `techniques` how ducts may come into the ground
    alone.
    """

    start: Annotated[str, Field(max_length=20)]
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
    carry_over: bool = True

    def to_request(self) -> PlanRequest:
        """Return it as the planner takes it."""
        return PlanRequest(
            read_month(self.start),
            self.periods,
            self.budget_eur,
            None if self.box is None else (self.box[0], self.box[1], self.box[2], self.box[3]),
            self.level,
            tuple(self.techniques),
            self.time_limit_s,
            self.seed,
            tuple(wish.to_wish() for wish in self.wishes),
            tuple(PlanVariant(variant.budget_eur, variant.level) for variant in self.what_if),
            self.carry_over,
        )


class AdoptedBody(Body):
    """Under which name a plan becomes the town's own, and a note."""

    name: Annotated[str, Field(max_length=200)]
    note: Annotated[str, Field(max_length=2000)] = ""


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
    plan_id = await plan_runs.begin_plan(centre, body.to_request(), access.caller.name)
    return {"plan_id": plan_id, "state": "running"}


@router.get("/plans")
def list_plans(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List plans, the latest first."""
    return page.of(records.list_plans(session))


@router.get("/plans/{plan_id}")
def read_plan(centre: TheCentre, session: TheSession, access: Surveying, plan_id: str) -> Json:
    """Give a plan; while it grows, how far it is."""
    row = records.find_plan(session, plan_id)
    return records.describe(session, row, plan_runs.progress_of(centre, row))


@router.post("/plans/{plan_id}/stop")
async def stop_plan(centre: TheCentre, access: Planning, plan_id: str) -> Json:
    """Let a plan that grows end with the best it has."""
    plan_runs.stop_plan(centre, plan_id)
    return {"plan_id": plan_id, "state": "running"}


@router.get("/plans/{plan_id}/instance")
def read_instance_of(session: TheSession, access: Surveying, plan_id: str) -> Json:
    """Give the instance that was solved, as `plan solve` reads it."""
    return records.instance_of(records.find_plan(session, plan_id))


@router.get("/plans/{plan_id}/map")
def give_map(centre: TheCentre, session: TheSession, access: Surveying, plan_id: str) -> Json:
    """
    Give the streets of a plan as GeoJSON, each with its period and whose dig it goes with; none where the streets
    changed since.
    """
    laid = records.laid_streets(session, records.find_plan(session, plan_id))
    shapes = in_degrees(centre, [street.shape for street in laid])
    features = [
        {"type": "Feature", "geometry": shape, "properties": street.properties()}
        for street, shape in zip(laid, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


@router.post("/plans/{plan_id}/repair", status_code=202)
async def repair_plan(centre: TheCentre, access: Planning, plan_id: str) -> Json:
    """Begin a plan for the register of today that keeps what of another one is built or contracted; give its id."""
    made = await plan_runs.begin_repair(centre, plan_id, access.caller.name)
    return {"plan_id": made, "state": "running"}


@router.post("/plans/{plan_id}/adopted", status_code=201)
def adopt_plan(centre: TheCentre, access: Planning, plan_id: str, body: AdoptedBody) -> Json:
    """Make a plan the town's own from now on, in place of the one that was; chances for fibre are what it lays."""
    with changing_chances(centre) as session:
        made = adoption.adopt_plan(session, plan_id, body.name, body.note, access.caller.name, centre.now())
        log = Log(session, access.caller.name, centre.now())
        log("plan adopted", plan_id, name=made.name, note=made.note)
        return {"plan_id": plan_id, **records.describe_adoption(made)}


@router.get("/plans/{plan_id}/today")
def hold_against_today(centre: TheCentre, session: TheSession, access: Surveying, plan_id: str) -> Json:
    """Give what digs that moved and prices that changed since do to a plan, in EUR."""
    return today.reappraise(session, plan_id, centre.settings.town.crs)


@router.post("/plans/{plan_id}/agreed", status_code=201)
def mark_agreed(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, plan_id: str, body: AgreedBody
) -> Json:
    """Enter for how much a period of a plan was contracted."""
    owner, contract = centre.settings.town.fibre_party, sections.Bill(body.contract_eur, body.document)
    entry = sections.agree_section(session, plan_id, body.period, owner, contract, access.caller.name, centre.now())
    log("section contracted", entry.title, plan_id=plan_id, contract_eur=body.contract_eur)
    return ledger_summary.describe_entry(entry, ledger.rule_of(session, entry.year))


@router.post("/plans/{plan_id}/built", status_code=201)
def mark_built(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, plan_id: str, body: BuiltBody
) -> Json:
    """Say that a period of a plan was built: its streets become a cable route, from which the next plan starts."""
    built = sections.BuiltSection(
        body.period,
        body.owner or centre.settings.town.fibre_party,
        body.built_on,
        body.ducts,
        body.free_ducts,
        body.document,
        body.paid_eur,
    )
    route = sections.build_section(session, plan_id, built, access.caller.name, centre.now())
    log("section built", route.name, plan_id=plan_id, route_id=route.id, paid_eur=body.paid_eur)
    return describe_route(route)
