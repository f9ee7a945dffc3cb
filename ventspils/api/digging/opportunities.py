"""Chances to dig once, parties with their rules, places closed to digging, and what moved, over HTTP."""

import uuid
from datetime import date
from typing import Annotated, Any, Literal  # JSON documents

from fastapi import APIRouter, Query, Response
from pydantic import Field, SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register import moratoria, works
from gis.register.conflicts import Timed, find_conflicts, find_in_moratoria
from gis.register.models import JointWork, Moratorium, Opportunity, Party, Work, WorkVersion
from gis.sharing import opportunities
from gis.sharing.chances import FIBRE
from monitoring.centre import notices
from ventspils.api.access import Planning, PlanningSome, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.digging.works import from_degrees, in_degrees
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.chance_watch import as_of, bring_up_to_date
from ventspils.centre.state import Centre
from ventspils.core.errors import ConflictError, NotFoundError, UsageError
from ventspils.core.i18n import Language
from ventspils.core.security.roles import Access, NotAllowedError

router = APIRouter(prefix="/api/v1", tags=["chances"])
States = Literal["open", "accepted", "declined", "postponed", "missed", "gone"]


class PartyBody(Body):
    """
    Who digs or asks for it, and what counts as near for it; its chances are told to `address`, which is never given
    back.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Annotated[str, Field(max_length=100)] = ""
    contact: Annotated[str, Field(max_length=500)] = ""
    phone: Annotated[str, Field(max_length=100)] = ""
    within_m: Annotated[float, Field(ge=0, le=1000)] = 5.0
    within_days: Annotated[int, Field(ge=0, le=3660)] = 183
    least_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    join_weeks: Annotated[int, Field(ge=0, le=104)] = 8
    address: Annotated[SecretStr | None, Field(max_length=2000)] = None
    language: Language = "lv"


class DecisionBody(Body):
    """What is decided about a chance: declining needs a reason, postponing a day, handing over somebody."""

    decision: Literal["accept", "decline", "postpone", "hand_to", "reopen"]
    reason: Annotated[str, Field(max_length=1000)] = ""
    until: Day | None = None
    to: Annotated[str, Field(max_length=200)] = ""


class MoratoriumBody(Body):
    """A place, GeoJSON in degrees, that is closed to digging from a day until another, and why."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    since: Day
    until: Day
    geometry: dict[str, Any]


@router.get("/opportunities")
def list_opportunities(
    centre: TheCentre,
    session: TheSession,
    access: SurveyingSome,
    page: ThePage,
    state: Annotated[list[States], Query()] = [],  # noqa: B006 - FastAPI copies it
    owner: Annotated[str, Query(max_length=200)] = "",
) -> Json:
    """List chances to dig once: what is to be decided first comes first, then by what is saved."""
    rows = session.execute(
        select(Opportunity, Work).join(Work, Opportunity.work_id == Work.id).where(works.seen_by(access.scope))
    ).all()
    wanted = {w.id: w for w in session.scalars(select(Work).where(Work.id.in_([o.wanted for o, _ in rows])))}
    items = [
        _describe(row, work, wanted.get(row.wanted))
        for row, work in rows
        if (not state or row.state in state)
        and (not owner or row.owner == owner)
        and _may_see(access, wanted.get(row.wanted))
    ]
    items.sort(key=_first_to_decide)
    return page.of(items) | {"as_of": as_of(centre)}


def _first_to_decide(item: Json) -> tuple[bool, date, float, str]:
    """Return what chances are ordered by: those that wait for somebody by their last day, the others by their euro."""
    waits = item["state"] in opportunities.WAITING
    return not waits, (item["last_day"] or date.max) if waits else date.max, -item["mid_eur"], item["id"]


def _may_see(access: Access, wanted: Work | None) -> bool:
    """Whether a caller may know of what is wanted: a secret need is known to its own party alone."""
    return wanted is None or not wanted.is_confidential or access.scope.has_party(wanted.promoter)


def _describe(row: Opportunity, work: Work, wanted: Work | None) -> Json:
    names = (
        "id", "wanted", "work_id", "owner", "state", "length_m", "low_eur", "mid_eur", "high_eur", "basis",
        "last_day", "reason",
        "until", "moved", "decided_at", "decided_by", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "wanted_title": wanted.name if wanted else FIBRE,
        "wanted_sort": wanted.sort if wanted else FIBRE,
        "work_title": work.name, "work_party": work.promoter, "work_starts_on": work.starts_on,
        "condition": wanted.condition if wanted else "",
    }  # fmt: skip


