"""Devices, credentials and port policies over HTTP."""

import base64
import socket
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, Literal  # JSON documents

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, SecretStr
from sqlalchemy import Row, select
from starlette.concurrency import run_in_threadpool

from monitoring.centre import device_csv, devices
from monitoring.centre.models import Credential, Device, PortPolicyRow
from monitoring.centre.port_rules import check_policy
from monitoring.centre.states import DeviceState, live_zones, read_states
from ventspils.api.access import Configuring, ConfiguringAll, Operating, Seeing, TheCentre, TheLog, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Json, ThePage
from ventspils.centre.state import Centre
from ventspils.core.errors import NotFoundError, UnavailableError, UsageError
from ventspils.core.places import Agency, Site
from ventspils.core.security import audit
from ventspils.core.security.roles import Scope

router = APIRouter(prefix="/api/v1", tags=["devices"])
_INSPECT_BUDGET_S = 20.0


class CredentialBody(Body):
    """A new credential; the community is taken and never given back."""

    name: str
    snmp_version: str = "2c"
    community: SecretStr
    agency: str | None = Field(
        None, description="institution whose devices alone it serves; the whole town's unless told"
    )


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


class PolicyBody(Body):
    """
    Which ports may alarm, at which limits: a pattern over name and alias; for devices, for those of
    a kind, or for all.
    """

    pattern: str = Field(max_length=200)
    mode: Literal["always", "hours", "never"]
    hours: str | None = None
    full_at_pct: Annotated[float | None, Field(ge=1, le=100)] = None
    errors_at_per_s: Annotated[float | None, Field(gt=0, le=1e9)] = None
    kind: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    device: Annotated[str | None, Field(min_length=1)] = None
    devices: list[Annotated[str, Field(min_length=1)]] = Field([], max_length=10_000)


@router.get("/credentials")
def list_credentials(session: TheSession, access: Configuring, page: ThePage) -> Json:
    """List credentials without their secrets."""
    found = session.scalars(select(Credential).order_by(Credential.name)).all()
    return page.of([_describe_credential(c) for c in found if c.agency_id is None or access.scope.has(c.agency_id)])


def _describe_credential(credential: Credential) -> Json:
    return {name: getattr(credential, name) for name in ("id", "name", "snmp_version", "agency_id")}


@router.post("/credentials", status_code=201)
def add_credential(
    centre: TheCentre, session: TheSession, access: Configuring, log: TheLog, body: CredentialBody
) -> Json:
    """Add a credential, for one institution or the whole town."""
    secret = body.community.get_secret_value()
    agency_id = None
    if body.agency is not None:
        agency_id = session.scalar(select(Agency.id).where(Agency.name == body.agency))
        if agency_id is None or not access.scope.has(agency_id):
            raise NotFoundError(f"Institution {body.agency!r} is unknown.")
    access.require(agency_id)
    found = devices.add_credential(
        session, centre.vault, name=body.name, snmp_version=body.snmp_version, community=secret, agency_id=agency_id
    )
    log("credential added", found.name)
    return _describe_credential(found)


def _describe(session: TheSession, device: Device) -> Json:
    """Return a device without its state."""
    session.flush()
    return dict(devices.tell_device(session, device.id)._mapping)


def _describe_state(state: DeviceState) -> Json:
    return {
        "state": state.state,
        "in_maintenance": state.is_in_maintenance,
        "because_of": state.because_of,
        "problems": state.problems,
    }


def describe_devices(centre: Centre, session: TheSession, found: Sequence[Row[Any]], within: Scope) -> list[Json]:
    """
    Return devices with their states, as lists give them; what explains a state is named only if it lies within the
    scope.
    """
    known = read_states(session)
    zones = live_zones(session, centre.now(), centre.settings.collector.interval_s)
    states = [known.get(d.id, DeviceState("ok")) if d.zone in zones else DeviceState("unknown") for d in found]
    explained = {state.because_of for state in states if state.because_of is not None}
    others = select(Device.id, Device.name, Site.agency_id).join(Site).where(Device.id.in_(explained))
    names = {row.id: row.name for row in session.execute(others) if within.has(row.agency_id)} if explained else {}
    return [
        dict(row._mapping) | _describe_state(state) | {"because_of_name": names.get(state.because_of)}
        for row, state in zip(found, states, strict=True)
    ]


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
    sought = devices.Sought(access.scope, after, text, agency_id, site_id)
    found, total = devices.list_devices(session, sought, limit=limit)
    following = base64.urlsafe_b64encode(found[-1].name.encode()).decode() if len(found) == limit else None
    return {"items": describe_devices(centre, session, found, access.scope), "next": following, "total": total}


@router.post("/devices", status_code=201)
def add_device(session: TheSession, access: Configuring, log: TheLog, body: DeviceBody) -> Json:
    """Add a device; a site that the agency lacks is made."""
    new = devices.NewDevice(**body.model_dump())
    device = devices.add_device(session, new, make_places=True, within=access.scope)
    access.require(device.site.agency_id)
    if device.credential is not None and device.credential.agency_id is None:
        access.require(None)  # the whole town's secret goes only where the whole town's administrator sends it
    log("device added", device.name, address=body.address)
    return _describe(session, device)


