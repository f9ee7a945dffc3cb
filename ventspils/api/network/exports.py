"""Lists as CSV files for spreadsheets, over HTTP."""

from fastapi import APIRouter, Response

from monitoring.centre import device_lists, handling
from monitoring.centre.csv_exports import write_csv
from ventspils.api.access import Seeing, TheCentre, TheSession
from ventspils.api.network.devices import describe_with_states
from ventspils.api.network.incidents import TheSought, describe_incident

router = APIRouter(prefix="/api/v1", tags=["exports"])
_MOST_ROWS = 100_000
_INCIDENTS = ("severity", "state", "device", "rule", "object", "detail", "agency", "site", "behind", "raised_at",
    "cleared_at",
              "acknowledged_by")  # fmt: skip
_DEVICES = ("name", "agency", "site", "host", "port", "state", "credential", "reach", "zone", "longitude", "latitude")


def _file(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/exports/incidents.csv")
def export_incidents(centre: TheCentre, session: TheSession, sought: TheSought) -> Response:
    """Give incidents as CSV, with the same filters as the list."""
    found, _ = handling.list_incidents(session, sought, limit=_MOST_ROWS, start=0)
    return _file("problems", write_csv(_INCIDENTS, [describe_incident(row, centre.now()) for row in found]))


@router.get("/exports/devices.csv")
def export_devices(centre: TheCentre, session: TheSession, access: Seeing) -> Response:
    """Give the devices in service as CSV."""
    found, _ = device_lists.list_devices(session, device_lists.SoughtDevices(access.scope), limit=_MOST_ROWS)
    return _file("devices", write_csv(_DEVICES, describe_with_states(centre, session, found, access.scope)))
