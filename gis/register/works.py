"""
Works, needs and dig requests in the register: what may be said of one, how it stands, who sees it and who changes it,
and every version of it.

The three are one table, as a request or a need becomes a work and keeps its history.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any  # JSON documents

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session

from gis.register.models import Work, WorkVersion
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.security.roles import Access, NotAllowedError, Scope

BY_HAND = "by hand"  # the feed of what nobody took from a file
SORTS = ("work", "need", "request")
STAGES = ("idea", "planned", "tendered", "contracted", "done", "cancelled")
PUBLISHED = STAGES[1:5]  # from there on a work's facts are to be there for others
_TEXTS = (
    "title", "kind", "promoter", "network_elements", "contact", "contractor", "site_manager", "phone_24h",
    "permit_number",
    "project_number", "condition", "note",
)  # fmt: skip
_DATES = ("starts_on", "ends_on", "earliest_on", "optimum_on", "latest_on", "tender_on", "permit_request_on")
FIELDS = (
    "sort", "stage", *_TEXTS, *_DATES, "moving_eur_per_month", "depth_m", "diameter_mm",
    "after_work_id", "joint_work_id", "is_confidential", "is_emergency", "place",
)  # fmt: skip
_DEFAULTS: Mapping[str, Any] = {
    "sort": "work", "stage": "planned", **dict.fromkeys(_TEXTS, ""), **dict.fromkeys(_DATES),
    "moving_eur_per_month": None, "depth_m": None, "diameter_mm": None, "after_work_id": None, "joint_work_id": None,
    "is_confidential": False, "is_emergency": False, "place": None,
}  # fmt: skip
# Regulation (EU) 2024/1309, Article 6(1): what is to be told of a planned work.
FACTS = ("location", "kind", "network_elements", "starts_on", "ends_on", "permit_request_on", "contact")
_ORDER = (
    ("starts_on", "ends_on"),
    ("earliest_on", "optimum_on"),
    ("optimum_on", "latest_on"),
    ("earliest_on", "latest_on"),
)


def new_work(feed: str, external_id: str, values: Mapping[str, Any]) -> Work:
    """Return a work that is not in the register yet, with what is not said left open."""
    return Work(
        id=uuid.uuid4().hex[:16],
        feed=feed,
        external_id=external_id,
        version=0,
        shape=values.get("shape"),
        hand_shape=None,
        **{name: values.get(name, default) for name, default in _DEFAULTS.items()},
    )


def keep_version(session: Session, work: Work, actor: str, now: datetime, import_id: str | None = None) -> None:
    """Count a work's version up and keep it as it is now, with who made it so."""
    work.version += 1
    session.add(work)
    session.flush()
    session.add(
        WorkVersion(
            work_id=work.id, version=work.version, at=now, actor=actor, import_id=import_id, document=document_of(work)
        )
    )
    session.flush()


def document_of(work: Work) -> dict[str, Any]:
    """Return what a version keeps of a work."""
    fields = {name: getattr(work, name) for name in FIELDS}
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
    shapes = {name: octets.hex() if (octets := getattr(work, name)) else None for name in ("shape", "hand_shape")}
    return told | shapes | {"removed": work.removed_at is not None}


def document_in(version: WorkVersion) -> dict[str, Any]:
    """Return what a version keeps of a work; what the register had no place for then, nobody had said."""
    return {**_DEFAULTS, **version.document}


def restore(work: Work, version: WorkVersion, now: datetime) -> None:
    """Make a work what a version says."""
    document = document_in(version)
    for name in FIELDS:
        if name == "joint_work_id":
            continue  # that is for decisions about chances to say
        value = document[name]
        setattr(work, name, date.fromisoformat(value) if name in _DATES and value else value)
    for name in ("shape", "hand_shape"):
        octets = document.get(name)
        setattr(work, name, bytes.fromhex(octets) if octets else None)
    work.removed_at = now if document["removed"] else None


def outline_of(work: Work) -> BaseGeometry | None:
    """
    Return where a work is in the town's CRS: where it was put right by hand, else where it was said
    to be, else None.
    """
    octets = work.hand_shape or work.shape
    return shapely.from_wkb(octets) if octets else None


def status_of(work: Work, today: date) -> str:
    """Return how a work stands, by its stage and dates: cancelled, done, under_way, overdue, to_come, idea, unknown."""
    if work.stage in ("cancelled", "done"):
        return work.stage
    if work.starts_on is None:
        return "idea" if work.stage == "idea" or work.sort == "need" else "unknown"
    if work.ends_on is not None and work.ends_on < today:
        return "done"
    if work.starts_on > today:
        return "idea" if work.stage == "idea" else "to_come"
    return "overdue" if work.stage == "idea" else "under_way"


