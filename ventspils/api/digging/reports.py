"""Reports of savings over HTTP: drawn up, approved, listed, and held against what the ledger says now."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from gis.register.models import LedgerReport
from gis.sharing import reports
from ventspils.api.access import Approving, Reporting, Surveying, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.centre.opportunity_watch import bring_up_to_date

router = APIRouter(prefix="/api/v1", tags=["money"])
_NAMES = ("number", "year", "state", "issued_at", "author", "approved_by", "digest")


class SavingsReportBody(Body):
    """Which year a report is of."""

    year: Annotated[int, Field(ge=1990, le=2100)]


def _describe(row: LedgerReport) -> Json:
    return {name: getattr(row, name) for name in _NAMES}


@router.get("/reports")
def list_reports(session: TheSession, access: Surveying, page: ThePage) -> Json:
    """List the reports that were issued, and drafts."""
    return page.of([_describe(row) for row in reports.list_reports(session)])


@router.post("/reports", status_code=201)
def draw_up_report(
    centre: TheCentre, session: TheSession, access: Reporting, log: TheLog, body: SavingsReportBody
) -> Json:
    """Draw up the report of a year as a draft, which somebody else is to approve."""
    bring_up_to_date(centre)
    row = reports.draw_up_report(session, body.year, access.caller.name, centre.today(), centre.now())
    log("report drawn up", row.number)
    return _describe(row) | {"content": row.content}


@router.post("/reports/{number}/approval")
def approve_report(centre: TheCentre, session: TheSession, access: Approving, log: TheLog, number: str) -> Json:
    """Issue a draft: frozen as the ledger says it now, with its number, its hash and who approved it."""
    bring_up_to_date(centre)
    row = reports.approve_report(session, number, access.caller.name, centre.now())
    log("report issued", row.number, digest=row.digest)
    return _describe(row) | {"content": row.content}


@router.delete("/reports/{number}", status_code=204)
def drop_draft(session: TheSession, access: Reporting, log: TheLog, number: str) -> None:
    """Drop a draft."""
    reports.drop_draft(session, number)
    log("draft of a report dropped", number)


@router.get("/reports/{number}")
def read_report(session: TheSession, access: Surveying, number: str) -> Json:
    """Give a report as it was issued, whether its hash still fits, and what the ledger says differently now."""
    row = reports.find_report(session, number)
    return _describe(row) | {
        "content": row.content,
        "is_intact": reports.digest_of(row.content) == row.digest,
        "differences": reports.differences_to(session, row),
    }
