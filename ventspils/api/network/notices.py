"""Who is told of what, over HTTP; addresses may hold passwords, so they are taken and never given back."""

import uuid
from typing import Literal

from fastapi import APIRouter
from pydantic import Field, SecretStr
from sqlalchemy import select

from monitoring.centre import notices
from monitoring.centre.models import Notice, NoticeRule
from ventspils.api.access import ConfiguringAll, SeeingAll, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.errors import ConflictError, NotFoundError, UnavailableError
from ventspils.core.i18n import Language
from ventspils.core.places import Agency
from ventspils.core.security import audit

router = APIRouter(prefix="/api/v1", tags=["notices"])


class RuleBody(Body):
    """An address of apprise's form (mailtos://..., json://...), and what goes there."""

    name: str = Field(min_length=1, max_length=100)
    address: SecretStr = Field(max_length=2000)
    agency_id: str | None = None
    least_severity: Literal["warning", "critical"] = "warning"
    language: Language = "lv"


def _describe(rule: NoticeRule) -> Json:
    names = ("id", "name", "kind", "agency_id", "least_severity", "language")
    return {name: getattr(rule, name) for name in names}


@router.get("/notice-rules")
def list_rules(session: TheSession, access: ConfiguringAll, page: ThePage) -> Json:
    """List who is told of what, without the addresses."""
    rules = session.scalars(select(NoticeRule).where(NoticeRule.disabled_at.is_(None)).order_by(NoticeRule.name))
    return page.of([_describe(rule) for rule in rules])


@router.post("/notice-rules", status_code=201)
def add_rule(centre: TheCentre, session: TheSession, access: ConfiguringAll, log: TheLog, body: RuleBody) -> Json:
    """Add an address."""
    address = body.address.get_secret_value()
    kind = notices.check_address(address)
    if body.agency_id is not None and session.get(Agency, body.agency_id) is None:
        raise NotFoundError(f"Institution {body.agency_id!r} is unknown.")
    if session.scalar(select(NoticeRule.id).where(NoticeRule.name == body.name)):
        raise ConflictError(f"A rule {body.name!r} exists already.")
    rule = NoticeRule(id=uuid.uuid4().hex[:16], kind=kind, **body.model_dump(exclude={"address"}))
    rule.sealed_address = centre.vault.seal(address, f"notice rule {rule.id}")
    session.add(rule)
    session.flush()
    log("notice rule added", rule.name, kind=kind, least_severity=rule.least_severity)
    return _describe(rule)


def _rule(session: TheSession, rule_id: str) -> NoticeRule:
    rule = session.get(NoticeRule, rule_id)
    if rule is None or rule.disabled_at is not None:
        raise NotFoundError(f"Notice rule {rule_id!r} is unknown.")
    return rule


@router.post("/notice-rules/{rule_id}/test")
def test_rule(centre: TheCentre, access: ConfiguringAll, rule_id: str) -> Json:
    """Send a test message now."""
    with centre.sessions.begin() as session:  # over before anything is sent: the other side may take its time
        rule = _rule(session, rule_id)
        address = centre.vault.open(rule.sealed_address, f"notice rule {rule.id}")
        audit.record(session, actor=access.caller.name, what="notice rule tested", on=rule.name, now=centre.now())
    texts = {
        "en": ("Test of the monitoring", f"This is a test message of rule {rule.name}."),
        "lv": ("Uzraudzības pārbaude", f"Šis ir kārtulas {rule.name} pārbaudes ziņojums."),
    }
    subject, text = texts[rule.language]
    if (trouble := notices.hand_over(address, subject, text)) is not None:
        raise UnavailableError(f"The test message was not taken: {trouble}. Check the address and the other side.")
    return {"id": rule.id, "sent": True}


@router.delete("/notice-rules/{rule_id}")
def remove_rule(centre: TheCentre, session: TheSession, access: ConfiguringAll, log: TheLog, rule_id: str) -> Json:
    """Tell this address no more; what was queued for it is dropped."""
    rule = _rule(session, rule_id)
    rule.disabled_at, rule.name = centre.now(), f"{rule.name} (removed {centre.now():%Y-%m-%d %H:%M:%S})"
    queued = session.scalars(select(Notice).where(Notice.rule_id == rule.id, Notice.state == "queued"))
    for notice in queued:
        notice.state, notice.trouble = "given up", "the rule was removed"
    log("notice rule removed", rule.name)
    return {"id": rule.id}


@router.get("/notices")
def list_notices(session: TheSession, access: SeeingAll, page: ThePage) -> Json:
    """List the messages of late, newest first, with what became of each."""
    rows = session.execute(
        select(Notice, NoticeRule.name)
        .join(NoticeRule, NoticeRule.id == Notice.rule_id)
        .order_by(Notice.id.desc())
        .limit(1000)
    ).all()
    names = ("id", "incident_id", "what", "state", "tries", "may_repeat", "made_at", "sent_at", "trouble")
    return page.of([{name: getattr(n, name) for name in names} | {"rule": rule} for n, rule in rows])
