"""The application: routes, errors, housekeeping."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any  # JSON documents

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ventspils import __version__
from ventspils.api import backup, basemap, errors, events, people, system, words
from ventspils.api.access import TheCentre
from ventspils.api.body_limit import BodyLimit
from ventspils.api.digging import (
    cable_routes,
    calendar,
    changes,
    conflicts,
    dig_requests,
    emergencies,
    geopackage,
    imports,
    joint_works,
    layers,
    moratoria,
    opportunities,
    parties,
    plans,
    prices,
    reports,
    savings,
    sites,
    street_sections,
    streets,
    works,
)
from ventspils.api.network import (
    availability,
    collectors,
    devices,
    exports,
    incidents,
    links,
    notices,
    places,
    telemetry,
)
from ventspils.centre.housekeeping import keep
from ventspils.centre.state import Centre

health = APIRouter(tags=["health"])


@health.get("/healthz")
def is_alive() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


@health.get("/readyz")
def is_ready(centre: TheCentre) -> JSONResponse:
    """Tell whether registry and telemetry answer."""
    found: dict[str, Any] = {"registry": "ok", "telemetry": "ok", "version": __version__}
    try:
        with centre.sessions() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        found["registry"] = "no answer"
    try:
        bucket = centre.settings.telemetry.bucket
        centre.store.latest(bucket, "snmp", ["uptime"], since_s=int(time.time()) - 1, tags={"device_id": "-"})
    except Exception as error:  # noqa: BLE001 - whatever it is, the store is not ready
        found["telemetry"] = type(error).__name__
    is_fine = found["registry"] == found["telemetry"] == "ok"
    return JSONResponse(found, 200 if is_fine else 503)


def create_app(centre: Centre) -> FastAPI:
    """Return the application over a centre."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keeping = asyncio.create_task(keep(centre))
        yield
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await centre.plans.close()

    # The interactive pages of FastAPI load scripts from the internet; the OpenAPI document itself stays.
    app = FastAPI(
        title="Municipal ICT infrastructure centre",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(BodyLimit)
    app.state.centre = centre
    rooms = (
        backup, basemap, exports, places, devices, incidents, availability, notices, links, imports, streets, sites,
        works, emergencies, dig_requests, street_sections, opportunities, changes, joint_works, conflicts, parties,
        moratoria, plans, cable_routes, prices, savings, reports, layers, calendar, geopackage, people, events,
        collectors, system, words,
    )  # fmt: skip
    for router in (health, telemetry.write_router, telemetry.router, *(room.router for room in rooms)):
        app.include_router(router)
    errors.install(app)
    return app
