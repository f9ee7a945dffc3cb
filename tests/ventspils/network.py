"""What tests of the network begin with: a collector, and a condition that is true."""

import base64
from typing import Any

from monitoring.centre.models import ConditionRow
from ventspils.centre.housekeeping import settle_incidents
from ventspils.core.security.secrets import KeyPair


def raise_one(
    town: Any, device: str = "core", rule: str = "sensor", *, name: str = "Fan", detail: str = "failed"
) -> str:
    """Let a condition be true of a device, settle, and return the incident's id."""
    found = next(d for d in town.get("/devices").json()["items"] if d["name"] == device)
    with town.centre.sessions.begin() as session:
        if session.connection().exec_driver_sql("SELECT count(*) FROM collectors").scalar() == 0:
            enrol_one(town)
        collector_id = session.connection().exec_driver_sql("SELECT id FROM collectors").scalar()
        row = ConditionRow(collector_id=collector_id, device_id=found["id"], rule=rule, object=name, detail=detail)
        row.severity, row.since_s = "critical", int(town.centre.now().timestamp())
        session.add(row)
    settle_incidents(town.centre)
    items = town.get("/incidents?folded=true").json()["items"]
    return str(next(i["id"] for i in items if i["device"] == device and i["rule"] == rule))


def enrol_one(town: Any) -> None:
    """Let one collector in."""
    import base64

    code = town.post("/collectors/codes", {}).json()["code"]
    key = base64.b64encode(b"k" * 32).decode()
    town.http.post("/api/v1/collectors/enrol", json={"code": code, "name": "one", "public_key": key})


def enrol(api: Any, keys: KeyPair, *, name: str = "c1", zone: str = "default") -> Any:
    """Let a collector in by its key; return the answer."""
    code = api.post("/collectors/codes", {"zone": zone}).json()["code"]
    public = base64.b64encode(keys.public).decode()
    return api.http.post("/api/v1/collectors/enrol", json={"code": code, "name": name, "public_key": public})
