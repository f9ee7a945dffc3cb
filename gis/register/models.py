"""
Tables of the digging half: who digs where and when, with every version of it; what is decided,
planned, laid and saved.
"""

from datetime import date, datetime
from typing import Any  # JSON columns

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ventspils.core.database.base import Base


class DigImport(Base):
    """A file that was taken in: `kind` says of what; what became of its records; whether it was undone."""

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


class Party(Base):
    """
    Who digs or asks for it, and its rules for digging together.

    Something is near enough within `within_m` metres and `within_days` days, over `least_share` of its length; to join
    its works one has to say so `join_weeks` before they start or are tendered. Its chances are told to `sealed_address`
    (encrypted).
    """

    __tablename__ = "parties"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    contact: Mapped[str]
    phone: Mapped[str]
    sealed_address: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str]
    within_m: Mapped[float]
    within_days: Mapped[int]
    least_share: Mapped[float]
    join_weeks: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class JointWork(Base):
    """
    A joint dig: works in one trench, with who leads it and by which work.

    `today` is what it would cost by the prices of today where these are others than those it was decided by.
    """

    __tablename__ = "joint_works"
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    lead: Mapped[str]
    made_at: Mapped[datetime]
    opportunity_id: Mapped[str | None]
    lead_work_id: Mapped[str | None]
    today: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Work(Base):
    """
    Somebody's dig, need or dig request, by `sort`. Shapes are WKB in the town's CRS; dates are whole days, `ends_on`
    the last one.

    `shape` is where it was said to be, None while that is not known; `hand_shape` is where somebody put it right, which
    holds before it and is kept when a file comes again. `place` is how it was told by words. `earliest_on` and
    `latest_on` bound when it may start, at `moving_eur_per_month`. `depth_m` is how deep it digs and `diameter_mm` how
    thick its pipe is, None where nobody said so. `after_work_id` is a work without which it does not come. `removed_at`
    is set where it was taken back.
    """

    __tablename__ = "works"
    __table_args__ = (UniqueConstraint("feed", "external_id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    feed: Mapped[str]
    external_id: Mapped[str]
    sort: Mapped[str] = mapped_column(index=True)
    stage: Mapped[str]
    title: Mapped[str]
    kind: Mapped[str]
    promoter: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    earliest_on: Mapped[date | None]
    optimum_on: Mapped[date | None]
    latest_on: Mapped[date | None]
    moving_eur_per_month: Mapped[float | None]
    depth_m: Mapped[float | None]
    diameter_mm: Mapped[float | None]
    tender_on: Mapped[date | None]
    permit_request_on: Mapped[date | None]
    network_elements: Mapped[str]
    contact: Mapped[str]
    contractor: Mapped[str]
    site_manager: Mapped[str]
    phone_24h: Mapped[str]
    permit_number: Mapped[str]
    project_number: Mapped[str]
    condition: Mapped[str]
    after_work_id: Mapped[str | None]
    joint_work_id: Mapped[str | None] = mapped_column(ForeignKey("joint_works.id"))
    is_confidential: Mapped[bool]
    is_emergency: Mapped[bool]
    note: Mapped[str]
    place: Mapped[dict[str, Any] | None]
    shape: Mapped[bytes | None] = mapped_column(LargeBinary)
    hand_shape: Mapped[bytes | None] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """What people call it: its title, or else its id in the feed."""
        return self.title or self.external_id


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
    """
    A place that wants fibre, or a root where fibre is already; x and y in the town's CRS, EUR a year that it is worth.

    `connected_on` is when a plan's section that connects it was built; it is kept when a file of sites comes again. One
    that is wanted no more has `removed_at`.
    """

    __tablename__ = "dig_sites"
    id: Mapped[str] = mapped_column(primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("dig_imports.id"), index=True)
    name: Mapped[str]
    x_m: Mapped[float]
    y_m: Mapped[float]
    has_fibre: Mapped[bool]
    prize_eur_per_year: Mapped[float]
    connect_by: Mapped[date | None]
    connected_on: Mapped[date | None]
    removed_at: Mapped[datetime | None]


class PlanRow(Base):
    """
    A plan: what was asked, the instance that was solved (JSON, packed), and what came out.

    While `state` is running, `progress` tells how far it is; result and instance are empty. One that failed says why in
    `progress`.
    """

    __tablename__ = "plans"
    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    asked: Mapped[dict[str, Any]]
    state: Mapped[str]
    progress: Mapped[dict[str, Any]]
    instance: Mapped[bytes] = mapped_column(LargeBinary)
    result: Mapped[dict[str, Any]]


class PlanAdoption(Base):
    """That a planner made a plan the town's, with a name and a note; the latest holds, those before it stay known."""

    __tablename__ = "plan_adoptions"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    name: Mapped[str]
    note: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]


class CableRoute(Base):
    """
    A line with ducts in the ground; `sections` of a plan become one when they are built. Metres of duct are along
    `shape`.
    """

    __tablename__ = "cable_routes"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    owner: Mapped[str]
    state: Mapped[str]
    ducts: Mapped[int]
    free_ducts: Mapped[int]
    built_on: Mapped[date | None]
    source: Mapped[str]
    plan_id: Mapped[str | None]
    import_id: Mapped[str | None] = mapped_column(ForeignKey("dig_imports.id"), index=True)
    shape: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)


