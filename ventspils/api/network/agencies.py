"""Institutions over HTTP."""

from fastapi import APIRouter

from ventspils.api.access import ConfiguringAll, Seeing, TheLog, TheSession
from ventspils.api.network.contacts import describe_contact
from ventspils.api.network.sites import describe_site
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core import places

router = APIRouter(prefix="/api/v1", tags=["places"])


class AgencyBody(Body):
    """A new institution."""

    name: str


@router.get("/agencies")
def list_agencies(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List the institutions that the caller may see."""
    return page.of([{"id": a.id, "name": a.name} for a in places.list_agencies(session, access.scope)])


@router.post("/agencies", status_code=201)
def add_agency(session: TheSession, access: ConfiguringAll, log: TheLog, body: AgencyBody) -> Json:
    """Add an institution."""
    agency = places.add_agency(session, body.name)
    log("agency added", agency.name)
    return {"id": agency.id, "name": agency.name}


@router.get("/agencies/{agency_id}")
def read_agency(session: TheSession, access: Seeing, agency_id: str) -> Json:
    """Give an institution with its buildings and contacts."""
    agency = places.find_agency(session, agency_id, access.scope)
    return {
        "id": agency.id,
        "name": agency.name,
        "sites": [describe_site(site) for site in places.sites_of(session, agency)],
        "contacts": [describe_contact(contact) for contact in places.contacts_of(session, agency)],
    }
