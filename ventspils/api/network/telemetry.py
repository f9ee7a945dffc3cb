"""Measured points over HTTP: InfluxDB's write endpoint, and questions about them."""

import math
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from monitoring.centre.visibility import VisibleSeries, find_visible
from monitoring.errors import StoreError
from monitoring.telemetry.gzip import decompress_untrusted
from monitoring.telemetry.store import Selection, percentile, series
from ventspils.api.access import Seeing, TheCentre, TheSession, Writing
from ventspils.api.paging import Json
from ventspils.core.errors import UsageError

_MOST_OCTETS = 64 << 20
_YEAR_2100_S = 4_102_444_800
Second = Annotated[int, Query(ge=0, le=_YEAR_2100_S, description="seconds since 1970")]
_MOST_INTERVALS = 100_000

write_router = APIRouter(prefix="/api/v2", tags=["telemetry"])
router = APIRouter(prefix="/api/v1/telemetry", tags=["telemetry"])


@write_router.post("/write", status_code=204)
async def write(
    request: Request,
    centre: TheCentre,
    access: Writing,
    bucket: str = "",
    org: str = "",
    precision: str = "ns",
    org_id: Annotated[str, Query(alias="orgID")] = "",
) -> Response:
    """Store line protocol, as InfluxDB 2 does: 204 only when it is stored."""
    if not bucket:
        raise StoreError("bucket not found", status=404)
    if (org or org_id) != centre.settings.telemetry.org:
        raise StoreError(f'organization name "{org or org_id}" not found', status=404)
    body = await _body(request)
    await run_in_threadpool(centre.store.write, bucket, body, precision)
    return Response(status_code=204)


async def _body(request: Request) -> bytes:
    """Return the body, unpacked and never larger than the limit."""
    packed = await request.body()  # bounded by BodyLimit
    if request.headers.get("Content-Encoding", "identity") == "identity":
        return packed
    return await run_in_threadpool(decompress_untrusted, packed, most_octets=_MOST_OCTETS)


async def _selection(
    centre: TheCentre,
    measurement: str,
    field: str,
    start_s: Second,
    stop_s: Second,
    tag: Annotated[list[str], Query(description="name=value")] = [],  # noqa: B006 - FastAPI copies it
) -> Selection:
    if not start_s < stop_s:
        raise UsageError("start_s must lie before stop_s.")
    return Selection(centre.settings.telemetry.bucket, measurement, field, start_s, stop_s, _tags(tag))


def _tags(pairs: list[str]) -> dict[str, str]:
    if bad := [pair for pair in pairs if "=" not in pair]:
        raise UsageError(f"Tag {bad[0]!r}: write name=value.")
    return dict(pair.split("=", 1) for pair in pairs)


TheSelection = Annotated[Selection, Depends(_selection)]


def _visible(session: TheSession, access: Seeing) -> VisibleSeries:
    return find_visible(session, access.scope)


TheVisible = Annotated[VisibleSeries, Depends(_visible)]


def _list(items: list[Json]) -> Json:
    return {"items": items, "next": None, "total": len(items)}


@router.get("/series")
def read_series(
    centre: TheCentre,
    visible: TheVisible,
    selection: TheSelection,
    every_s: Annotated[int, Query(ge=1, le=_YEAR_2100_S)],
) -> Json:
    """Return means by interval; null is a gap."""
    if (selection.stop_s - selection.start_s) // every_s > _MOST_INTERVALS:
        raise UsageError(f"That is more than {_MOST_INTERVALS} intervals; ask for longer ones or a shorter span.")
    items = [
        {
            "tags": dict(found.tags),
            "start_s": int(found.times_s[0]),
            "every_s": every_s,
            "values": [None if math.isnan(v) else v for v in found.values.tolist()],
        }
        for found in series(centre.store, selection, every_s=every_s)
        if visible.shows(found.tags)
    ]
    return _list(items)


@router.get("/percentile")
def read_percentile(
    centre: TheCentre,
    visible: TheVisible,
    selection: TheSelection,
    percent: Annotated[float, Query(gt=0, le=100)] = 95.0,
) -> Json:
    """Return the percentile of every series, by nearest rank."""
    found = percentile(centre.store, selection, percent=percent)
    return _list([{"tags": dict(tags), "value": value} for tags, value in found if visible.shows(tags)])


@router.get("/latest")
def read_latest(
    centre: TheCentre,
    visible: TheVisible,
    measurement: str,
    field: Annotated[list[str], Query()],
    since_s: Second,
    tag: Annotated[list[str], Query(description="name=value")] = [],  # noqa: B006 - FastAPI copies it
) -> Json:
    """Return the newest values of every series that has any since then."""
    found = centre.store.latest(centre.settings.telemetry.bucket, measurement, field, since_s=since_s, tags=_tags(tag))
    shown = [x for x in found if visible.shows(x.tags)]
    return _list([{"tags": dict(x.tags), "time_s": x.time_s, "fields": dict(x.fields)} for x in shown])
