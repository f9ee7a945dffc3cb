"""Collectors: letting them in and shutting them out."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from monitoring.centre.models import CollectorRow, ConditionRow, Credential, Device, EnrolmentCode
from ventspils.core.errors import ConflictError, NotFoundError, UsageError
from ventspils.core.security.machine_tokens import add_token
from ventspils.core.security.models import Token
from ventspils.core.security.secrets import Vault, hash_token, new_token

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


def list_collectors(session: Session) -> Sequence[CollectorRow]:
    """Return all collectors by name, also those that were shut out."""
    return session.scalars(select(CollectorRow).order_by(CollectorRow.name)).all()
