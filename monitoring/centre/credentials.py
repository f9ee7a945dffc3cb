"""Credentials: what devices ask for; adding and listing them, never giving their secrets out."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre.models import Credential
from ventspils.core.errors import ConflictError, UsageError
from ventspils.core.places import checked_name
from ventspils.core.security.roles import Scope
from ventspils.core.security.secrets import Vault


def list_credentials(session: Session, within: Scope) -> Sequence[Credential]:
    """Return the credentials of the whole town, and those of the institutions within a scope, by name."""
    found = session.scalars(select(Credential).order_by(Credential.name)).all()
    return [c for c in found if c.agency_id is None or within.has(c.agency_id)]


def add_credential(
    session: Session, vault: Vault, *, name: str, snmp_version: str, community: str, agency_id: str | None = None
) -> Credential:
    """
    Add a credential; its secret is encrypted at once.

    Raises:
        ConflictError: there is one of that name.
        UsageError: an SNMP version that has no community, or an empty community.
    """
    if snmp_version not in ("1", "2c"):
        raise UsageError(f"Credential {name!r}: SNMP version {snmp_version!r} is not in this release; use 1 or 2c.")
    if not community:
        raise UsageError(f"Credential {name!r}: the community is empty.")
    name = checked_name(name, "credential name")
    if session.scalar(select(Credential).where(Credential.name == name)):
        raise ConflictError(f"Credential {name!r} exists already.")
    number = uuid.uuid4().hex[:16]
    sealed = vault.seal(community, f"credential {number}")
    credential = Credential(id=number, name=name, snmp_version=snmp_version, sealed=sealed, agency_id=agency_id)
    session.add(credential)
    session.flush()
    return credential
