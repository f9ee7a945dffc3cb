"""The application: routes, errors, housekeeping."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse

from ventspils import __version__
from ventspils.api import (
    audit_log,
    backup,
    basemap,
    errors,
    events,
    machine_tokens,
    people,
    sign_in,
    system,
    walls,
    words,
)
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
    street_sections,
    streets,
    works,
)
from ventspils.api.digging import sites as dig_sites
from ventspils.api.network import (
    agencies,
    availability,
    collectors,
    conditions,
    contacts,
    credentials,
    device_checks,
    devices,
    exports,
    incidents,
    maintenance,
    notice_rules,
    notices,
    page_links,
    port_rules,
    sites,
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
    found = centre.look_ready()
    return JSONResponse(asdict(found) | {"version": __version__}, 200 if found.is_fine else 503)


def create_app(centre: Centre) -> FastAPI:
    """Return the application over a centre."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        """Keep house for as long as the application runs."""
        centre: Centre = app.state.centre
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
        backup, basemap, exports, agencies, sites, contacts, credentials, devices, device_checks, port_rules,
        incidents, conditions, maintenance, availability, notice_rules, notices, page_links, imports, streets,
        dig_sites, works, emergencies, dig_requests, street_sections, opportunities, changes, joint_works, conflicts,
        parties, moratoria, plans, cable_routes, prices, savings, reports, layers, calendar, geopackage, sign_in,
        people, walls, machine_tokens, audit_log, events, collectors, system, words,
    )  # fmt: skip
    for router in (health, telemetry.write_router, telemetry.router, *(room.router for room in rooms)):
        app.include_router(router)
    errors.install(app)
    return app
