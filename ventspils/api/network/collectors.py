"""Collectors over HTTP: enrolment, assignments, sweep reports."""

import base64
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool

from monitoring.centre import assignments, collectors, reports
from ventspils.api.access import Administering, KnownCollector, SeeingAll, TheCentre, TheCollector, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.errors import UsageError
from ventspils.core.security import audit

router = APIRouter(prefix="/api/v1/collectors", tags=["collectors"])
_MOST_CONDITIONS = 200_000
_YEAR_2100_S = 4_102_444_800


class EnrolmentCodeBody(Body):
    """For which zone a code is."""

    zone: str = "default"


class EnrolBody(Body):
    """A collector that wants in."""

    code: str
    name: str = Field(min_length=1, max_length=100)
    public_key: str


class ConditionBody(Body):
    """A condition as a collector sees it."""

    device_id: str = Field(max_length=64)
    rule: str = Field(max_length=64)
    object: str = Field(max_length=512)
    severity: Literal["warning", "critical"] = "critical"
    detail: str = Field("", max_length=1024)
    since_s: int = Field(0, ge=0, le=_YEAR_2100_S)


class CollectorReportBody(Body):
    """What a round brought: how its slots ended, and what became true or false."""

    sequence: int
    first: bool = False
    digest: str = Field(max_length=64)
    ends: dict[str, int]
    reasons: dict[str, int]
    late: int = 0
    parents: dict[str, tuple[int, bool]] = Field({}, max_length=_MOST_CONDITIONS)
    spool: dict[str, int | float | None] = Field({}, max_length=50)
    raised: list[ConditionBody] = Field([], max_length=_MOST_CONDITIONS)
    cleared: list[ConditionBody] = Field([], max_length=_MOST_CONDITIONS)
    full: list[ConditionBody] | None = Field(None, max_length=_MOST_CONDITIONS)


@router.get("")
def list_collectors(session: TheSession, access: SeeingAll, page: ThePage) -> Json:
    """List collectors with the last they said."""
    items = [
        {
            "id": c.id,
            "name": c.name,
            "zone": c.zone,
            "revoked": c.revoked_at is not None,
            "last_report_at": c.last_report_at,
            "last_report": c.last_report,
        }
        for c in collectors.list_collectors(session)
    ]
    return page.of(items)


@router.post("/codes", status_code=201)
def make_code(
    centre: TheCentre, session: TheSession, access: Administering, log: TheLog, body: EnrolmentCodeBody
) -> Json:
    """Make a one-time code that lets a collector in."""
    log("enrolment code made", body.zone)
    code = collectors.make_code(session, zone=body.zone, now=centre.now())
    return {"code": code, "zone": body.zone, "valid_s": int(collectors.CODE_VALID.total_seconds())}


@router.post("/enrol", status_code=201)
def enrol(centre: TheCentre, session: TheSession, body: EnrolBody) -> Json:
    """Let a collector in; the code is its only proof."""
    try:
        public_key = base64.b64decode(body.public_key, validate=True)
    except ValueError:
        raise UsageError("The public key is not base64.") from None
    found = collectors.enrol(
        session, centre.vault, code=body.code, name=body.name, public_key=public_key, now=centre.now()
    )
    audit.record(session, actor=f"collector {body.name}", what="collector enrolled", on=body.name, now=centre.now())
    return {"collector_id": found.collector_id, "zone": found.zone, "token": found.token}


@router.post("/{name}/revoke")
def revoke(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, name: str) -> Json:
    """Shut a collector out; the answer lists what to change on the devices."""
    known = collectors.revoke(session, name, centre.now())
    log("collector revoked", name)
    return {"name": name, "rotate_credentials": known, "rotate_telemetry_token": centre.write_target.token is not None}


@router.get("/assignment")
def read_assignment(request: Request, centre: TheCentre, session: TheSession, collector: TheCollector) -> Response:
    """Give a collector what it is to read; 304 while that is what it has already."""
    known = request.headers.get("If-None-Match")
    if known and centre.assignment_cache.tag(collector.id) == known:
        return Response(status_code=304)
    changes = centre.assignment_cache.changes
    interval_s = centre.settings.collector.interval_s
    document = assignments.make_assignment(session, centre.vault, collector, centre.write_target, interval_s=interval_s)
    tag = assignments.tag_of(document)
    centre.assignment_cache.put(collector.id, tag, changes)
    return Response(status_code=304) if known == tag else JSONResponse(document, headers={"ETag": tag})


_REPORT_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": CollectorReportBody.model_json_schema(ref_template="#/components/schemas/{model}")
            }
        },
    }
}


@router.post("/report", openapi_extra=_REPORT_FORM)
async def take_report(request: Request, centre: TheCentre, known: KnownCollector) -> Json:
    """
    Take a sweep report; `resend` asks for the full set of conditions. It may be large, so it is read after its sender
    is known.
    """
    content = await request.body()

    def take() -> bool:
        """Keep the report; return whether the full set is wanted."""
        body = CollectorReportBody.model_validate_json(content)
        with centre.sessions.begin() as session:
            return reports.take_report(session, known, body.model_dump(), centre.now())

    try:
        must_resend = await run_in_threadpool(take)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
    centre.poke()
    return {"resend": must_resend}
