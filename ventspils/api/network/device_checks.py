"""Asking a device now, over HTTP."""

from fastapi import APIRouter

from monitoring.centre import device_checks
from ventspils.api.access import Operating, TheCentre
from ventspils.api.paging import Json

router = APIRouter(prefix="/api/v1", tags=["devices"])


@router.post("/devices/{device_id}/check")
async def check_device(centre: TheCentre, access: Operating, device_id: str) -> Json:
    """Ask a device now, from the centre itself, and give everything it tells."""
    engine = centre.settings.collector.engine
    return await device_checks.check_device(
        centre.sessions, centre.vault, device_id, within=access.scope, engine=engine
    )
