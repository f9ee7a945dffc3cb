"""Lists as CSV files for spreadsheets, in which no text of a device or person acts as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from fastapi import APIRouter, Response

from monitoring.centre import devices, handling
from ventspils.api.access import Seeing, TheCentre, TheSession
from ventspils.api.network.devices import describe_devices
from ventspils.api.network.incidents import TheSought, describe_incident
from ventspils.api.paging import Json

router = APIRouter(prefix="/api/v1", tags=["exports"])
_MOST_ROWS = 100_000
_ACTIVE = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
)  # OWASP, "CSV Injection": what spreadsheets take for the beginning of a formula
_INCIDENTS = ("severity", "state", "device", "rule", "object", "detail", "agency", "site", "behind", "raised_at",
    "cleared_at",
              "acknowledged_by")  # fmt: skip
_DEVICES = ("name", "agency", "site", "host", "port", "state", "credential", "reach", "zone", "longitude", "latitude")


def safe_cell(value: object) -> object:
    """
    Return a cell that a spreadsheet shows and does not run: a text that looks like a formula gets an apostrophe before
    it.
    """
    if isinstance(value, str) and value.startswith(_ACTIVE):
        return f"'{value}"
    return value


def _file(name: str, columns: Sequence[str], rows: Iterable[Json]) -> Response:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([safe_cell(row[column]) for column in columns] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "X-Content-Type-Options": "nosniff"}
    # The mark at the beginning tells spreadsheets that it is UTF-8.
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/exports/incidents.csv")
def export_incidents(centre: TheCentre, session: TheSession, sought: TheSought) -> Response:
    """Give incidents as CSV, with the same filters as the list."""
    found, _ = handling.list_incidents(session, sought, limit=_MOST_ROWS, start=0)
    return _file("problems", _INCIDENTS, (describe_incident(row, centre.now()) for row in found))


@router.get("/exports/devices.csv")
def export_devices(centre: TheCentre, session: TheSession, access: Seeing) -> Response:
    """Give the devices in service as CSV."""
    found, _ = devices.list_devices(session, devices.Sought(access.scope), limit=_MOST_ROWS)
    return _file("devices", _DEVICES, describe_devices(centre, session, found, access.scope))
