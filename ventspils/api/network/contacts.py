"""Whom to call about institutions and buildings, over HTTP."""

from fastapi import APIRouter
from pydantic import Field

from ventspils.api.access import Configuring, TheLog, TheSession
from ventspils.api.paging import Body, Json
from ventspils.core import places
from ventspils.core.places import Contact

router = APIRouter(prefix="/api/v1", tags=["places"])


class ContactBody(Body):
    """Whom to call; `kind` is caretaker, head, helpdesk or other, `reference` a contract or customer number."""

    site_id: str | None = None
    kind: str = Field(pattern="^(caretaker|head|helpdesk|other)$")
    name: str = Field(min_length=1, max_length=200)
    phone: str | None = Field(None, max_length=50)
    email: str | None = Field(None, max_length=200)
    reference: str | None = Field(None, max_length=200)


def describe_contact(contact: Contact) -> Json:
    """Return whom to call."""
    names = ("id", "agency_id", "site_id", "kind", "name", "phone", "email", "reference")
    return {name: getattr(contact, name) for name in names}


@router.post("/agencies/{agency_id}/contacts", status_code=201)
def add_contact(session: TheSession, access: Configuring, log: TheLog, agency_id: str, body: ContactBody) -> Json:
    """Add whom to call."""
    agency = places.find_agency(session, agency_id, access.scope)
    contact = places.add_contact(session, agency, places.NewContact(**body.model_dump()))
    log("contact added", agency.name, contact=body.kind)
    return describe_contact(contact)


@router.delete("/contacts/{contact_id}")
def remove_contact(session: TheSession, access: Configuring, log: TheLog, contact_id: str) -> Json:
    """Remove a contact."""
    contact = places.remove_contact(session, contact_id, access.scope)
    log("contact removed", contact_id, kind=contact.kind)
    return {"id": contact_id}
