"""Collectors: letting them in, telling them what to read, hearing what they saw."""

import base64
import json
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any  # JSON documents

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session, joinedload

from monitoring.centre.models import CollectorRow, ConditionRow, Credential, Device, EnrolmentCode, PortPolicyRow
from ventspils.core.digests import digest_of
from ventspils.core.errors import ConflictError, NotFoundError, UsageError
from ventspils.core.places import Site
from ventspils.core.security.models import Token
from ventspils.core.security.secrets import Vault, hash_token, new_token, seal_to
from ventspils.core.security.tokens import add_token

CODE_VALID = timedelta(hours=1)
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def make_code(session: Session, *, zone: str, now: datetime) -> str:
    """Return a one-time code that lets a collector into a zone for an hour."""
    code = "-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(5)) for _ in range(4))
    session.add(EnrolmentCode(hash=hash_token(code), zone=zone, expires_at=now + CODE_VALID))
    return code


@dataclass(frozen=True)
class Enrolled:
    """What a collector gets when it is let in."""

    collector_id: str
    zone: str
    token: str


def enrol(session: Session, vault: Vault, *, code: str, name: str, public_key: bytes, now: datetime) -> Enrolled:
    """
    Let a collector in.

    Raises:
        UsageError: the code is unknown, used or too old, or the key is not one.
        ConflictError: the name is taken.
    """
    if len(public_key) != 32:
        raise UsageError("The public key must be 32 octets.")
    # One statement takes the code, so that of two collectors at once only one gets it.
    mine = EnrolmentCode.hash == hash_token(code.strip().upper())
    usable = (mine, EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at >= now)
    zone = session.scalar(update(EnrolmentCode).where(*usable).values(used_at=now).returning(EnrolmentCode.zone))
    if zone is None:
        raise UsageError("The enrolment code is unknown, used or older than an hour; make a new one at the centre.")
    if session.scalar(select(CollectorRow).where(CollectorRow.name == name)):
        raise ConflictError(f"A collector {name!r} exists already; choose another name or revoke it first.")
    collector_id, token = uuid.uuid4().hex[:16], new_token()
    write_token, write_text = add_token(session, name=f"collector {name}", scope="write", now=now)
    session.add(
        CollectorRow(
            id=collector_id,
            name=name,
            zone=zone,
            public_key=public_key,
            token_hash=hash_token(token),
            write_token_id=write_token.id,
            sealed_write_token=vault.seal(write_text, f"collector {collector_id}"),
            enrolled_at=now,
        )
    )
    session.flush()
    return Enrolled(collector_id, zone, token)


def find_collector(session: Session, token: str) -> CollectorRow | None:
    """Return the collector of that token, unless it was revoked."""
    return session.scalar(
        select(CollectorRow).where(CollectorRow.token_hash == hash_token(token), CollectorRow.revoked_at.is_(None))
    )


def revoke(session: Session, name: str, now: datetime) -> list[str]:
    """
    Shut a collector out and return the names of the credentials it knew, which are to be changed on the devices.

    Raises:
        NotFoundError: no such collector.
    """
    collector = session.scalar(select(CollectorRow).where(CollectorRow.name == name, CollectorRow.revoked_at.is_(None)))
    if collector is None:
        raise NotFoundError(f"Collector {name!r} is unknown or revoked already.")
    collector.revoked_at = now
    collector.name = f"{name} (revoked {now:%Y-%m-%d %H:%M:%S})"  # its name is free again
    if (token := session.get(Token, collector.write_token_id)) is not None:
        token.revoked_at = now
    known = (
        select(Credential.name).join(Device, Device.credential_id == Credential.id).where(Device.zone == collector.zone)
    )
    session.execute(delete(ConditionRow).where(ConditionRow.collector_id == collector.id))
    return sorted(set(session.scalars(known)))


@dataclass(frozen=True)
class WriteTarget:
    """Where collectors write; the token is None where each has its own."""

    url: str
    org: str
    bucket: str
    token: str | None = None


def assignment(session: Session, vault: Vault, collector: CollectorRow, target: WriteTarget) -> dict[str, Any]:
    """
    Return what a collector is to read, its secrets sealed to its key: devices of its zone,
    policies, where to write.
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
    }


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


def take_report(session: Session, collector: CollectorRow, report: dict[str, Any], now: datetime) -> bool:
    """
    Keep a sweep report and the conditions in it; return whether the collector must send the full set of conditions.

    The digest tells: it is over all conditions that are true at the collector, and must equal the one over those kept
    here.
    """
    is_known = report["sequence"] == collector.last_sequence  # its answer was lost on the way, so it came again
    if is_known or (report["sequence"] < collector.last_sequence and not report.get("first")):
        return False
    known = {"", *session.scalars(select(Device.id).where(Device.zone == collector.zone))}
    for part in ("full", "raised", "cleared"):
        if report.get(part) is not None:
            # Of other zones' devices a collector has nothing to say, and of one condition one thing.
            mine = [c for c in report[part] if c["device_id"] in known]
            report[part] = list({(c["device_id"], c["rule"], c["object"]): c for c in mine}.values())
    full = report.get("full")
    if full is not None:
        session.execute(delete(ConditionRow).where(ConditionRow.collector_id == collector.id))
        _put(session, collector, full)
    else:
        _remove(session, collector, report["cleared"])
        _remove(session, collector, report["raised"])
        _put(session, collector, report["raised"])
    collector.last_sequence, collector.last_report_at = report["sequence"], now
    collector.last_report = {k: v for k, v in report.items() if k not in ("full", "raised", "cleared")}
    session.flush()
    columns = (ConditionRow.device_id, ConditionRow.rule, ConditionRow.object, ConditionRow.severity)
    kept = session.execute(select(*columns).where(ConditionRow.collector_id == collector.id)).all()
    return digest_of(kept) != str(report["digest"])


def _put(session: Session, collector: CollectorRow, conditions: Sequence[dict[str, Any]]) -> None:
    if conditions:
        session.execute(insert(ConditionRow), [{"collector_id": collector.id, **condition} for condition in conditions])


def _remove(session: Session, collector: CollectorRow, conditions: Sequence[dict[str, Any]]) -> None:
    if conditions:
        columns = ConditionRow.__table__.c
        keys = ("device_id", "rule", "object")
        fits = [columns[key] == bindparam(f"of_{key}") for key in keys]
        statement = delete(ConditionRow).where(columns.collector_id == collector.id, *fits)
        session.connection().execute(statement, [{f"of_{key}": c[key] for key in keys} for c in conditions])