@router.post("/opportunities/{opportunity_id}/decision")
def decide(
    centre: TheCentre,
    session: TheSession,
    access: PlanningSome,
    log: TheLog,
    response: Response,
    opportunity_id: str,
    body: DecisionBody,
    if_match: IfMatch = None,
) -> Json:
    """Accept, decline, postpone, hand over or reopen a chance."""
    bring_up_to_date(centre)
    row = session.get(Opportunity, opportunity_id)
    work = session.get(Work, row.work_id) if row is not None else None
    wanted = session.get(Work, row.wanted) if row is not None else None
    if row is None or work is None or not _may_see(access, wanted) or not (_may_see(access, work)):
        raise NotFoundError(f"Chance {opportunity_id!r} is unknown.")
    if not access.scope.has_party(row.owner):
        raise NotAllowedError(f"This chance is for {row.owner!r} to decide.")
    take_version(row, if_match, _describe(row, work, wanted))
    said = body.model_dump(exclude={"decision"})
    opportunities.decide(session, row, body.decision, access.caller.name, centre.now(), **said)
    session.flush()
    log(f"chance: {body.decision}", work.title, opportunity_id=row.id, reason=body.reason)
    show_version(response, row)
    return _describe(row, work, wanted)


@router.get("/changes")
def list_changes(centre: TheCentre, session: TheSession, access: SurveyingSome, page: ThePage, since: Day) -> Json:
    """
    List works whose dates moved since a day, how far, and the chances that hang on them with their euro; the dearest
    first.
    """
    rows = session.scalars(select(Work).where(Work.sort == "work", works.seen_by(access.scope))).all()
    hang: dict[str, list[Opportunity]] = {}
    for chance in session.scalars(select(Opportunity).order_by(Opportunity.id)):
        if _may_see(access, session.get(Work, chance.wanted)):
            hang.setdefault(chance.work_id, []).append(chance)
    items = [
        _describe_change(row, was, hang.get(row.id, []))
        for row in rows
        if (was := _dates_before(session, row, since)) is not None
        and (was != _dates(row) or row.removed_at is not None)
    ]
    items.sort(key=lambda item: (-float(item["at_stake_eur"]), item["title"], item["work_id"]))
    return page.of(items) | {"as_of": as_of(centre)}


def _dates(work: Work) -> Json:
    return {name: value.isoformat() if (value := getattr(work, name)) else None for name in ("starts_on", "ends_on")}


def _dates_before(session: Session, work: Work, since: date) -> Json | None:
    """
    Return a work's dates as they were before a day, or at first where it came later; None of one
    that was gone already.
    """
    versions = session.scalars(
        select(WorkVersion).where(WorkVersion.work_id == work.id).order_by(WorkVersion.version)
    ).all()
    before = [version for version in versions if version.at.date() < since] or versions[:1]
    if not before or before[-1].document["removed"]:
        return None
    return {name: before[-1].document.get(name) for name in ("starts_on", "ends_on")}


def _describe_change(work: Work, was: Json, hang: list[Opportunity]) -> Json:
    now = _dates(work)
    names = ("id", "owner", "state", "mid_eur", "moved", "last_day")
    lost = [o.mid_eur for o in hang if o.state in ("accepted", "gone", "missed")]
    return {
        "work_id": work.id, "title": work.name, "promoter": work.promoter, "was": was, "now": now,
        "removed": work.removed_at is not None, "days": _days(was["starts_on"], now["starts_on"]),
        "chances": [{name: getattr(o, name) for name in names} for o in hang], "at_stake_eur": round(sum(lost), 2),
    }  # fmt: skip


def _days(before: str | None, after: str | None) -> int | None:
    if before is None or after is None:
        return None
    return (date.fromisoformat(after) - date.fromisoformat(before)).days


@router.get("/joint-works")
def list_joint_works(session: TheSession, access: SurveyingSome, page: ThePage) -> Json:
    """List bundles of works in one trench, each with those of its works that the caller may see."""
    rows = session.scalars(select(JointWork).order_by(JointWork.made_at, JointWork.id)).all()
    within: dict[str | None, list[Json]] = {}
    for work in session.scalars(
        select(Work).where(Work.joint_work_id.is_not(None), works.seen_by(access.scope)).order_by(Work.id)
    ):
        told = {"id": work.id, "title": work.name, "promoter": work.promoter, "sort": work.sort}
        within.setdefault(work.joint_work_id, []).append(told)
    items = [
        {
            "id": row.id,
            "lead": row.lead,
            "made_at": row.made_at,
            "opportunity_id": row.opportunity_id,
            "works": within[row.id],
        }
        for row in rows
        if row.id in within
    ]
    return page.of(items)


