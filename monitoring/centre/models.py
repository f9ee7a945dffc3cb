"""Tables of the network half: devices and who reads them, what is wrong, who is on it, and who is told."""

from datetime import datetime
from typing import Any  # JSON columns

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ventspils.core.database.base import Base
from ventspils.core.places import Agency, Site
from ventspils.core.security.models import Token


class PageLink(Base):
    """
    A link on the pages of devices: a name, and an address in which {host} and other names stand for
    the device's own.
    """

    __tablename__ = "links"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    template: Mapped[str]


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
    agency_id: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))


class Device(Base):
    """What is watched; without a credential it is watched by reachability alone."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    site_id: Mapped[str] = mapped_column(ForeignKey(Site.id), index=True)
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


class EnrolmentCode(Base):
    """A code that lets one collector in, once and for a while."""

    __tablename__ = "enrolment_codes"
    hash: Mapped[str] = mapped_column(primary_key=True)
    zone: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CollectorRow(Base):
    """A collector of a zone, with its public key and the last it said."""

    __tablename__ = "collectors"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    zone: Mapped[str] = mapped_column(index=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    token_hash: Mapped[str] = mapped_column(unique=True)
    write_token_id: Mapped[str] = mapped_column(ForeignKey(Token.id))
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


_IS_OPEN = text("cleared_at IS NULL")


_COUNTED = BigInteger().with_variant(Integer, "sqlite")


class Incident(Base):
    """
    A condition as people handle it, from when it was raised until it is cleared.

    `turned_at` is when it was raised the last time, `root_id` the incident that this one is folded under. `settled_at`
    is when the parents of its device had been probed after it was raised; before that nobody is told. `agency_id` is
    None for what concerns a collector itself.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "ix_incidents_open",
            "collector_id",
            "device_id",
            "rule",
            "object",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    collector_id: Mapped[str]
    device_id: Mapped[str] = mapped_column(index=True)
    agency_id: Mapped[str | None] = mapped_column(index=True)
    rule: Mapped[str]
    object: Mapped[str]
    severity: Mapped[str]
    detail: Mapped[str]
    raised_at: Mapped[datetime] = mapped_column(index=True)
    turned_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    root_id: Mapped[str | None]
    is_in_maintenance: Mapped[bool] = mapped_column(default=False)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    suppressed_until: Mapped[datetime | None]
    kept_open_by: Mapped[str | None]  # whoever opened it again although nothing stands any more
    times_raised: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)


class IncidentEvent(Base):
    """One transition of an incident, with who or what made it and why."""

    __tablename__ = "incident_events"
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    what: Mapped[str]
    note: Mapped[str]


class Maintenance(Base):
    """
    A time in which nobody is told of an institution's, a building's or a device's incidents, and which counts for no
    availability.

    `repeats` is `once`, `daily` or `weekly`; a repetition keeps the local time of day of the town's zone.
    """

    __tablename__ = "maintenance"
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    agency_id: Mapped[str] = mapped_column(ForeignKey(Agency.id), index=True)
    site_id: Mapped[str | None] = mapped_column(ForeignKey(Site.id))
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    repeats: Mapped[str]
    repeats_until: Mapped[datetime | None]
    made_by: Mapped[str]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class NoticeRule(Base):
    """Who is told of what: an address (encrypted; it may hold a password), the institution, and the least severity."""

    __tablename__ = "notice_rules"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    agency_id: Mapped[str | None] = mapped_column(ForeignKey(Agency.id))
    least_severity: Mapped[str]
    language: Mapped[str]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Notice(Base):
    """A message to one address about one turn of one incident: queued, sending, sent or given up."""

    __tablename__ = "notices"
    __table_args__ = (UniqueConstraint("incident_id", "rule_id", "what", "turn"),)
    id: Mapped[int] = mapped_column(_COUNTED, primary_key=True, autoincrement=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.id"), index=True)
    rule_id: Mapped[str] = mapped_column(ForeignKey("notice_rules.id"))
    what: Mapped[str]
    turn: Mapped[int]
    state: Mapped[str] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    may_repeat: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    next_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    trouble: Mapped[str | None]
