"""
Telling people: a queue in the registry, emptied through apprise, each message sent once or marked as a possible repeat.

A message is marked before it is handed over and marked again when that went well. One that was under way when the process died is
sent again and says that it may be a repeat.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any  # rows of several tables
from zoneinfo import ZoneInfo

import structlog
from apprise import Apprise, AppriseAsset
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from monitoring.notice_texts import Told, subject_of, text_of
from ventspils.core.errors import UsageError
from ventspils.core.registry.incident_models import Incident, Notice, NoticeRule
from ventspils.core.registry.models import Agency, Contact, Device, Site
from ventspils.core.secrets import Vault

log = structlog.get_logger()

# Ways of telling that leave this machine; apprise also knows some that act on it.
WAYS = frozenset(
    ("mailto", "mailtos", "json", "jsons", "xml", "xmls", "ntfy", "ntfys", "slack", "msteams", "tgram", "matrix", "matrixs",
     "rocket", "rockets", "gotify", "gotifys", "mmost", "mmosts", "signal", "signals")
)  # fmt: skip
_AT_ONCE = 50
_FIRST_WAIT, _LONGEST_WAIT, _GIVE_UP_AFTER = timedelta(seconds=30), timedelta(hours=1), timedelta(hours=24)
_SAME_AGAIN = timedelta(hours=1)
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
    """Queue what nobody was told yet: incidents that are nobody's and stand by themselves, and their end; return how many."""
    rules = session.scalars(select(NoticeRule).where(NoticeRule.disabled_at.is_(None))).all()
    if not rules:
        return 0
    known: dict[tuple[str, str], list[Notice]] = {}
    recent = select(Notice).join(Incident, Incident.id == Notice.incident_id)
    wanted = Incident.cleared_at.is_(None) | (Incident.cleared_at > now - _GIVE_UP_AFTER)
    for notice in session.scalars(recent.where(wanted).order_by(Notice.id)):
        known.setdefault((notice.incident_id, notice.rule_id), []).append(notice)
    fresh: list[Notice] = []
    for incident in session.scalars(_worth_telling(now)):
        for rule in rules:
            before = known.get((incident.id, rule.id), [])
            raised = [notice for notice in before if notice.what == "raised"]
            if (
                _concerns(rule, incident)
                and not (raised and raised[-1].made_at > now - _SAME_AGAIN)
                and not any(notice.turn == incident.times_raised for notice in raised)
            ):
                fresh.append(_notice(incident.id, rule.id, "raised", incident.times_raised, now))
    ended = {i.id: i for i in session.scalars(select(Incident).where(Incident.cleared_at > now - _GIVE_UP_AFTER))}
    for (incident_id, rule_id), before in known.items():
        if incident_id in ended and before[-1].what == "raised":
            fresh.append(_notice(incident_id, rule_id, "cleared", before[-1].turn, now))
    session.add_all(fresh)
    return len(fresh)


def _worth_telling(now: datetime) -> Any:
    return select(Incident).where(
        Incident.cleared_at.is_(None),
        Incident.root_id.is_(None),
        Incident.settled_at.is_not(None),
        Incident.acknowledged_at.is_(None),
        Incident.is_in_maintenance.is_(False),
        Incident.suppressed_until.is_(None) | (Incident.suppressed_until <= now),
    )


def _concerns(rule: NoticeRule, incident: Incident) -> bool:
    if rule.agency_id is not None and rule.agency_id != incident.agency_id:
        return False
    severity = incident.severity if incident.severity in _SEVERITIES else "critical"
    return _SEVERITIES.index(severity) >= _SEVERITIES.index(rule.least_severity)


def _notice(incident_id: str, rule_id: str, what: str, turn: int, now: datetime) -> Notice:
    return Notice(
        incident_id=incident_id, rule_id=rule_id, what=what, turn=turn, state="queued", made_at=now, next_at=now
    )


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


def send_due(post: Post, now: datetime) -> int:
    """Send what is due; return how many messages were taken. Each is marked before and after it is handed over."""
    with post.sessions() as session:
        due = select(Notice.id).where(Notice.state == "queued", Notice.next_at <= now).order_by(Notice.id)
        numbers = session.scalars(due.limit(_AT_ONCE)).all()
    return sum(_send(post, number, now) for number in numbers)


def _send(post: Post, number: int, now: datetime) -> bool:
    with post.sessions.begin() as session:
        notice = session.get_one(Notice, number)
        notice.state, notice.tries = "sending", notice.tries + 1
        rule = session.get_one(NoticeRule, notice.rule_id)
        told = _gather(session, notice, post)
        address = post.vault.open(rule.sealed_address, f"notice rule {rule.id}")
        subject, text = subject_of(told, rule.language), text_of(told, rule.language)
    trouble = post.hand_over(address, subject, text)
    with post.sessions.begin() as session:
        notice = session.get_one(Notice, number)
        if trouble is None:
            notice.state, notice.sent_at, notice.trouble = "sent", now, None
            return True
        notice.trouble = trouble[:_TROUBLE]
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(notice.tries - 1, 10))
        notice.state = "given up" if now - notice.made_at > _GIVE_UP_AFTER else "queued"
        notice.next_at = now + wait
        log.warning("notice_not_taken", notice=number, tries=notice.tries, reason=trouble)
        return False


def _gather(session: Session, notice: Notice, post: Post) -> Told:
    """Collect everything a message says."""
    incident = session.get_one(Incident, notice.incident_id)
    device = session.get(Device, incident.device_id) if incident.device_id else None
    site = session.get(Site, device.site_id) if device else None
    agency = session.get(Agency, incident.agency_id) if incident.agency_id else None
    theirs = select(Contact).where(Contact.agency_id == incident.agency_id).order_by(Contact.kind, Contact.name)
    contacts = [c for c in session.scalars(theirs) if c.site_id in (None, site.id if site else None)] if agency else []
    behind = select(Incident.device_id).where(Incident.root_id == incident.id, Incident.cleared_at.is_(None))
    others = set(session.scalars(behind)) - {incident.device_id}
    return Told(
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
