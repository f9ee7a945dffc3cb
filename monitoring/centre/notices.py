"""
Telling people: a queue in the registry, emptied through apprise, each message sent once or marked as a possible repeat.

A message is marked before it is handed over and marked again when that went well. One that was under way when the
process died is sent again and says that it may be a repeat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any  # rows of several tables
from zoneinfo import ZoneInfo

import structlog
from apprise import Apprise, AppriseAsset
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from monitoring.centre.models import CollectorRow, Device, Incident, Notice, NoticeRule
from monitoring.centre.notice_texts import MessageFacts, subject_of, text_of
from ventspils.core.errors import UsageError
from ventspils.core.places import Agency, Contact, Site
from ventspils.core.security.secrets import Vault

log = structlog.get_logger()

# Ways of telling that leave this machine; apprise also knows some that act on it.
WAYS = frozenset(
    ("mailto", "mailtos", "json", "jsons", "xml", "xmls", "ntfy", "ntfys", "slack", "msteams", "tgram", "matrix",
    "matrixs",
     "rocket", "rockets", "gotify", "gotifys", "mmost", "mmosts", "signal", "signals")
)  # fmt: skip
_AT_ONCE = 50
_FIRST_WAIT, _LONGEST_WAIT, _GIVE_UP_AFTER = timedelta(seconds=30), timedelta(hours=1), timedelta(hours=24)
_SAME_AGAIN, _STUCK_AFTER = timedelta(hours=1), timedelta(minutes=5)
_SEVERITIES = ("warning", "critical")
_TROUBLE = 300


def check_address(address: str) -> str:
    """
    Return the way of telling that an address uses.

    Raises:
        UsageError: not an address that apprise understands, or of a way that is not allowed.
    """
    way = address.partition("://")[0].lower()
    if way not in WAYS:
        raise UsageError(f"Addresses of the kind {way[:20]!r} are not used here; use one of {', '.join(sorted(WAYS))}.")
    if not _courier(address):
        raise UsageError("The address cannot be understood; see the documentation of apprise for its form.")
    return way


def _courier(address: str) -> Apprise | None:
    courier = Apprise(asset=AppriseAsset(app_id="Ventspils ICT", app_desc="", app_url="", async_mode=False))
    return courier if courier.add(address) else None


def hand_over(address: str, subject: str, text: str) -> str | None:
    """Hand a message over; return None when the other side took it, else what went wrong."""
    courier = _courier(address)
    if courier is None:
        return "the address cannot be understood"
    try:
        taken = courier.notify(title=subject, body=text)
    except Exception as error:  # noqa: BLE001 - whatever a way of telling raises, the message waits
        return type(error).__name__
    return None if taken else "the other side did not take it"


def queue(session: Session, now: datetime) -> int:
    """
    Queue what nobody was told yet: incidents that are nobody's and stand by themselves, and their
    end; return how many.
    """
    rules = session.scalars(select(NoticeRule).where(NoticeRule.disabled_at.is_(None))).all()
    if not rules:
        return 0
    known: dict[tuple[str, str], list[Notice]] = {}
    recent = select(Notice).join(Incident, Incident.id == Notice.incident_id)
    wanted = Incident.cleared_at.is_(None) | (Incident.cleared_at > now - _GIVE_UP_AFTER)
    for notice in session.scalars(recent.where(wanted).order_by(Notice.id)):
        known.setdefault((notice.incident_id, notice.rule_id), []).append(notice)
    fresh: list[Notice] = []
    for incident, agency_id in _worth_telling(session, now):
        for rule in rules:
            before = known.get((incident.id, rule.id), [])
            if _concerns(rule, incident.severity, agency_id) and not _is_told(before, incident.times_raised, now):
                fresh.append(_notice(incident.id, rule.id, "raised", incident.times_raised, now))
    active = {rule.id for rule in rules}
    for incident in session.scalars(_ended(now)):
        for rule_id in active:
            before = known.get((incident.id, rule_id), [])
            if before and before[-1].what == "raised" and before[-1].state in ("sent", "sending"):
                fresh.append(_notice(incident.id, rule_id, "cleared", before[-1].turn, now))
    session.add_all(fresh)
    return len(fresh)


def _is_told(before: Sequence[Notice], turn: int, now: datetime) -> bool:
    """Whether an address knows of this turn of an incident, or heard of the one before a short while ago."""
    raised = [notice for notice in before if notice.what == "raised"]
    return any(notice.turn == turn for notice in raised) or bool(raised and raised[-1].made_at > now - _SAME_AGAIN)


def _ended(now: datetime) -> Any:
    """Return the incidents that ended of late by themselves, not because their collector was shut out."""
    return (
        select(Incident)
        .join(CollectorRow, CollectorRow.id == Incident.collector_id)
        .where(Incident.cleared_at > now - _GIVE_UP_AFTER, CollectorRow.revoked_at.is_(None))
    )


def _worth_telling(session: Session, now: datetime) -> list[tuple[Incident, str | None]]:
    """
    Return the incidents that somebody should hear of, each with the institution whose people that concerns.

    An institution whose devices hang on another's dead one hears of the first of its own, since the root is not its
    own.
    """
    standing = session.scalars(
        select(Incident)
        .where(
            Incident.cleared_at.is_(None),
            Incident.settled_at.is_not(None),
            Incident.acknowledged_at.is_(None),
            Incident.is_in_maintenance.is_(False),
            Incident.suppressed_until.is_(None) | (Incident.suppressed_until <= now),
        )
        .order_by(Incident.id)
    ).all()
    told: list[tuple[Incident, str | None]] = [(i, i.agency_id) for i in standing if i.root_id is None]
    roots = {i.id: i.agency_id for i in standing if i.root_id is None}
    groups: dict[tuple[str, str | None], Incident] = {}
    for incident in standing:
        if incident.root_id in roots and roots[incident.root_id] != incident.agency_id:
            groups.setdefault((incident.root_id, incident.agency_id), incident)
    return told + [(incident, incident.agency_id) for incident in groups.values()]


def _is_worth_sending(notice: Notice, incident: Incident, rule: NoticeRule, now: datetime) -> bool:
    """Whether a message still says what is so: what ended, was taken or put aside meanwhile is no news any more."""
    if rule.disabled_at is not None:
        return False
    is_quiet = (
        incident.cleared_at is not None
        or incident.acknowledged_at is not None
        or incident.is_in_maintenance
        or (incident.suppressed_until is not None and incident.suppressed_until > now)
    )
    return notice.what != "raised" or not is_quiet


def _concerns(rule: NoticeRule, severity: str, agency_id: str | None) -> bool:
    if rule.agency_id is not None and rule.agency_id != agency_id:
        return False
    known = severity if severity in _SEVERITIES else "critical"
    return _SEVERITIES.index(known) >= _SEVERITIES.index(rule.least_severity)


def _notice(incident_id: str, rule_id: str, what: str, turn: int, now: datetime) -> Notice:
    return Notice(
        incident_id=incident_id, rule_id=rule_id, what=what, turn=turn, state="queued", made_at=now, next_at=now
    )


def list_notices(session: Session, *, limit: int = 1000) -> list[tuple[Notice, str]]:
    """Return the messages of late, newest first, each with the name of its rule."""
    rows = session.execute(
        select(Notice, NoticeRule.name)
        .join(NoticeRule, NoticeRule.id == Notice.rule_id)
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    return [(notice, rule) for notice, rule in rows]


def recover(session: Session) -> None:
    """Put back what was under way when the process before this one ended."""
    session.execute(update(Notice).where(Notice.state == "sending").values(state="queued", may_repeat=True))


@dataclass(frozen=True)
class Post:
    """What sending needs: the registry, the key to addresses, where pages lie, the town's zone."""

    sessions: sessionmaker[Session]
    vault: Vault
    pages_url: str
    zone: str
    hand_over: Callable[[str, str, str], str | None] = hand_over


