"""Buildings that move to another institution, with the devices and maintenance in them."""

from collections.abc import Mapping
from typing import Any  # values of several kinds

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from monitoring.centre.models import Credential, Device, Maintenance
from ventspils.core import places
from ventspils.core.errors import ConflictError
from ventspils.core.places import Site
from ventspils.core.security.roles import Scope


def change_site(session: Session, site: Site, changes: Mapping[str, Any], within: Scope) -> None:
    """
    Change a building; with another `agency_id` it moves there with all that is in it. See `places.change_site`.

    Raises:
        ConflictError: the institution has one of that name, or a device needs a credential that stays behind.
    """
    left = site.agency
    places.change_site(session, site, changes, within)
    if site.agency_id == left.id:
        return
    _refuse_bound(session, site, left.id, left.name)
    theirs = select(Device.id).where(Device.site_id == site.id)
    session.execute(
        update(Maintenance)
        .where(or_(Maintenance.site_id == site.id, Maintenance.device_id.in_(theirs)))
        .values(agency_id=site.agency_id, version=Maintenance.version + 1)
    )


def _refuse_bound(session: Session, site: Site, agency_id: str, agency_name: str) -> None:
    """Refuse to part devices from credentials that serve the institution they leave alone."""
    bound = (
        select(Device.name)
        .join(Credential, Credential.id == Device.credential_id)
        .where(Device.site_id == site.id, Device.retired_at.is_(None), Credential.agency_id == agency_id)
        .order_by(Device.name)
    )
    if names := session.scalars(bound).all():
        raise ConflictError(
            f"{', '.join(map(repr, names[:5]))} in building {site.name!r} need credentials that serve "
            f"{agency_name!r} alone; "
            "give them others first."
        )