class Moratorium(Base):
    """
    A place that is closed to digging from a day until another; made by itself where `work_id` is a resurfacing that
    ended.
    """

    __tablename__ = "moratoria"
    id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    since: Mapped[date]
    until: Mapped[date]
    work_id: Mapped[str | None] = mapped_column(ForeignKey("works.id"), unique=True)
    shape: Mapped[bytes] = mapped_column(LargeBinary)
    removed_at: Mapped[datetime | None]


class Opportunity(Base):
    """
    A chance to dig once: what is wanted, by whom, beside which work; and what was decided about it.

    `wanted` is a need or another work by id, or fibre; `edges` are the street edges of that version of the streets on
    which it would join, or has joined. Money is by the prices of `priced_on`, as when it was last looked at; one that
    was joined or missed keeps it.
    """

    __tablename__ = "opportunities"
    __table_args__ = (UniqueConstraint("wanted", "work_id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    wanted: Mapped[str]
    work_id: Mapped[str] = mapped_column(ForeignKey("works.id"), index=True)
    owner: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    length_m: Mapped[float]
    low_eur: Mapped[float]
    mid_eur: Mapped[float]
    high_eur: Mapped[float]
    basis: Mapped[dict[str, Any]]
    edges: Mapped[list[int]] = mapped_column(default=list)
    streets_version: Mapped[str] = mapped_column(default="")
    priced_on: Mapped[date | None]
    last_day: Mapped[date | None]
    reason: Mapped[str]
    until: Mapped[date | None]
    moved: Mapped[str]
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str]
    told_version: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class OwnPriceRow(Base):
    """A price of the town's own that replaces a default, with its document; one that is withdrawn stays known."""

    __tablename__ = "own_prices"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    value: Mapped[float]
    basis: Mapped[str]
    document: Mapped[str]
    dated: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class LedgerYear(Base):
    """By which rule a year's joint bills are shared."""

    __tablename__ = "ledger_years"
    year: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str]


class LedgerEntry(Base):
    """
    One joint dig or missed chance of a year at one stage: planned, agreed, realised, missed. Entries are added, never
    changed; a withdrawal takes the subject's entries of its stage back.

    `alone` (by party), `joint` and `saving` are ranges. `parts` is what each party's trench alone is made of, `due`
    what of the saving is due to each by Shapley's value, `sections` where it is dug and by whom, `bills` what a metre
    is added up from, `talking_eur` what bringing clients together costs; by the prices of `priced_on`. `reason` says
    why an entry was corrected or withdrawn.
    """

    __tablename__ = "ledger_entries"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(index=True)
    year: Mapped[int] = mapped_column(index=True)
    stage: Mapped[str]
    title: Mapped[str]
    alone: Mapped[dict[str, Any]]
    joint: Mapped[dict[str, Any]]
    sources: Mapped[list[str]]
    disruption_days: Mapped[float]
    document: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    saving: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due: Mapped[dict[str, Any]] = mapped_column(default=dict)
    parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sections: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    bills: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    talking_eur: Mapped[float] = mapped_column(default=0.0)
    priced_on: Mapped[date | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(default="")
    is_unusual: Mapped[bool] = mapped_column(default=False)
    is_withdrawal: Mapped[bool] = mapped_column(default=False)


class LedgerReport(Base):
    """
    A report of a year: its number, who drew it up and who approved it, its content and the hash of that.

    A draft becomes issued by the approval of somebody else; then it is never changed.
    """

    __tablename__ = "ledger_reports"
    number: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int]
    issued_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(default="")
    approved_by: Mapped[str]
    state: Mapped[str] = mapped_column(default="issued")
    digest: Mapped[str]
    content: Mapped[dict[str, Any]]
