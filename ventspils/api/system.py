"""How the centre itself is: collectors, what waits, how the store grows; one line for operators."""

from dataclasses import asdict

from fastapi import APIRouter

from monitoring.centre import system
from ventspils.api.access import Administering, Seeing, TheCentre, TheSession
from ventspils.api.paging import Json
from ventspils.core import places
from ventspils.core.security import audit

router = APIRouter(prefix="/api/v1", tags=["system"])


@router.get("/pulse")
def read_pulse(centre: TheCentre, session: TheSession, access: Seeing) -> Json:
    """Tell when readings came last, how many devices are silent, and how many problems nobody is on."""
    interval_s = centre.settings.collector.interval_s
    return asdict(system.read_pulse(session, access.scope, now=centre.now(), interval_s=interval_s))


@router.get("/system")
def read_system(centre: TheCentre, session: TheSession, access: Administering) -> Json:
    """Tell everything about the centre's own state, for whoever keeps it running."""
    interval_s = centre.settings.collector.interval_s
    collectors = system.read_collectors(session, now=centre.now(), interval_s=interval_s)
    return {
        "collectors": [asdict(collector) for collector in collectors],
        "devices_by_zone": system.count_devices(session),
        "sites": places.count_sites(session),
        "notices": system.count_notices(session),
        "telemetry": asdict(centre.measure_store()),
        "last_backup_at": audit.find_last(session, "backup made"),
        "interval_s": interval_s,
    }
