"""Reports of savings over HTTP: issued, listed, and held against what the ledger says now."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from gis.sharing import reports
from ventspils.api.access import Approving, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.centre.opportunity_watch import bring_up_to_date

router = APIRouter(prefix="/api/v1", tags=["money"])


class SavingsReportBody(Body):
    """Which year a report is of."""

    year: Annotated[int, Field(ge=1990, le=2100)]


@router.get("/reports")
def list_reports(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List the reports that were issued."""
    names = ("number", "year", "issued_at", "approved_by", "digest")
    return page.of([{name: getattr(row, name) for name in names} for row in reports.list_reports(session)])


@router.post("/reports", status_code=201)
def issue_report(
    centre: TheCentre, session: TheSession, access: Approving, log: TheLog, body: SavingsReportBody
) -> Json:
    """Issue the report of a year: frozen, with its number, its hash and who approved it."""
    bring_up_to_date(centre)
    row = reports.issue_report(session, body.year, access.caller.name, centre.now())
    log("report issued", row.number, digest=row.digest)
    return {"number": row.number, "digest": row.digest, "content": row.content}


@router.get("/reports/{number}")
def read_report(session: TheSession, access: Surveying, number: str) -> Json:
    """Give a report as it was issued, whether its hash still fits, and what the ledger says differently now."""
    row = reports.find_report(session, number)
    names = ("number", "year", "issued_at", "approved_by", "digest", "content")
    return {name: getattr(row, name) for name in names} | {
        "is_intact": reports.digest_of(row.content) == row.digest,
        "differences": reports.differences_to(session, row),
    }
