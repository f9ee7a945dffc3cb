"""What pages say and the centre decides, over HTTP: languages, texts of rules, what is usual for ports."""

from fastapi import APIRouter

from monitoring.centre.rule_texts import RULE_TEXTS
from monitoring.collector.port_policies import ERRORS_AT_PER_S, FULL_AT_PCT
from ventspils.api.access import TheCaller
from ventspils.api.paging import Json
from ventspils.core.i18n import LANGUAGES

router = APIRouter(prefix="/api/v1", tags=["words"])


@router.get("/words")
async def read_words(caller: TheCaller) -> Json:
    """Give the centre's languages, the texts of rules in each, and when a port is full or has too many errors."""
    port_rules = {"full_at_pct": FULL_AT_PCT, "errors_at_per_s": ERRORS_AT_PER_S}
    return {"languages": LANGUAGES, "rule_texts": RULE_TEXTS, "port_rules": port_rules}
