"""The ledger of savings over HTTP, and by which rule the bills of a year are shared."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from gis.costs.prices import PriceLevel, with_vat
from gis.sharing import ledger
from gis.sharing.bill_sharing import SharingRule
from ventspils.api.access import Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json
from ventspils.centre.opportunity_watch import as_of

router = APIRouter(prefix="/api/v1", tags=["money"])
Money = Annotated[float, Field(ge=0, le=1e12)]
Year = Annotated[int, Field(ge=1990, le=2100)]


class SharingRuleBody(Body):
    """By which rule the joint bills of a year are shared."""

    rule: SharingRule


class EntryBody(Body):
    """What was agreed or paid for a joint dig, in EUR without VAT, with the document."""

    stage: Literal["agreed", "realised"]
    alone_eur: Annotated[dict[str, Money], Field(min_length=1, max_length=20)]
    joint_eur: Money
    document: Annotated[str, Field(min_length=1, max_length=500)]
    disruption_days: Annotated[float, Field(ge=0, le=3660)] = 0.0
    year: Year | None = None


@router.get("/savings")
def read_savings(
    centre: TheCentre,
    session: TheSession,
    access: Surveying,
    year: Annotated[int | None, Query(ge=1990, le=2100)] = None,
    vat_share: Annotated[float | None, Query(ge=0, le=1)] = None,
) -> Json:
    """
    Tell what digging together saves: two measures, by stage with ranges, by party and year; what was missed and what
    costs more.
    """
    known_as_of = as_of(centre)
    found = ledger.summarise(session, year)
    vat = centre.settings.town.vat_share if vat_share is None else vat_share
    totals = found["share_of_the_joint_bill"] | {"missed": found["missed"]}
    with_tax = {stage: with_vat(total["saving_eur"][PriceLevel.MID.value], vat) for stage, total in totals.items()}
    return found | {"vat_share": vat, "saving_with_vat_eur": with_tax, "as_of": known_as_of}


@router.post("/savings/{subject}", status_code=201)
def add_entry(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, subject: str, body: EntryBody
) -> Json:
    """Enter what was agreed or paid for a joint dig."""
    entry = ledger.add_entry(
        session,
        subject,
        body.stage,
        alone_eur=body.alone_eur,
        joint_eur=body.joint_eur,
        document=body.document,
        disruption_days=body.disruption_days,
        year=body.year,
        actor=access.caller.name,
        now=centre.now(),
    )
    log(f"saving {body.stage}", entry.title, subject=subject, document=body.document)
    return ledger.describe_entry(entry, ledger.rule_of(session, entry.year))


@router.put("/ledger-years/{year}")
def set_rule(session: TheSession, access: Planning, log: TheLog, year: Year, body: SharingRuleBody) -> Json:
    """Set by which rule the joint bills of a year are shared."""
    ledger.set_rule(session, year, body.rule)
    log("sharing rule set", str(year), rule=body.rule.value)
    return {"year": year, "rule": body.rule.value}
