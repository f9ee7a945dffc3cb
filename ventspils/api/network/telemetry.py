"""Measured points over HTTP: InfluxDB's write endpoint, and questions about them."""

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from monitoring.centre.models import Device
from monitoring.errors import StoreError
from monitoring.telemetry.store import Selection, percentile, series
from ventspils.api.access import Seeing, TheCentre, TheSession, Writing
from ventspils.api.paging import Json
from ventspils.core.errors import UsageError
from ventspils.core.places import Site

_MOST_OCTETS = 64 << 20
_MOST_MEMBERS = 10_000
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
    return await run_in_threadpool(_unpack, packed)


def _unpack(packed: bytes) -> bytes:
    parts: list[bytes] = []
    size = 0
    while packed:
        if len(parts) == _MOST_MEMBERS:
            raise StoreError("unable to read data: too many gzip members", status=413)
        inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            parts.append(inflate.decompress(packed, _MOST_OCTETS + 1 - size))
        except zlib.error:
            raise StoreError("unable to read data: the body is not gzip", status=400) from None
        size += len(parts[-1])
        if size > _MOST_OCTETS:
            raise StoreError("unable to read data: request body too large", status=413)
        if not inflate.eof:
            raise StoreError("unable to read data: the gzip body is cut short", status=400)
        packed = inflate.unused_data
    return b"".join(parts)


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


@dataclass(frozen=True)
class Visible:
    """The devices whose points a caller may see; None means all, and points of no device."""

    device_ids: frozenset[str] | None

    def shows(self, tags: Mapping[str, str]) -> bool:
        """Whether a series is one of them."""
        return self.device_ids is None or tags.get("device_id") in self.device_ids


def _visible(session: TheSession, access: Seeing) -> Visible:
    if access.scope.is_all:
        return Visible(None)
    theirs = select(Device.id).join(Site).where(Site.agency_id.in_(access.scope.agency_ids))
    return Visible(frozenset(session.scalars(theirs)))


TheVisible = Annotated[Visible, Depends(_visible)]


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
