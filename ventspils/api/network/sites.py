"""Buildings over HTTP."""

from typing import Any  # changes of several kinds

from fastapi import APIRouter, Response
from pydantic import Field

from monitoring.centre import relocation
from ventspils.api.access import Configuring, Seeing, TheLog, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.network.contacts import describe_contact
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core import places
from ventspils.core.places import Site

router = APIRouter(prefix="/api/v1", tags=["places"])


class SiteBody(Body):
    """
    What may be changed of a building; what is absent stays. With another `agency_id` it moves with
    all that is in it.
    """

    name: str | None = None
    agency_id: str | None = None
    longitude: float | None = Field(None, ge=-180, le=180)
    latitude: float | None = Field(None, ge=-90, le=90)
    address: str | None = Field(None, max_length=200)
    opening_hours: str | None = Field(None, max_length=200)


class NewSiteBody(SiteBody):
    """A new building."""

    name: str
    agency_id: str


def describe_site(site: Site) -> Json:
    """Return a building without what is around it."""
    names = ("id", "agency_id", "name", "longitude", "latitude", "address", "opening_hours", "version")
    return {name: getattr(site, name) for name in names}


@router.get("/sites")
def list_sites(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List the buildings that the caller may see."""
    found = places.list_sites(session, access.scope)
    return page.of([describe_site(site) | {"agency": agency} for site, agency in found])


@router.post("/sites", status_code=201)
def add_site(session: TheSession, access: Configuring, log: TheLog, response: Response, body: NewSiteBody) -> Json:
    """Add a building."""
    agency = places.find_agency(session, body.agency_id, access.scope)
    site = places.add_site(session, agency, body.name, body.model_dump(exclude_unset=True))
    log("site added", site.name, agency=agency.name)
    show_version(response, site)
    return describe_site(site) | {"agency": agency.name}


@router.get("/sites/{site_id}")
def read_site(session: TheSession, access: Seeing, response: Response, site_id: str) -> Json:
    """Give a building with its contacts and those of its whole institution."""
    site = places.find_site(session, site_id, access.scope)
    show_version(response, site)
    return describe_site(site) | {
        "agency": site.agency.name,
        "contacts": [describe_contact(contact) for contact in places.contacts_for(session, site)],
    }


@router.patch("/sites/{site_id}")
def change_site(
    session: TheSession,
    access: Configuring,
    log: TheLog,
    response: Response,
    site_id: str,
    body: SiteBody,
    if_match: IfMatch = None,
) -> Json:
    """Change a building, or move it to another institution with its devices, contacts and maintenance."""
    site = places.find_site(session, site_id, access.scope)
    before = describe_site(site)
    take_version(site, if_match, before)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    relocation.change_site(session, site, changes, access.scope)
    session.flush()
    log("site changed", site.name, before={k: before[k] for k in changes}, after=changes)
    show_version(response, site)
    return describe_site(site) | {"agency": site.agency.name}