@dataclass(frozen=True)
class Message:
    """What somebody is told, and where; the address may hold a secret."""

    address: str = field(repr=False)
    subject: str
    text: str


def deliver(post: Post, message: Message, **about: object) -> str | None:
    """
    Hand a message over; return None when the other side took it, else what went wrong, which is logged.

    Whatever goes wrong with one message holds no other up. `about` says in the log what it was about.
    """
    try:
        trouble = post.hand_over(message.address, message.subject, message.text)
    except Exception as error:
        log.exception("notice_failed", **about)
        trouble = type(error).__name__
    if trouble is not None:
        log.warning("notice_not_taken", **about, reason=trouble)
    return trouble


def send_due(post: Post, now: datetime) -> int:
    """Send what is due; return how many messages were taken. Each is marked before and after it is handed over."""
    is_stuck = and_(Notice.state == "sending", Notice.next_at <= now - _STUCK_AFTER)
    is_due = and_(Notice.state == "queued", Notice.next_at <= now)
    with post.sessions() as session:
        chosen = select(Notice.id).where(or_(is_due, is_stuck)).order_by(Notice.next_at, Notice.id)
        numbers = session.scalars(chosen.limit(_AT_ONCE)).all()
    if not numbers:
        return 0
    with post.sessions.begin() as session:
        session.execute(update(Notice).where(is_stuck).values(state="queued", may_repeat=True))
    return sum(_send(post, number, now) for number in numbers)


