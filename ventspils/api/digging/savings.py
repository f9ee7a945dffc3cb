"""Prices of the town's own, the ledger of savings, its rules and reports, over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import select

from gis.costs.prices import Basis, OwnPrice, PriceLevel, default_prices, with_vat
from gis.register import prices
from gis.register.models import LedgerReport, OwnPriceRow
from gis.sharing import ledger
from gis.sharing.savings import SharingRule
from ventspils.api.access import Approving, Planning, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Day, Json, ThePage
from ventspils.centre.chance_watch import as_of, bring_up_to_date
from ventspils.core.errors import NotFoundError

router = APIRouter(prefix="/api/v1", tags=["money"])
Money = Annotated[float, Field(ge=0, le=1e12)]
Year = Annotated[int, Field(ge=1990, le=2100)]


class PriceBody(Body):
    """A price of the town's own, without VAT, with the contract or invoice that it comes from."""

    name: Annotated[str, Field(max_length=100)]
    value: Money
    basis: Literal["contract", "invoice"]
    document: Annotated[str, Field(min_length=1, max_length=500)]
    dated: Day


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


class SavingsReportBody(Body):
    """Which year a report is of."""

    year: Year


@router.get("/prices")
def list_prices(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """
    List what digging costs: each parameter with its range, what it rests on and where from; the town's own come before
    defaults.
    """
    book, defaults = prices.load_prices(session), default_prices()
    own = session.scalars(
        select(OwnPriceRow).where(OwnPriceRow.withdrawn_at.is_(None)).order_by(OwnPriceRow.dated, OwnPriceRow.at)
    )
    ids = {row.name: row.id for row in own}
    items = [
        {
            "name": name, "unit": price.unit, "low": price.low, "mid": price.mid, "high": price.high,
            "basis": price.basis.value,
            "sources": [book.sources.get(source, source) for source in price.sources], "year": price.year,
            "note": price.note,
            "own_id": ids.get(name), "default_mid": defaults.price(name).mid,
        }
        for name, price in sorted(book.prices.items())
    ]  # fmt: skip
    return page.of(items) | {"currency": book.currency, "price_year": book.price_year, "index": book.index}


@router.post("/prices", status_code=201)
def add_price(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, body: PriceBody) -> Json:
    """Put a price of the town's own before a default."""
    own = OwnPrice(body.name, body.value, Basis(body.basis), body.document, body.dated)
    row = prices.add_price(session, own, access.caller.name, centre.now())
    log("price added", row.name, value=row.value, document=row.document)
    return {"id": row.id, **body.model_dump()}


@router.delete("/prices/{price_id}")
def withdraw_price(centre: TheCentre, session: TheSession, access: Planning, log: TheLog, price_id: str) -> Json:
    """Let a price of the town's own hold no longer."""
    row = prices.withdraw_price(session, price_id, centre.now())
    log("price withdrawn", row.name, document=row.document)
    return {"id": row.id, "name": row.name}


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
    found = ledger.summarise(session, year)
    vat = centre.settings.town.vat_share if vat_share is None else vat_share
    totals = found["share_of_the_joint_bill"] | {"missed": found["missed"]}
    with_tax = {stage: with_vat(total["saving_eur"][PriceLevel.MID.value], vat) for stage, total in totals.items()}
    return found | {"vat_share": vat, "saving_with_vat_eur": with_tax, "as_of": as_of(centre)}


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


@router.get("/reports")
def list_reports(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List the reports that were issued."""
    rows = session.scalars(select(LedgerReport).order_by(LedgerReport.number))
    names = ("number", "year", "issued_at", "approved_by", "digest")
    return page.of([{name: getattr(row, name) for name in names} for row in rows])


@router.post("/reports", status_code=201)
def issue_report(
    centre: TheCentre, session: TheSession, access: Approving, log: TheLog, body: SavingsReportBody
) -> Json:
    """Issue the report of a year: frozen, with its number, its hash and who approved it."""
    bring_up_to_date(centre)
    row = ledger.issue_report(session, body.year, access.caller.name, centre.now())
    log("report issued", row.number, digest=row.digest)
    return {"number": row.number, "digest": row.digest, "content": row.content}


@router.get("/reports/{number}")
def read_report(session: TheSession, access: Surveying, number: str) -> Json:
    """Give a report as it was issued, whether its hash still fits, and what the ledger says differently now."""
    row = session.get(LedgerReport, number)
    if row is None:
        raise NotFoundError(f"Report {number!r} is unknown.")
    return {
        "number": row.number, "year": row.year, "issued_at": row.issued_at, "approved_by": row.approved_by,
        "digest": row.digest,
        "is_intact": ledger.digest_of(row.content) == row.digest, "content": row.content,
        "differences": ledger.differences_to(session, row),
    }  # fmt: skip
