"""Buildings: adding, changing, and moving to another institution with everything that belongs to them."""

import uuid
from collections.abc import Mapping
from typing import Any  # values of several kinds

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ventspils.core.errors import ConflictError, NotFoundError, UsageError
from ventspils.core.registry.devices import checked_name
from ventspils.core.registry.incident_models import Maintenance
from ventspils.core.registry.models import Agency, Contact, Credential, Device, Site
from ventspils.core.roles import Scope

_PLAIN = ("longitude", "latitude", "address", "opening_hours")


def find_agency(session: Session, agency_id: str, within: Scope) -> Agency:
    """
    Return an institution.

    Raises:
        NotFoundError: there is none, or it lies outside the scope, which looks the same.
    """
    agency = session.get(Agency, agency_id)
    if agency is None or not within.has(agency.id):
        raise NotFoundError(f"Institution {agency_id!r} is unknown.")
    return agency


def find_site(session: Session, site_id: str, within: Scope) -> Site:
    """
    Return a building.

    Raises:
        NotFoundError: there is none, or it belongs to an institution outside the scope, which looks the same.
    """
    site = session.get(Site, site_id)
    if site is None or not within.has(site.agency_id):
        raise NotFoundError(f"Building {site_id!r} is unknown.")
    return site


def add_site(session: Session, agency: Agency, name: str, values: Mapping[str, Any]) -> Site:
    """
    Add a building to an institution.

    Raises:
        ConflictError: the institution has one of that name.
        UsageError: a name that cannot be one, or half a position.
    """
    name = checked_name(name, "building's name")
    _refuse_twin(session, agency, name)
    site = Site(id=uuid.uuid4().hex[:16], agency=agency, agency_id=agency.id, name=name)
    _set(site, values)
    session.add(site)
    session.flush()
    return site


def change_site(session: Session, site: Site, changes: Mapping[str, Any], within: Scope) -> None:
    """
    Change a building; what is absent from the changes stays. With another `agency_id` it moves there with all that is in it.

    Raises:
        ConflictError: the institution has one of that name, or a device needs a credential that stays behind.
        NotFoundError: the institution to move to is unknown, or outside the scope.
        UsageError: a name that cannot be one, or half a position.
    """
    agency = find_agency(session, changes["agency_id"], within) if changes.get("agency_id") else site.agency
    name = checked_name(changes["name"] or "", "building's name") if "name" in changes else site.name
    if (agency.id, name) != (site.agency_id, site.name):
        _refuse_twin(session, agency, name)
    site.name = name
    _set(site, changes)
    if agency.id != site.agency_id:
        _move(session, site, agency)


def _refuse_twin(session: Session, agency: Agency, name: str) -> None:
    with session.no_autoflush:
        twin = session.scalar(select(Site.id).where(Site.agency_id == agency.id, Site.name == name))
    if twin is not None:
        raise ConflictError(f"Institution {agency.name!r} has a building {name!r} already.")


def _set(site: Site, values: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        if name in values:
            setattr(site, name, values[name])
    if (site.longitude is None) != (site.latitude is None):
        raise UsageError(f"Building {site.name!r}: longitude and latitude go together.")


def _move(session: Session, site: Site, agency: Agency) -> None:
    """Let devices, contacts and maintenance of a building follow it."""
    bound = (
        select(Device.name)
        .join(Credential, Credential.id == Device.credential_id)
        .where(Device.site_id == site.id, Device.retired_at.is_(None), Credential.agency_id == site.agency_id)
        .order_by(Device.name)
    )
    if names := session.scalars(bound).all():
        raise ConflictError(
            f"{', '.join(map(repr, names[:5]))} in building {site.name!r} need credentials that serve {site.agency.name!r} alone; "
            "give them others first."
        )
    theirs = select(Device.id).where(Device.site_id == site.id)
    session.execute(update(Contact).where(Contact.site_id == site.id).values(agency_id=agency.id))
    session.execute(
        update(Maintenance)
        .where(or_(Maintenance.site_id == site.id, Maintenance.device_id.in_(theirs)))
        .values(agency_id=agency.id, version=Maintenance.version + 1)
    )
    site.agency, site.agency_id = agency, agency.id
