"""Credentials over HTTP; their secrets are taken and never given back."""

from fastapi import APIRouter
from pydantic import Field, SecretStr

from monitoring.centre import credentials
from monitoring.centre.models import Credential
from ventspils.api.access import Configuring, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core import places

router = APIRouter(prefix="/api/v1", tags=["devices"])


class CredentialBody(Body):
    """A new credential; the community is taken and never given back."""

    name: str
    snmp_version: str = "2c"
    community: SecretStr
    agency: str | None = Field(
        None, description="institution whose devices alone it serves; the whole town's unless told"
    )


@router.get("/credentials")
def list_credentials(session: TheSession, access: Configuring, page: ThePage) -> Json:
    """List credentials without their secrets."""
    return page.of([_describe(credential) for credential in credentials.list_credentials(session, access.scope)])


def _describe(credential: Credential) -> Json:
    return {name: getattr(credential, name) for name in ("id", "name", "snmp_version", "agency_id")}


@router.post("/credentials", status_code=201)
def add_credential(
    centre: TheCentre, session: TheSession, access: Configuring, log: TheLog, body: CredentialBody
) -> Json:
    """Add a credential, for one institution or the whole town."""
    agency = places.find_agency_by_name(session, body.agency, access.scope) if body.agency is not None else None
    agency_id = agency.id if agency is not None else None
    access.require(agency_id)
    secret = body.community.get_secret_value()
    found = credentials.add_credential(
        session, centre.vault, name=body.name, snmp_version=body.snmp_version, community=secret, agency_id=agency_id
    )
    log("credential added", found.name)
    return _describe(found)