@router.post("/devices/import")
async def import_devices(request: Request, centre: TheCentre, access: ConfiguringAll, dry_run: bool = False) -> Json:
    """Add the devices of a CSV file, all of them or none."""
    body = await request.body()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("The file is not UTF-8 text; save it as CSV with UTF-8.") from None

    def load() -> int:
        with centre.sessions() as session:
            count = device_csv.import_devices(session, text)
            if not dry_run:
                detail = {"devices": count}
                audit.record(
                    session,
                    actor=access.caller.name,
                    what="devices imported",
                    on="file",
                    detail=detail,
                    now=centre.now(),
                )
                session.commit()
            return count

    count = await run_in_threadpool(load)
    return {"read": count, "accepted": 0 if dry_run else count, "dry_run": dry_run}


@router.get("/devices/{device_id}")
def read_device(centre: TheCentre, session: TheSession, access: Seeing, response: Response, device_id: str) -> Json:
    """Give a device with its state."""
    device = devices.find_device(session, device_id, access.scope)
    show_version(response, device)
    return describe_devices(centre, session, [devices.tell_device(session, device.id)], access.scope)[0]


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
    before = _describe(session, device)
    take_version(device, if_match, before)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    devices.change_device(session, device, changes, access.scope)
    session.flush()
    access.require(device.site.agency_id)
    is_sent_elsewhere = {"address", "credential"} & changes.keys()
    if is_sent_elsewhere and device.credential is not None and device.credential.agency_id is None:
        access.require(None)
    after = _describe(session, device)
    log("device changed", device.name, changes={k: [before[k], after[k]] for k in after if before[k] != after[k]})
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


@router.post("/devices/{device_id}/check")
async def check_device(centre: TheCentre, access: Operating, device_id: str) -> Json:
    """Ask a device now, from the centre itself, and give everything it tells."""
    from monitoring.device.document import describe
    from monitoring.device.inspection import inspect
    from monitoring.errors import AgentError, NoAnswerError
    from monitoring.snmp.engine import open_engine
    from monitoring.snmp.types import Target, Version

    def look() -> Target:
        with centre.sessions() as session:
            device = devices.find_device(session, device_id, access.scope)
            if device.credential is None:
                raise UsageError(f"Device {device.name!r} has no credential; only its reachability is watched.")
            community = SecretStr(centre.vault.open(device.credential.sealed, f"credential {device.credential.id}"))
            version = Version.V1 if device.credential.snmp_version == "1" else Version.V2C
            found = socket.getaddrinfo(
                device.host, None, type=socket.SOCK_DGRAM
            )  # in this thread, not on the event loop
            return Target((str(found[0][4][0]), device.port), version, community)

    try:
        target = await run_in_threadpool(look)
    except OSError:
        raise UnavailableError("The device's name cannot be resolved by the centre.") from None
    engine = open_engine(centre.settings.collector.engine)
    try:
        return describe(await inspect(engine, target, budget_s=_INSPECT_BUDGET_S))
    except (NoAnswerError, AgentError, OSError) as error:
        raise UnavailableError(f"Asked from the centre: {error}") from None
    finally:
        engine.close()


@router.get("/port-policies")
def list_policies(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List port policies in the order in which they are tried."""
    found = session.execute(
        select(PortPolicyRow, Device)
        .join(Device, Device.id == PortPolicyRow.device_id, isouter=True)
        .order_by(PortPolicyRow.position, PortPolicyRow.id)
    ).all()
    return page.of(
        [
            _describe_policy(p) | {"device": d.name if d else None}
            for p, d in found
            if d is None or access.scope.has(d.site.agency_id)
        ]
    )


@router.post("/port-policies", status_code=201)
def add_policy(session: TheSession, access: Configuring, log: TheLog, body: PolicyBody) -> Json:
    """Add a port policy after the others: for all devices, for one, or the same for several."""
    check_policy(body.pattern, body.mode, body.hours)
    names = [*([body.device] if body.device is not None else []), *body.devices]
    if names and body.kind is not None:
        raise UsageError("A rule is for devices or for those of a kind, not both.")
    position = len(session.scalars(select(PortPolicyRow.id)).all())
    rows = []
    for number, name in enumerate(names or [None]):
        device = devices.find_by_name(session, name, access.scope) if name is not None else None
        access.require(device.site.agency_id if device is not None else None)
        row = PortPolicyRow(id=uuid.uuid4().hex[:16], position=position + number, pattern=body.pattern)
        row.device_id, row.mode, row.hours = (device.id if device else None), body.mode, body.hours
        row.full_at_pct, row.errors_at_per_s, row.kind = body.full_at_pct, body.errors_at_per_s, body.kind
        rows.append(row)
    session.add_all(rows)
    log("port policy added", body.pattern, mode=body.mode, hours=body.hours, devices=names or body.kind or "all")
    return _describe_policy(rows[0]) | {"ids": [row.id for row in rows]}


def _describe_policy(row: PortPolicyRow) -> Json:
    names = ("id", "device_id", "kind", "pattern", "mode", "hours", "full_at_pct", "errors_at_per_s")
    return {name: getattr(row, name) for name in names}


@router.delete("/port-policies/{policy_id}")
def remove_policy(session: TheSession, access: Configuring, log: TheLog, policy_id: str) -> Json:
    """Remove a port policy."""
    row = session.get(PortPolicyRow, policy_id)
    device = session.get(Device, row.device_id) if row is not None and row.device_id else None
    if row is None or not access.scope.has(device.site.agency_id if device else None):
        raise NotFoundError(f"Port policy {policy_id!r} is unknown.")
    session.delete(row)
    log("port policy removed", row.pattern, mode=row.mode)
    return {"id": policy_id}
