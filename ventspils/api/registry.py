"""Agencies, credentials, devices, tokens and port policies over HTTP."""

import base64
import re
import uuid
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any, Literal  # JSON documents

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, SecretStr
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from ventspils.api.access import TheCentre, TheSession, allowed
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.registry import devices
from ventspils.core.registry.collectors import add_token, list_tokens, revoke_token
from ventspils.core.registry.models import Agency, ConditionRow, Credential, Device, PortPolicyRow

router = APIRouter(prefix="/api/v1", tags=["registry"])
may_read, may_change = [Depends(allowed("read"))], [Depends(allowed("admin"))]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AgencyBody(_Body):
    """A new institution."""

    name: str


class CredentialBody(_Body):
    """A new credential; the community is taken and never given back."""

    name: str
    snmp_version: str = "2c"
    community: SecretStr


class DeviceBody(_Body):
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


class PolicyBody(_Body):
    """Which ports may alarm."""

    pattern: str
    mode: Literal["always", "hours", "never"]
    hours: str | None = None
    device: str | None = None


class TokenBody(_Body):
    """A new token."""

    name: str
    scope: str


def _page(items: list[dict[str, Any]], total: int, following: str | None = None) -> dict[str, Any]:
    return {"items": items, "next": following, "total": total}


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for; the cursor is a position, and nobody needs to know."""

    limit: int
    start: int

    def of(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Return that part, with the cursor of the next."""
        stop = self.start + self.limit
        return _page(items[self.start : stop], len(items), str(stop) if stop < len(items) else None)


def _asked_page(limit: Annotated[int, Query(ge=1, le=10_000)] = 1000, cursor: str = "0") -> Page:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise UsageError("The cursor is not one of ours; begin without one.")
    return Page(limit, int(cursor))


ThePage = Annotated[Page, Depends(_asked_page)]


@router.get("/agencies", dependencies=may_read)
def list_agencies(session: TheSession, page: ThePage) -> dict[str, Any]:
    """List institutions."""
    found = session.scalars(select(Agency).order_by(Agency.name)).all()
    return page.of([{"id": a.id, "name": a.name} for a in found])


@router.post("/agencies", status_code=201, dependencies=may_change)
def add_agency(session: TheSession, body: AgencyBody) -> dict[str, Any]:
    """Add an institution."""
    agency = devices.add_agency(session, body.name)
    return {"id": agency.id, "name": agency.name}


@router.get("/credentials", dependencies=may_change)
def list_credentials(session: TheSession, page: ThePage) -> dict[str, Any]:
    """List credentials without their secrets."""
    found = session.scalars(select(Credential).order_by(Credential.name)).all()
    return page.of([{"id": c.id, "name": c.name, "snmp_version": c.snmp_version} for c in found])


@router.post("/credentials", status_code=201, dependencies=may_change)
def add_credential(centre: TheCentre, session: TheSession, body: CredentialBody) -> dict[str, Any]:
    """Add a credential."""
    secret = body.community.get_secret_value()
    found = devices.add_credential(
        session, centre.vault, name=body.name, snmp_version=body.snmp_version, community=secret
    )
    return {"id": found.id, "name": found.name, "snmp_version": found.snmp_version}


def _describe(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "name": device.name,
        "agency": device.site.agency.name,
        "site": device.site.name,
        "longitude": device.site.longitude,
        "latitude": device.site.latitude,
        "host": device.host,
        "port": device.port,
        "credential": device.credential.name if device.credential else None,
        "parent_id": device.parent_id,
        "parent_port": device.parent_port,
        "reach": device.reach,
        "zone": device.zone,
        "version": device.version,
    }


@router.get("/devices", dependencies=may_read)
def list_devices(
    session: TheSession, limit: Annotated[int, Query(ge=1, le=1000)] = 100, cursor: str = ""
) -> dict[str, Any]:
    """List devices in service, by name."""
    try:
        after = base64.urlsafe_b64decode(cursor.encode()).decode() if cursor else ""
    except ValueError:
        raise UsageError("The cursor is not one of ours; begin without one.") from None
    found, total = devices.list_devices(session, limit=limit, after=after)
    following = base64.urlsafe_b64encode(found[-1].name.encode()).decode() if len(found) == limit else None
    return _page([_describe(device) for device in found], total, following)


@router.post("/devices", status_code=201, dependencies=may_change)
def add_device(session: TheSession, body: DeviceBody) -> dict[str, Any]:
    """Add a device; a site that the agency lacks is made."""
    return _describe(devices.add_device(session, devices.NewDevice(**body.model_dump()), make_places=True))