def _send(post: Post, number: int, now: datetime) -> bool:
    """Send one message; whatever goes wrong with it holds no other up."""
    try:
        message = _begin(post, number, now)
    except Exception as error:
        log.exception("notice_failed", notice=number)
        trouble: str | None = type(error).__name__
    else:
        if message is None:
            return False
        trouble = deliver(post, message, notice=number)
    with post.sessions.begin() as session:
        notice = session.get_one(Notice, number)
        if trouble is None:
            notice.state, notice.sent_at, notice.trouble = "sent", now, None
            return True
        notice.trouble = trouble[:_TROUBLE]
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(max(0, notice.tries - 1), 10))
        notice.state = "given up" if now - notice.made_at > _GIVE_UP_AFTER else "queued"
        notice.next_at = now + wait
        return False


def _begin(post: Post, number: int, now: datetime) -> Message | None:
    """Mark a message as under way and return it; None where it is no news any more."""
    with post.sessions.begin() as session:
        notice = session.get_one(Notice, number)
        rule = session.get_one(NoticeRule, notice.rule_id)
        if not _is_worth_sending(notice, session.get_one(Incident, notice.incident_id), rule, now):
            notice.state, notice.trouble = "given up", "no news any more"
            return None
        notice.state, notice.tries, notice.next_at = "sending", notice.tries + 1, now
        told = _gather(session, notice, post)
        address = post.vault.open(rule.sealed_address, f"notice rule {rule.id}")
        return Message(address, subject_of(told, rule.language), text_of(told, rule.language))


def _gather(session: Session, notice: Notice, post: Post) -> MessageFacts:
    """Collect everything a message says."""
    incident = session.get_one(Incident, notice.incident_id)
    device = session.get(Device, incident.device_id) if incident.device_id else None
    site = session.get(Site, device.site_id) if device else None
    agency = session.get(Agency, incident.agency_id) if incident.agency_id else None
    theirs = select(Contact).where(Contact.agency_id == incident.agency_id).order_by(Contact.kind, Contact.name)
    contacts = [c for c in session.scalars(theirs) if c.site_id in (None, site.id if site else None)] if agency else []
    behind = select(Incident.device_id).where(Incident.root_id == incident.id, Incident.cleared_at.is_(None))
    others = set(session.scalars(behind)) - {incident.device_id}
    return MessageFacts(
        is_over=notice.what == "cleared",
        may_repeat=notice.may_repeat,
        rule=incident.rule,
        object=incident.object,
        detail=incident.detail,
        severity=incident.severity,
        device=device.name if device else None,
        site=site.name if site else None,
        agency=agency.name if agency else None,
        behind=len(others),
        at=(incident.cleared_at if notice.what == "cleared" and incident.cleared_at else incident.raised_at).astimezone(
            ZoneInfo(post.zone)
        ),
        link=f"{post.pages_url}/problems?problem={incident.id}",
        contacts=[(c.kind, c.name, c.phone, c.reference) for c in contacts],
    )
