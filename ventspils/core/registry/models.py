"""Tables of the registry: places, devices, collectors and what these say."""

from datetime import datetime
from typing import Any  # JSON columns

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ventspils.core.registry.base import Base


class Agency(Base):
    """An institution whose devices are watched."""

    __tablename__ = "agencies"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)


class Link(Base):
    """A link on the pages of devices: a name, and an address in which {host} and other names stand for the device's own."""

    __tablename__ = "links"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    template: Mapped[str]


class Site(Base):
    """A building of an agency; longitude and latitude in EPSG:4326."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[str]
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    opening_hours: Mapped[str | None]
    address: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    agency: Mapped[Agency] = relationship()


class Contact(Base):
    """Whom to call about an institution, or about one of its buildings; `reference` is a contract or customer number."""

    __tablename__ = "contacts"
    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    site_id: Mapped[str | None] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    reference: Mapped[str | None]


class Credential(Base):
    """
    What a device asks for; the secret is encrypted and never given out but sealed to a collector.

    One that belongs to an institution serves its devices alone; one that belongs to none is the whole town's.
    """

    __tablename__ = "credentials"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    snmp_version: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    agency_id: Mapped[str | None] = mapped_column(ForeignKey("agencies.id"))


class Device(Base):
    """What is watched; without a credential it is watched by reachability alone."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), index=True)
    host: Mapped[str]
    port: Mapped[int]
    credential_id: Mapped[str | None] = mapped_column(ForeignKey("credentials.id"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    parent_port: Mapped[str | None]
    reach: Mapped[str]
    zone: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str | None]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    site: Mapped[Site] = relationship()
    credential: Mapped[Credential | None] = relationship()


class PortPolicyRow(Base):
    """
    Which ports may alarm and at which limits, by pattern; for one device, for those of a kind, or for all.

    `full_at_pct` is the share of the line rate, `errors_at_per_s` the errored packets a second at which a port alarms.
    """

    __tablename__ = "port_policies"
    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    pattern: Mapped[str]
    mode: Mapped[str]
    hours: Mapped[str | None]
    full_at_pct: Mapped[float | None]
    kind: Mapped[str | None]
    errors_at_per_s: Mapped[float | None]


class Token(Base):
    """A machine's token: `admin`, `read` or `write`; only its hash is kept."""

    __tablename__ = "tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    scope: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class EnrolmentCode(Base):
    """A code that lets one collector in, once and for a while."""

    __tablename__ = "enrolment_codes"
    hash: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Collector(Base):
    """A collector of a zone, with its public key and the last it said."""

    __tablename__ = "collectors"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    zone: Mapped[str] = mapped_column(index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    token_hash: Mapped[str] = mapped_column(unique=True)
    write_token_id: Mapped[str] = mapped_column(ForeignKey("tokens.id"))
    sealed_write_token: Mapped[bytes] = mapped_column(LargeBinary)
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    last_report_at: Mapped[datetime | None]
    last_report: Mapped[dict[str, Any] | None]


class ConditionRow(Base):
    """A condition that is true, as its collector reported it."""

    __tablename__ = "conditions"
    collector_id: Mapped[str] = mapped_column(ForeignKey("collectors.id"), primary_key=True)
    device_id: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    object: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[str]
    detail: Mapped[str]
    since_s: Mapped[int] = mapped_column(BigInteger)