@router.post("/devices/import", dependencies=may_change)
async def import_devices(request: Request, centre: TheCentre, dry_run: bool = False) -> dict[str, Any]:
    """Add the devices of a CSV file, all of them or none."""
    body = await request.body()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("The file is not UTF-8 text; save it as CSV with UTF-8.") from None

    def load() -> int:
        with centre.sessions() as session:
            count = devices.import_devices(session, text)
            if not dry_run:
                session.commit()
            return count

    count = await run_in_threadpool(load)
    return {"read": count, "accepted": 0 if dry_run else count, "dry_run": dry_run}


@router.delete("/devices/{name}", dependencies=may_change)
def retire_device(centre: TheCentre, session: TheSession, name: str) -> dict[str, Any]:
    """Take a device out of service."""
    device = devices.retire_device(session, name, centre.now())
    return {"id": device.id, "name": device.name, "retired_at": device.retired_at}


@router.get("/port-policies", dependencies=may_read)
def list_policies(session: TheSession, page: ThePage) -> dict[str, Any]:
    """List port policies in the order in which they are tried."""
    found = session.scalars(select(PortPolicyRow).order_by(PortPolicyRow.position, PortPolicyRow.id)).all()
    items = [
        {"id": p.id, "device_id": p.device_id, "pattern": p.pattern, "mode": p.mode, "hours": p.hours} for p in found
    ]
    return page.of(items)


@router.post("/port-policies", status_code=201, dependencies=may_change)
def add_policy(session: TheSession, body: PolicyBody) -> dict[str, Any]:
    """Add a port policy after the others."""
    _check_policy(body)
    device_id = None
    if body.device is not None:
        device_id = session.scalar(select(Device.id).where(Device.name == body.device))
        if device_id is None:
            raise NotFoundError(f"Device {body.device!r} is unknown.")
    position = len(session.scalars(select(PortPolicyRow.id)).all())
    row = PortPolicyRow(id=uuid.uuid4().hex[:16], position=position, device_id=device_id, pattern=body.pattern)
    row.mode, row.hours = body.mode, body.hours
    session.add(row)
    return {"id": row.id, "pattern": row.pattern, "mode": row.mode, "hours": row.hours, "device_id": device_id}


def _check_policy(body: PolicyBody) -> None:
    try:
        re.compile(body.pattern)
    except re.error as error:
        raise UsageError(f"Pattern {body.pattern!r} is not a regular expression: {error}.") from None
    if (body.mode == "hours") != (body.hours is not None):
        raise UsageError("Hours belong to the mode `hours`, and only to it.")
    if body.hours is not None:
        try:
            first, last = map(time.fromisoformat, body.hours.split("-"))
        except ValueError:
            raise UsageError(f"Hours {body.hours!r}: write HH:MM-HH:MM.") from None
        if first == last:
            raise UsageError("The hours begin and end at the same time; use the mode always or never.")


@router.get("/conditions", dependencies=may_read)
def list_conditions(session: TheSession, page: ThePage) -> dict[str, Any]:
    """List the conditions that are true, as the collectors see them."""
    rows = session.execute(
        select(ConditionRow, Device.name)
        .join(Device, Device.id == ConditionRow.device_id, isouter=True)
        .order_by(ConditionRow.since_s)
    ).all()
    items = [
        {
            "device_id": c.device_id,
            "device": name,
            "rule": c.rule,
            "object": c.object,
            "severity": c.severity,
            "detail": c.detail,
            "since_s": c.since_s,
        }
        for c, name in rows
    ]
    return page.of(items)


@router.post("/machine-tokens", status_code=201, dependencies=may_change)
def make_token(centre: TheCentre, session: TheSession, body: TokenBody) -> dict[str, Any]:
    """Make a token for a machine; its text is given this once."""
    token, text = add_token(session, name=body.name, scope=body.scope, now=centre.now())
    return {"id": token.id, "name": token.name, "scope": token.scope, "token": text}


@router.get("/machine-tokens", dependencies=may_change)
def list_machine_tokens(session: TheSession, page: ThePage) -> dict[str, Any]:
    """List the valid tokens, without their texts."""
    found = list_tokens(session)
    return page.of([{"id": t.id, "name": t.name, "scope": t.scope, "created_at": t.created_at} for t in found])


@router.delete("/machine-tokens/{token_id}", dependencies=may_change)
def revoke_machine_token(centre: TheCentre, session: TheSession, token_id: str) -> dict[str, Any]:
    """Make a token invalid."""
    token = revoke_token(session, token_id, centre.now())
    return {"id": token.id, "name": token.name, "revoked_at": token.revoked_at}
