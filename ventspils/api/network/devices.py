"""Devices over HTTP."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any  # rows and changes of several kinds

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from monitoring.centre import device_csv, device_lists, devices
from ventspils.api.access import Configuring, ConfiguringAll, Seeing, TheCentre, TheLog, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Json
from ventspils.core.errors import UsageError
from ventspils.core.security.roles import Scope

router = APIRouter(prefix="/api/v1", tags=["devices"])


class DeviceBody(Body):
    """A new device, by names."""

    name: str
    agency: str
    site: str
    address: str
    credential: str | None = None
    parent: str | None = None
    parent_port: str | None = None
    reach: str = "icmp"
    zone: str = "default"
    longitude: float | None = None
    latitude: float | None = None
    kind: str | None = Field(None, max_length=200)


class DeviceChange(Body):
    """What may be changed of a device; what is absent stays."""

    name: str | None = None
    agency: str | None = None
    site: str | None = None
    address: str | None = None
    credential: str | None = None
    parent: str | None = None
    parent_port: str | None = None
    reach: str | None = None
    kind: str | None = Field(None, max_length=200)


def describe_with_states(centre: TheCentre, session: TheSession, found: Sequence[Any], within: Scope) -> list[Json]:
    """Return devices with their states, as lists give them."""
    interval_s = centre.settings.collector.interval_s
    return device_lists.describe_with_states(session, found, within, now=centre.now(), interval_s=interval_s)


@router.get("/devices")
def list_devices(
    centre: TheCentre,
    session: TheSession,
    access: Seeing,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    cursor: str = "",
    text: Annotated[str, Query(max_length=200)] = "",
    agency_id: str = "",
    site_id: str = "",
) -> Json:
    """List devices in service by name, with their states; `text` is searched in name, address and building."""
    try:
        after = base64.urlsafe_b64decode(cursor.encode()).decode() if cursor else ""
    except ValueError:
        raise UsageError("The cursor is not one of ours; begin without one.") from None
    sought = device_lists.SoughtDevices(access.scope, after, text, agency_id, site_id)
    found, total = device_lists.list_devices(session, sought, limit=limit)
    following = base64.urlsafe_b64encode(found[-1].name.encode()).decode() if len(found) == limit else None
    return {"items": describe_with_states(centre, session, found, access.scope), "next": following, "total": total}


@router.post("/devices", status_code=201)
def add_device(session: TheSession, access: Configuring, log: TheLog, body: DeviceBody) -> Json:
    """Add a device; a site that the agency lacks is made."""
    new = devices.NewDevice(**body.model_dump())
    device = devices.add_device(session, new, make_places=True, within=access.scope)
    access.require(device.site.agency_id)
    if devices.is_asked_with_the_towns_credential(device):
        access.require(None)  # the whole town's secret goes only where the whole town's administrator sends it
    log("device added", device.name, address=body.address)
    return device_lists.describe_device(session, device.id)


@router.post("/devices/import")
async def import_devices(request: Request, centre: TheCentre, access: ConfiguringAll, dry_run: bool = False) -> Json:
    """Add the devices of a CSV file, all of them or none."""
    content = await request.body()
    count = await run_in_threadpool(
        device_csv.import_file,
        centre.sessions,
        content,
        dry_run=dry_run,
        actor=access.caller.name,
        now=centre.now(),
    )
    return {"read": count, "accepted": 0 if dry_run else count, "dry_run": dry_run}


@router.get("/devices/{device_id}")
def read_device(centre: TheCentre, session: TheSession, access: Seeing, response: Response, device_id: str) -> Json:
    """Give a device with its state."""
    device = devices.find_device(session, device_id, access.scope)
    show_version(response, device)
    row = device_lists.read_device(session, device.id)
    return describe_with_states(centre, session, [row], access.scope)[0]


@router.patch("/devices/{device_id}")
def change_device(
    session: TheSession,
    access: Configuring,
    log: TheLog,
    response: Response,
    device_id: str,
    body: DeviceChange,
    if_match: IfMatch = None,
) -> Json:
    """Change or move a device."""
    device = devices.find_device(session, device_id, access.scope)
    before = device_lists.describe_device(session, device.id)
    take_version(device, if_match, before)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    devices.change_device(session, device, changes, access.scope)
    session.flush()
    access.require(device.site.agency_id)
    is_sent_elsewhere = {"address", "credential"} & changes.keys()
    if is_sent_elsewhere and devices.is_asked_with_the_towns_credential(device):
        access.require(None)
    after = device_lists.describe_device(session, device.id)
    log.changed("device changed", device.name, before, after)
    show_version(response, device)
    return after


@router.delete("/devices/{device_id}")
def retire_device(centre: TheCentre, session: TheSession, access: Configuring, log: TheLog, device_id: str) -> Json:
    """Take a device out of service."""
    device = devices.find_device(session, device_id, access.scope)
    name = device.name
    devices.retire_device(device, centre.now())
    log("device retired", name)
    return {"id": device.id, "name": device.name, "retired_at": device.retired_at}
