"""The ledger of savings over HTTP, and by which rule the bills of a year are shared."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from gis.costs.prices import PriceLevel, with_vat
from gis.sharing import ledger, ledger_summary, own_share, verification
from gis.sharing.bill_sharing import SharingRule
from ventspils.api.access import Planning, Surveying, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json
from ventspils.centre.opportunity_watch import as_of, bring_up_to_date

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
    reason: Annotated[str, Field(max_length=1000)] = ""
    confirm_unusual: bool = False

    def to_figures(self) -> ledger.Figures:
        """Return it as the ledger takes it."""
        return ledger.Figures(
            self.stage,
            self.alone_eur,
            self.joint_eur,
            self.document,
            self.disruption_days,
            self.year,
            self.reason,
            self.confirm_unusual,
        )


class WithdrawalBody(Body):
    """Which figures of a joint dig are taken back, and why."""

    stage: Literal["agreed", "realised"]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


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
    found = ledger_summary.summarise(session, year)
    vat = centre.settings.town.vat_share if vat_share is None else vat_share
    totals = found["share_of_the_joint_bill"] | {"missed": found["missed"]}
    with_tax = {stage: with_vat(total["saving_eur"][PriceLevel.MID.value], vat) for stage, total in totals.items()}
    return found | {"vat_share": vat, "saving_with_vat_eur": with_tax, "as_of": known_as_of}


@router.get("/savings/verified")
def verify_savings(centre: TheCentre, session: TheSession, access: Surveying) -> Json:
    """Recompute the ledger from the metres, amounts and prices that it was added up from, and tell what differs."""
    return verification.verify_ledger(session) | {"as_of": as_of(centre)}


@router.get("/savings/{subject}/bill")
def read_bill(session: TheSession, access: Surveying, subject: str) -> Json:
    """Give what the sums of a joint dig are added up from: sections, metres, bills with prices and sources."""
    entry = ledger.find_standing(session, subject)
    told = ledger_summary.describe_entry(entry, ledger.rule_of(session, entry.year))
    return told | {"bills": entry.bills, "talking_eur": entry.talking_eur}


@router.get("/savings/own")
def read_own_share(
    session: TheSession, access: SurveyingSome, year: Annotated[int | None, Query(ge=1990, le=2100)] = None
) -> Json:
    """Tell what the caller's own party saves and pays in joint digs, need by need."""
    return own_share.summarise_own(session, access.scope, year)


@router.post("/savings/{subject}", status_code=201)
def add_entry(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, subject: str, body: EntryBody
) -> Json:
    """
    Enter what was agreed or paid for a joint dig. A sum beyond five times the estimate needs `confirm_unusual`, a
    contract after the fact a `reason`.
    """
    bring_up_to_date(centre)
    entry = ledger.add_entry(
        session, subject, body.to_figures(), actor=access.caller.name, today=centre.today(), now=centre.now()
    )
    log(f"saving {body.stage}", entry.title, subject=subject, document=body.document, unusual=entry.is_unusual)
    return ledger_summary.describe_entry(entry, ledger.rule_of(session, entry.year))


@router.post("/savings/{subject}/withdrawal", status_code=201)
def withdraw_entry(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, subject: str, body: WithdrawalBody
) -> Json:
    """Take a contract or a fact of a joint dig back, by an entry that says why; what stood before counts again."""
    ledger.withdraw(session, subject, body.stage, reason=body.reason, actor=access.caller.name, now=centre.now())
    log(f"saving {body.stage} withdrawn", subject, reason=body.reason)
    entry = ledger.find_standing(session, subject)
    return ledger_summary.describe_entry(entry, ledger.rule_of(session, entry.year))


@router.put("/ledger-years/{year}")
def set_rule(session: TheSession, access: Planning, log: TheLog, year: Year, body: SharingRuleBody) -> Json:
    """Set by which rule the joint bills of a year are shared."""
    ledger.set_rule(session, year, body.rule)
    log("sharing rule set", str(year), rule=body.rule.value)
    return {"year": year, "rule": body.rule.value}
