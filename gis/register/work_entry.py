"""Works entered and changed by people: where they are said to be, in words or as a shape, and each change a version."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any  # fields of works
from uuid import uuid4

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gis.register import works
from gis.register.models import Work, WorkVersion
from gis.register.streets import load_town
from gis.streets import Described, UnplacedError
from ventspils.core.errors import NotFoundError
from ventspils.core.security.roles import Access


@dataclass(frozen=True)
class Whereabouts:
    """
    Where a work is said to be: in words, or as a shape in the town's CRS, which holds before words.

    The shape is asked for once it is known that the caller may say so.
    """

    described: Described | None = None
    find_shape: Callable[[], BaseGeometry] | None = None


def enter_work(session: Session, access: Access, values: Mapping[str, Any], where: Whereabouts, now: datetime) -> Work:
    """
    Enter a work, a need or a dig request; words that do not say for certain where it is leave it to be placed by hand.

    Raises:
        NotAllowedError: it is for somebody else.
        UsageError: what is said of it cannot be.
    """
    works.require_party(access, values["promoter"])
    work = works.new_work(works.BY_HAND, uuid4().hex, values)
    if where.described is not None:
        _put_by_words(session, work, where.described)
    if where.find_shape is not None:
        work.shape = shapely.to_wkb(where.find_shape())
    works.change(session, work, {"title": work.title or _title_of(work)})
    works.keep_version(session, work, access.caller.name, now)
    return work


def enter_emergency(
    session: Session,
    access: Access,
    where: Described,
    *,
    promoter: str,
    phone_24h: str,
    note: str,
    today: date,
    now: datetime,
) -> Work:
    """Enter a dig that cannot wait: it begins today, and what else is to be told can follow."""
    values = {
        "sort": "work", "stage": "contracted", "kind": "emergency", "promoter": promoter, "phone_24h": phone_24h,
        "note": note, "starts_on": today, "is_emergency": True,
    }  # fmt: skip
    return enter_work(session, access, values, Whereabouts(where), now)


def _title_of(work: Work) -> str:
    place = work.place or {}
    ends = [place[name] for name in ("begin", "end") if place.get(name)]
    return " ".join([place.get("street", ""), " – ".join(ends)]).strip()


def _put_by_words(session: Session, work: Work, described: Described) -> None:
    work.shape, unplaced = None, ""
    try:
        work.shape = shapely.to_wkb(load_town(session).gazetteer.place(described).shape)
    except UnplacedError as error:
        unplaced = str(error)
    work.place = asdict(described) | {"unplaced": unplaced}


def edit_work(
    session: Session, access: Access, work: Work, values: Mapping[str, Any], where: Whereabouts, now: datetime
) -> None:
    """
    Change a work, and put it elsewhere where that is said; that is a new version.

    Words hold before what was put right by hand before; a shape is itself put right by hand.

    Raises:
        NotAllowedError: it would be somebody else's.
        UsageError: what is said of it cannot be.
    """
    if "promoter" in values:
        works.require_party(access, values["promoter"])
    if where.described is not None:
        _put_by_words(session, work, where.described)
        work.hand_shape = None
    if where.find_shape is not None:
        work.hand_shape = shapely.to_wkb(where.find_shape())
    works.change(session, work, values)
    works.keep_version(session, work, access.caller.name, now)


def take_back(session: Session, access: Access, work_id: str, now: datetime) -> Work:
    """Take a work back; `restore_work` brings it again."""
    work = works.find_own(session, work_id, access)
    work.removed_at = now
    works.keep_version(session, work, access.caller.name, now)
    return work


def restore_work(session: Session, access: Access, work_id: str, version: int, now: datetime) -> Work:
    """
    Make a work what it was at a version; that is a new version.

    Raises:
        NotFoundError: there is no such version of it that the caller may see.
        NotAllowedError: it would be somebody else's.
    """
    work, kept = session.get(Work, work_id), session.get(WorkVersion, (work_id, version))
    if work is None or kept is None or not access.scope.has_party(work.promoter):
        raise NotFoundError(f"Version {version} of work {work_id!r} is unknown.")
    works.require_party(access, kept.document["promoter"])
    works.restore(work, kept, now)
    works.keep_version(session, work, access.caller.name, now)
    return work
