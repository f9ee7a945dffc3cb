"""Assignments: what each collector is to read, where to write it, and the secrets for it, sealed to its key."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # JSON documents

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from monitoring.centre.models import CollectorRow, Device, PortPolicyRow
from ventspils.core.places import Site
from ventspils.core.security.secrets import Vault, seal_to


@dataclass(frozen=True)
class WriteTarget:
    """Where collectors write; the token is None where each has its own."""

    url: str
    org: str
    bucket: str
    token: str | None = None


def make_assignment(
    session: Session, vault: Vault, collector: CollectorRow, target: WriteTarget, *, interval_s: int
) -> dict[str, Any]:
    """
    Return what a collector is to read, its secrets sealed to its key: devices of its zone,
    policies, where to write, how often.
    """
    devices = session.scalars(
        select(Device)
        .options(joinedload(Device.site).joinedload(Site.agency), joinedload(Device.credential))
        .where(Device.zone == collector.zone, Device.retired_at.is_(None))
        .order_by(Device.id)
    ).all()
    policies = session.scalars(select(PortPolicyRow).order_by(PortPolicyRow.position, PortPolicyRow.id)).all()
    credentials = {d.credential.id: d.credential for d in devices if d.credential is not None}
    opened = {i: vault.open(c.sealed, f"credential {i}") for i, c in sorted(credentials.items())}
    token = target.token or vault.open(collector.sealed_write_token, f"collector {collector.id}")
    secret = json.dumps({"communities": opened, "token": token}).encode()
    return {
        "zone": collector.zone,
        "devices": [_describe(device) for device in devices],
        "policies": _spread(policies, devices),
        "write": {"url": target.url, "org": target.org, "bucket": target.bucket},
        "sealed": base64.b64encode(seal_to(collector.public_key, secret)).decode(),
        # Sealing differs every time; this tells whether what is sealed changed, and nothing else to who lacks the key.
        "secrets_version": vault.fingerprint(secret, f"collector {collector.id}"),
        "interval_s": interval_s,
    }


def tag_of(assignment: Mapping[str, Any]) -> str:
    """Return the ETag of an assignment: over everything but the sealed octets, which differ every time."""
    stable = {name: value for name, value in assignment.items() if name != "sealed"}
    return f'"{hashlib.sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()}"'


def _spread(policies: Sequence[PortPolicyRow], devices: Sequence[Device]) -> list[dict[str, Any]]:
    """
    Return policies as collectors take them: for devices, then those for kinds, once for every device of it, then for
    all.
    """
    by_kind: dict[str | None, list[str]] = {}
    for device in devices:
        by_kind.setdefault(device.kind, []).append(device.id)
    spread: list[dict[str, Any]] = []
    for policy in sorted(policies, key=lambda p: (p.device_id is None, p.kind is None)):
        rule = {name: getattr(policy, name) for name in ("pattern", "mode", "hours", "full_at_pct", "errors_at_per_s")}
        wanted = [policy.device_id] if policy.kind is None else by_kind.get(policy.kind, [])
        spread += [rule | {"device_id": device_id} for device_id in wanted]
    return spread


def _describe(device: Device) -> dict[str, Any]:
    return {
        "device_id": device.id,
        "name": device.name,
        "agency": device.site.agency.name,
        "site": device.site.name,
        "host": device.host,
        "port": device.port,
        "credential": device.credential_id,
        "snmp_version": device.credential.snmp_version if device.credential else None,
        "parent_id": device.parent_id,
        "parent_port": device.parent_port,
        "reach": device.reach,
    }