@router.get("/conflicts")
def list_conflicts(
    session: TheSession,
    access: SurveyingSome,
    page: ThePage,
    within_m: Annotated[float, Query(ge=0, le=1000)] = 5,
    since: Day | None = None,
) -> Json:
    """
    List digs of different clients in one place at one time, and digs where it is closed; `since` leaves out what is
    over.
    """
    rows = session.scalars(
        select(Work).where(
            Work.removed_at.is_(None), Work.sort == "work", Work.stage != "cancelled", works.seen_by(access.scope)
        )
    ).all()
    timed = [
        Timed(w.id, w.promoter, w.starts_on, w.ends_on, outline)
        for w in rows
        if (outline := works.outline_of(w)) is not None
    ]
    found = find_conflicts(timed, within_m=within_m)
    closed = moratoria.present_moratoria(session, access.scope)
    found += find_in_moratoria(timed, closed)
    named = {w.id: {"title": w.name, "promoter": w.promoter} for w in rows}
    named |= {m.id: {"title": m.reason, "promoter": ""} for m in closed}
    items = [
        {
            "kind": c.kind, "first": c.first, "second": c.second, "distance_m": c.distance_m, "since": c.since,
            "until": c.until,
            **{f"{side}_{what}": named[getattr(c, side)][what] for side in ("first", "second") for what in ("title",
                "promoter")},
        }
        for c in found
        if since is None or c.until is None or c.until >= since
    ]  # fmt: skip
    return page.of(items)


@router.get("/parties")
def list_parties(session: TheSession, access: SurveyingSome, page: ThePage) -> Json:
    """List who digs or asks for it, with its rules."""
    return page.of([_describe_party(row) for row in session.scalars(select(Party).order_by(Party.name))])


def _describe_party(row: Party) -> Json:
    names = ("id", *(name for name in PartyBody.model_fields if name != "address"), "version")
    return {name: getattr(row, name) for name in names} | {"is_told": row.sealed_address is not None}


def _set_address(centre: Centre, row: Party, address: SecretStr | None) -> None:
    """Keep where a party is told; an empty address takes it away."""
    text = address.get_secret_value() if address is not None else ""
    if text:
        notices.check_address(text)
    row.sealed_address = centre.vault.seal(text, f"party {row.id}") if text else None


@router.post("/parties", status_code=201)
def add_party(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, response: Response, body: PartyBody
) -> Json:
    """Add a party."""
    if session.scalar(select(Party.id).where(Party.name == body.name)):
        raise ConflictError(f"Client {body.name!r} is there already.")
    row = Party(id=uuid.uuid4().hex[:16], version=1, **body.model_dump(exclude={"address"}))
    _set_address(centre, row, body.address)
    session.add(row)
    session.flush()
    log("party added", row.name)
    show_version(response, row)
    return _describe_party(row)


@router.patch("/parties/{party_id}")
def change_party(
    centre: TheCentre,
    session: TheSession,
    access: Planning,
    log: TheLog,
    response: Response,
    party_id: str,
    body: PartyBody,
    if_match: IfMatch = None,
) -> Json:
    """Change a party's rules and contacts; its name is what its works say and stays."""
    row = session.get(Party, party_id)
    if row is None:
        raise NotFoundError(f"Client {party_id!r} is unknown.")
    if body.name != row.name:
        raise UsageError("The name is what a client's works say; add another client instead.")
    take_version(row, if_match, _describe_party(row))
    changes = body.model_dump(exclude_unset=True, exclude={"address"})
    if "address" in body.model_fields_set:
        _set_address(centre, row, body.address)
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()
    log("party changed", row.name, after=changes)
    show_version(response, row)
    return _describe_party(row)


@router.get("/moratoria")
def list_moratoria(centre: TheCentre, session: TheSession, access: SurveyingSome, page: ThePage) -> Json:
    """List places closed to digging."""
    rows = moratoria.present_moratoria(session, access.scope)
    shapes = in_degrees(centre, [row.shape for row in rows])
    names = ("id", "reason", "since", "until", "work_id")
    items = [{n: getattr(row, n) for n in names} | {"geometry": s} for row, s in zip(rows, shapes, strict=True)]
    return page.of(items) | {"as_of": as_of(centre)}


@router.post("/moratoria", status_code=201)
def add_moratorium(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, body: MoratoriumBody) -> Json:
    """Close a place to digging."""
    if body.until < body.since:
        raise UsageError(f"It would end on {body.until}, before it begins on {body.since}.")
    row = moratoria.add_moratorium(session, body.reason, body.since, body.until, from_degrees(centre, body.geometry))
    log("moratorium added", row.reason, since=body.since, until=body.until)
    return {"id": row.id, "reason": row.reason, "since": row.since, "until": row.until}


@router.delete("/moratoria/{moratorium_id}")
def remove_moratorium(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, moratorium_id: str
) -> Json:
    """Open a place again."""
    row = session.get(Moratorium, moratorium_id)
    if row is None or row.removed_at is not None:
        raise NotFoundError(f"Moratorium {moratorium_id!r} is unknown.")
    moratoria.remove_moratorium(row, centre.now())
    log("moratorium removed", row.reason)
    return {"id": row.id}
