"""Tables of the digging half: streets, works with every version of them, sites that want fibre, imports and plans."""

from datetime import date, datetime
from typing import Any  # JSON columns

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ventspils.core.registry.base import Base


class DigImport(Base):
    """A file that was taken in: `kind` is works, streets, sites or routes; what became of its records; whether it was undone."""

    __tablename__ = "dig_imports"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    source: Mapped[str]
    attribution: Mapped[str]
    report: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]


class StreetSet(Base):
    """The street graph of the town as one import left it; the latest that was not undone holds. `data` is Parquet."""

    __tablename__ = "street_sets"
    import_id: Mapped[str] = mapped_column(ForeignKey("dig_imports.id"), primary_key=True)
    crs: Mapped[str]
    digest: Mapped[str]
    edges: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Work(Base):
    """
    Somebody's dig. `shape` is WKB in the town's CRS; dates are whole days, `ends_on` the last one.

    `earliest_on` and `latest_on` bound when it may start, at `moving_eur_per_month`. `removed_at` is set where an import was undone.
    """

    __tablename__ = "works"
    __table_args__ = (UniqueConstraint("feed", "external_id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    feed: Mapped[str]
    external_id: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    promoter: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    earliest_on: Mapped[date | None]
    latest_on: Mapped[date | None]
    moving_eur_per_month: Mapped[float | None]
    note: Mapped[str]
    shape: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None]


class WorkVersion(Base):
    """A work as it was from some time on, with who or which import made it so; its shape is hexadecimal WKB."""

    __tablename__ = "work_versions"
    work_id: Mapped[str] = mapped_column(ForeignKey("works.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    import_id: Mapped[str | None] = mapped_column(ForeignKey("dig_imports.id"), index=True)
    document: Mapped[dict[str, Any]]


class DigSite(Base):
    """A place that wants fibre, or a root where fibre is already; x and y in the town's CRS, EUR a year that it is worth."""

    __tablename__ = "dig_sites"
    id: Mapped[str] = mapped_column(primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("dig_imports.id"), index=True)
    name: Mapped[str]
    x_m: Mapped[float]
    y_m: Mapped[float]
    has_fibre: Mapped[bool]
    prize_eur_per_year: Mapped[float]
    connect_by: Mapped[date | None]


class PlanRow(Base):
    """A plan: what was asked, the instance that was solved (JSON, packed), and what came out."""

    __tablename__ = "plans"
    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    asked: Mapped[dict[str, Any]]
    instance: Mapped[bytes] = mapped_column(LargeBinary)
    result: Mapped[dict[str, Any]]