def missing_facts(work: Work) -> list[str]:
    """Return which of the facts that are to be published of a planned work are not known."""
    if work.sort != "work" or work.stage not in PUBLISHED or work.is_emergency:
        return []
    known = {name: getattr(work, name, None) for name in FACTS} | {"location": work.hand_shape or work.shape}
    if work.permit_number:
        known["permit_request_on"] = work.permit_number  # it was asked for already
    return [name for name in FACTS if not known[name]]


def warnings_of(work: Work) -> list[str]:
    """Return what somebody who enters or changes a work is to be told of, though it is taken as it is."""
    if not (missing := missing_facts(work)):
        return []
    return [
        "Not known yet, though Article 6 of the EU Gigabit Infrastructure Act (Regulation (EU) 2024/1309) asks that it "
        f"is told of a planned work: {', '.join(missing)}."
    ]


def change(session: Session, work: Work, values: Mapping[str, Any]) -> None:
    """
    Set fields of a work.

    Raises:
        UsageError: dates in the wrong order, a stage or sort that does not exist, or a work to follow that is unknown.
    """
    for name, value in values.items():
        setattr(work, name, value)
    _check(session, work)


def _check(session: Session, work: Work) -> None:
    if work.sort not in SORTS or work.stage not in STAGES:
        raise UsageError(
            f"A {work.sort!r} at the stage {work.stage!r} is none of {', '.join(SORTS)} and {', '.join(STAGES)}."
        )
    for first, second in _ORDER:
        before, after = getattr(work, first), getattr(work, second)
        if before and after and after < before:
            raise UsageError(f"{second} {after} lies before {first} {before}; put one of them right.")
    after = work.after_work_id
    if after is not None and (after == work.id or session.get(Work, after) is None):
        raise UsageError(f"Work {after!r}, on which this one hangs, is unknown.")


def seen_by(scope: Scope) -> ColumnElement[bool]:
    """
    Return the condition for works that a caller may see: all, or those of its parties and those
    that are no secret.
    """
    if scope.is_all:
        return true()
    own = Work.promoter.in_(scope.parties) if scope.parties else false()
    return or_(Work.is_confidential.is_(False), own)


def find_work(session: Session, work_id: str, scope: Scope) -> Work:
    """
    Return a work that a caller may see.

    Raises:
        NotFoundError: there is none, or it is a secret of somebody else.
    """
    work = session.scalar(select(Work).where(Work.id == work_id, Work.removed_at.is_(None), seen_by(scope)))
    if work is None:
        raise NotFoundError(f"Work {work_id!r} is unknown.")
    return work


def find_own(session: Session, work_id: str, access: Access) -> Work:
    """
    Return a work that a caller may change.

    Raises:
        NotFoundError: there is none that the caller may see.
        NotAllowedError: it is somebody else's.
    """
    work = find_work(session, work_id, access.scope)
    require_party(access, work.promoter)
    return work


def require_party(access: Access, promoter: str) -> None:
    """
    Let pass what is done for a party of the caller's.

    Raises:
        NotAllowedError: it is somebody else.
    """
    if not access.scope.has_party(promoter):
        raise NotAllowedError(f"Your roles do not allow to {access.action} for {promoter or 'nobody'!r}.")


def list_works(
    session: Session, scope: Scope, *, sort: str, unplaced: bool | None, text: str, limit: int, start: int
) -> tuple[Sequence[Work], int]:
    """
    Return a part of the works of a sort by their start, and how many there are in all.

    Args:
        session: The registry.
        scope: What the caller may see.
        sort: One of `SORTS`.
        unplaced: Only those that are still to be placed, or only those that are not.
        text: What title or promoter contain.
        limit: How many of them.
        start: From which one.
    """
    fits = [Work.removed_at.is_(None), Work.sort == sort, seen_by(scope)]
    if unplaced is not None:
        is_unplaced = Work.shape.is_(None) & Work.hand_shape.is_(None)
        fits.append(is_unplaced if unplaced else ~is_unplaced)
    if text:
        fits.append(func.lower(Work.title + " " + Work.promoter).contains(text.lower(), autoescape=True))
    total = session.scalar(select(func.count()).select_from(Work).where(*fits)) or 0
    order = (Work.starts_on, Work.title, Work.id)
    return session.scalars(select(Work).where(*fits).order_by(*order).limit(limit).offset(start)).all(), total


def list_versions(session: Session, work: Work, scope: Scope) -> list[WorkVersion]:
    """Return the versions of a work that a caller may see: those that were a secret are their party's own."""
    kept = session.scalars(select(WorkVersion).where(WorkVersion.work_id == work.id).order_by(WorkVersion.version))
    return [v for v in kept if not v.document["is_confidential"] or scope.has_party(v.document["promoter"])]
