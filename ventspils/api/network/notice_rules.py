"""Who is told of what, over HTTP; addresses may hold passwords, so they are taken and never given back."""

from typing import Literal

from fastapi import APIRouter
from pydantic import Field, SecretStr

from monitoring.centre import notice_rules
from monitoring.centre.models import NoticeRule
from ventspils.api.access import ConfiguringAll, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core.i18n import Language

router = APIRouter(prefix="/api/v1", tags=["notices"])


class NoticeRuleBody(Body):
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
    return page.of([_describe(rule) for rule in notice_rules.list_rules(session)])


@router.post("/notice-rules", status_code=201)
def add_rule(centre: TheCentre, session: TheSession, access: ConfiguringAll, log: TheLog, body: NoticeRuleBody) -> Json:
    """Add an address."""
    rule = notice_rules.add_rule(session, centre.vault, notice_rules.NewNoticeRule(**body.model_dump()))
    log("notice rule added", rule.name, kind=rule.kind, least_severity=rule.least_severity)
    return _describe(rule)


@router.post("/notice-rules/{rule_id}/test")
def test_rule(centre: TheCentre, access: ConfiguringAll, rule_id: str) -> Json:
    """Send a test message now."""
    notice_rules.try_rule(centre.sessions, centre.vault, rule_id, actor=access.caller.name, now=centre.now())
    return {"id": rule_id, "sent": True}


@router.delete("/notice-rules/{rule_id}")
def remove_rule(centre: TheCentre, session: TheSession, access: ConfiguringAll, log: TheLog, rule_id: str) -> Json:
    """Tell this address no more; what was queued for it is dropped."""
    log("notice rule removed", notice_rules.remove_rule(session, rule_id, centre.now()))
    return {"id": rule_id}
