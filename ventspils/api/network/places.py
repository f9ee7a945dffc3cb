"""Institutions, their buildings and whom to call, over HTTP."""

import uuid
from typing import Any  # JSON documents

from fastapi import APIRouter, Response
from pydantic import Field
from sqlalchemy import select

from monitoring.centre import relocation
from ventspils.api.access import Configuring, ConfiguringAll, Seeing, TheLog, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core import places
from ventspils.core.errors import NotFoundError
from ventspils.core.places import Agency, Contact, Site

router = APIRouter(prefix="/api/v1", tags=["places"])


class AgencyBody(Body):
    """A new institution."""

    name: str


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


class ContactBody(Body):
    """Whom to call; `kind` is caretaker, head, helpdesk or other, `reference` a contract or customer number."""

    site_id: str | None = None
    kind: str = Field(pattern="^(caretaker|head|helpdesk|other)$")
    name: str = Field(min_length=1, max_length=200)
    phone: str | None = Field(None, max_length=50)
    email: str | None = Field(None, max_length=200)
    reference: str | None = Field(None, max_length=200)


@router.get("/agencies")
def list_agencies(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List the institutions that the caller may see."""
    found = session.scalars(select(Agency).order_by(Agency.name)).all()
    return page.of([{"id": a.id, "name": a.name} for a in found if access.scope.has(a.id)])


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
    sites = session.scalars(select(Site).where(Site.agency_id == agency.id).order_by(Site.name)).all()
    contacts = session.scalars(select(Contact).where(Contact.agency_id == agency.id).order_by(Contact.kind)).all()
    return {
        "id": agency.id,
        "name": agency.name,
        "sites": [_describe_site(site) for site in sites],
        "contacts": [_describe_contact(contact) for contact in contacts],
    }


def _describe_site(site: Site) -> Json:
    names = ("id", "agency_id", "name", "longitude", "latitude", "address", "opening_hours", "version")
    return {name: getattr(site, name) for name in names}


def _describe_contact(contact: Contact) -> Json:
    names = ("id", "agency_id", "site_id", "kind", "name", "phone", "email", "reference")
    return {name: getattr(contact, name) for name in names}


@router.get("/sites")
def list_sites(session: TheSession, access: Seeing, page: ThePage) -> Json:
    """List the buildings that the caller may see."""
    found = session.execute(select(Site, Agency.name).join(Agency).order_by(Agency.name, Site.name)).all()
    items = [_describe_site(site) | {"agency": agency} for site, agency in found if access.scope.has(site.agency_id)]
    return page.of(items)


@router.post("/sites", status_code=201)
def add_site(session: TheSession, access: Configuring, log: TheLog, response: Response, body: NewSiteBody) -> Json:
    """Add a building."""
    agency = places.find_agency(session, body.agency_id, access.scope)
    site = places.add_site(session, agency, body.name, body.model_dump(exclude_unset=True))
    log("site added", site.name, agency=agency.name)
    show_version(response, site)
    return _describe_site(site) | {"agency": agency.name}


@router.get("/sites/{site_id}")
def read_site(session: TheSession, access: Seeing, response: Response, site_id: str) -> Json:
    """Give a building with its contacts and those of its whole institution."""
    site = places.find_site(session, site_id, access.scope)
    theirs = Contact.site_id.is_(None) | (Contact.site_id == site.id)
    contacts = session.scalars(
        select(Contact)
        .where(Contact.agency_id == site.agency_id, theirs)
        .order_by(Contact.site_id.is_(None), Contact.kind)
    )
    show_version(response, site)
    return _describe_site(site) | {
        "agency": site.agency.name,
        "contacts": [_describe_contact(contact) for contact in contacts],
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
    before = _describe_site(site)
    take_version(site, if_match, before)
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    relocation.change_site(session, site, changes, access.scope)
    session.flush()
    log("site changed", site.name, before={k: before[k] for k in changes}, after=changes)
    show_version(response, site)
    return _describe_site(site) | {"agency": site.agency.name}


@router.post("/agencies/{agency_id}/contacts", status_code=201)
def add_contact(session: TheSession, access: Configuring, log: TheLog, agency_id: str, body: ContactBody) -> Json:
    """Add whom to call."""
    agency = places.find_agency(session, agency_id, access.scope)
    if body.site_id is not None:
        site = session.get(Site, body.site_id)
        if site is None or site.agency_id != agency.id:
            raise NotFoundError(f"Building {body.site_id!r} is not one of this institution.")
    contact = Contact(id=uuid.uuid4().hex[:16], agency_id=agency.id, **body.model_dump())
    session.add(contact)
    session.flush()
    log("contact added", agency.name, contact=body.kind)
    return _describe_contact(contact)


@router.delete("/contacts/{contact_id}")
def remove_contact(session: TheSession, access: Configuring, log: TheLog, contact_id: str) -> Json:
    """Remove a contact."""
    contact = session.get(Contact, contact_id)
    if contact is None or not access.scope.has(contact.agency_id):
        raise NotFoundError(f"Contact {contact_id!r} is unknown.")
    session.delete(contact)
    log("contact removed", contact_id, kind=contact.kind)
    return {"id": contact_id}
