"""Tables of people and machines: accounts, what each may do, sessions, one-time links, tokens, and the audit log."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ventspils.core.database.base import Base
from ventspils.core.places import Agency

_COUNTED = BigInteger().with_variant(Integer, "sqlite")


class Person(Base):
    """
    An account; without a password it waits for its one-time link to be used.

    `sealed_totp` is the secret of the phone whose codes are asked for, `sealed_new_totp` one that was not confirmed
    yet.
    """

    __tablename__ = "people"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    password_hash: Mapped[str | None]
    sealed_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_new_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_totp_step: Mapped[int] = mapped_column(BigInteger, default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    grants: Mapped[list["GrantRow"]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class GrantRow(Base):
    """A role of a person, over one institution or, where that is None, over all."""

    __tablename__ = "grants"
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str]
    agency_id: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))
    party: Mapped[str | None]


class SessionRow(Base):
    """
    A signed-in person, or a wall view (which has no person's rights and no end); only the hash of
    its token is kept.
    """

    __tablename__ = "sessions"
    hash: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    is_wall: Mapped[bool] = mapped_column(default=False)
    agency_id: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(lazy="joined")


class OneTimeLink(Base):
    """A link by which a person sets a password, once and for a while."""

    __tablename__ = "one_time_links"
    hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One change, chained to the one before: `hash` is over the fields and the hash before."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=False)
    at: Mapped[str]
    actor: Mapped[str]
    what: Mapped[str]
    object: Mapped[str]
    detail: Mapped[str]
    hash: Mapped[str]


class AuditHead(Base):
    """The end of the chain, one row; who appends holds it until the end of the transaction."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]


class Token(Base):
    """A machine's token: `admin`, `read` or `write`; only its hash is kept."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    scope: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
