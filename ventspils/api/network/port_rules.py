"""Port policies over HTTP: which ports may alarm, and at which limits."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from monitoring.centre import port_rules
from monitoring.centre.models import PortPolicyRow
from ventspils.api.access import Configuring, Seeing, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage

router = APIRouter(prefix="/api/v1", tags=["devices"])


class PortPolicyBody(Body):
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


@router.get("/port-policies")
def list_policies(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List port policies in the order in which they are tried."""
    found = port_rules.list_policies(session, access.scope)
    return page.of([_describe(policy) | {"device": device.name if device else None} for policy, device in found])


@router.post("/port-policies", status_code=201)
def add_policy(session: TheSession, access: Configuring, log: TheLog, body: PortPolicyBody) -> Json:
    """Add a port policy after the others: for all devices, for one, or the same for several."""
    names = [*([body.device] if body.device is not None else []), *body.devices]
    new = port_rules.NewPortPolicy(**body.model_dump(exclude={"device", "devices"}), devices=names)
    rows = port_rules.add_policies(session, new, access)
    log("port policy added", body.pattern, mode=body.mode, hours=body.hours, devices=names or body.kind or "all")
    return _describe(rows[0]) | {"ids": [row.id for row in rows]}


def _describe(row: PortPolicyRow) -> Json:
    names = ("id", "device_id", "kind", "pattern", "mode", "hours", "full_at_pct", "errors_at_per_s")
    return {name: getattr(row, name) for name in names}


@router.delete("/port-policies/{policy_id}")
def remove_policy(session: TheSession, access: Configuring, log: TheLog, policy_id: str) -> Json:
    """Remove a port policy."""
    row = port_rules.remove_policy(session, policy_id, access.scope)
    log("port policy removed", row.pattern, mode=row.mode)
    return {"id": policy_id}
