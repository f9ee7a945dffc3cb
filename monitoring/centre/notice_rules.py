"""Who is told of what: addresses, sealed since they may hold passwords; adding, trying and removing them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from monitoring.centre.models import Notice, NoticeRule
from monitoring.centre.notice_texts import trial_message
from monitoring.centre.notices import check_address, hand_over
from ventspils.core.errors import ConflictError, NotFoundError, UnavailableError
from ventspils.core.places import Agency
from ventspils.core.security import audit
from ventspils.core.security.secrets import Vault


@dataclass(frozen=True)
class NewNoticeRule:
    """An address of apprise's form, and what goes there; an institution of None means all."""

    name: str
    address: SecretStr
    agency_id: str | None
    least_severity: str
    language: str


def list_rules(session: Session) -> Sequence[NoticeRule]:
    """Return the rules in force, by name."""
    in_force = select(NoticeRule).where(NoticeRule.disabled_at.is_(None))
    return session.scalars(in_force.order_by(NoticeRule.name)).all()


def add_rule(session: Session, vault: Vault, new: NewNoticeRule) -> NoticeRule:
    """
    Add a rule; its address is encrypted at once.

    Raises:
        UsageError: the address cannot be used.
        NotFoundError: there is no such institution.
        ConflictError: there is a rule of that name.
    """
    address = new.address.get_secret_value()
    kind = check_address(address)
    if new.agency_id is not None and session.get(Agency, new.agency_id) is None:
        raise NotFoundError(f"Institution {new.agency_id!r} is unknown.")
    if session.scalar(select(NoticeRule.id).where(NoticeRule.name == new.name)):
        raise ConflictError(f"A rule {new.name!r} exists already.")
    rule = NoticeRule(id=uuid.uuid4().hex[:16], kind=kind, name=new.name, agency_id=new.agency_id)
    rule.least_severity, rule.language = new.least_severity, new.language
    rule.sealed_address = vault.seal(address, f"notice rule {rule.id}")
    session.add(rule)
    session.flush()
    return rule


def find_rule(session: Session, rule_id: str) -> NoticeRule:
    """
    Return a rule in force.

    Raises:
        NotFoundError: there is none of that id.
    """
    rule = session.get(NoticeRule, rule_id)
    if rule is None or rule.disabled_at is not None:
        raise NotFoundError(f"Notice rule {rule_id!r} is unknown.")
    return rule


def try_rule(sessions: sessionmaker[Session], vault: Vault, rule_id: str, *, actor: str, now: datetime) -> None:
    """
    Send a test message to a rule's address now.

    Raises:
        NotFoundError: there is no such rule.
        UnavailableError: the other side did not take it.
    """
    with sessions.begin() as session:  # over before anything is sent: the other side may take its time
        rule = find_rule(session, rule_id)
        address = vault.open(rule.sealed_address, f"notice rule {rule.id}")
        audit.record(session, actor=actor, what="notice rule tested", on=rule.name, now=now)
    subject, text = trial_message(rule.name, rule.language)
    if (trouble := hand_over(address, subject, text)) is not None:
        raise UnavailableError(f"The test message was not taken: {trouble}. Check the address and the other side.")


def remove_rule(session: Session, rule_id: str, now: datetime) -> str:
    """
    Put a rule out of force and drop what was queued for it; return the name by which it is
    known from now on; its own is free again.

    Raises:
        NotFoundError: there is none of that id.
    """
    rule = find_rule(session, rule_id)
    rule.disabled_at, rule.name = now, f"{rule.name} (removed {now:%Y-%m-%d %H:%M:%S})"
    queued = session.scalars(select(Notice).where(Notice.rule_id == rule.id, Notice.state == "queued"))
    for notice in queued:
        notice.state, notice.trouble = "given up", "the rule was removed"
    return rule.name
