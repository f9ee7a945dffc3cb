"""Institutions, their buildings and whom to call: what both halves hang things on."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol  # Any: values of several kinds

from sqlalchemy import ForeignKey, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ventspils.core.database.base import Base
from ventspils.core.errors import ConflictError, NotFoundError, UsageError

_PLAIN = ("longitude", "latitude", "address", "opening_hours")


class Within(Protocol):
    """The institutions that something may be done to, as `security.roles.Scope` says it."""

    def has(self, agency_id: str | None) -> bool:
        """Whether an institution is within."""


class Agency(Base):
    """An institution whose devices are watched."""

    __tablename__ = "agencies"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)


class Site(Base):
    """A building of an agency; longitude and latitude in EPSG:4326."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[str]
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    opening_hours: Mapped[str | None]
    address: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    agency: Mapped[Agency] = relationship()


class Contact(Base):
    """
    Whom to call about an institution, or about one of its buildings; `reference` is a contract or
    customer number.
    """

    __tablename__ = "contacts"
    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("agencies.id"), index=True)
    site_id: Mapped[str | None] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    reference: Mapped[str | None]


def checked_name(text: str, what: str) -> str:
    """
    Return a name without blanks around it.

    Raises:
        UsageError: it cannot be one.
    """
    if not text.strip() or len(text) > 200 or not text.isprintable():
        raise UsageError(f"The {what} {text[:80]!r} must be 1 to 200 printable characters.")
    return text.strip()


def list_agencies(session: Session, within: Within) -> list[Agency]:
    """Return the institutions within a scope, by name."""
    found = session.scalars(select(Agency).order_by(Agency.name)).all()
    return [agency for agency in found if within.has(agency.id)]


def agency_names(session: Session) -> dict[str, str]:
    """Return the names of all institutions by their ids."""
    return dict(session.execute(select(Agency.id, Agency.name)).all())


def add_agency(session: Session, name: str) -> Agency:
    """
    Add an institution.

    Raises:
        ConflictError: there is one of that name.
    """
    name = checked_name(name, "agency name")
    if session.scalar(select(Agency).where(Agency.name == name)):
        raise ConflictError(f"Agency {name!r} exists already.")
    agency = Agency(id=uuid.uuid4().hex[:16], name=name)
    session.add(agency)
    session.flush()
    return agency


def find_agency(session: Session, agency_id: str, within: Within) -> Agency:
    """
    Return an institution.

    Raises:
        NotFoundError: there is none, or it lies outside the scope, which looks the same.
    """
    agency = session.get(Agency, agency_id)
    if agency is None or not within.has(agency.id):
        raise NotFoundError(f"Institution {agency_id!r} is unknown.")
    return agency


def find_agency_by_name(session: Session, name: str, within: Within) -> Agency:
    """
    Return the institution of that name.

    Raises:
        NotFoundError: there is none, or it lies outside the scope, which looks the same.
    """
    agency = session.scalar(select(Agency).where(Agency.name == name))
    if agency is None or not within.has(agency.id):
        raise NotFoundError(f"Institution {name!r} is unknown.")
    return agency


def list_sites(session: Session, within: Within) -> list[tuple[Site, str]]:
    """Return the buildings within a scope by institution and name, each with its institution's name."""
    found = session.execute(select(Site, Agency.name).join(Agency).order_by(Agency.name, Site.name)).all()
    return [(site, agency) for site, agency in found if within.has(site.agency_id)]


def sites_of(session: Session, agency: Agency) -> Sequence[Site]:
    """Return the buildings of an institution, by name."""
    return session.scalars(select(Site).where(Site.agency_id == agency.id).order_by(Site.name)).all()


def count_sites(session: Session) -> int:
    """Return how many buildings there are."""
    return session.scalar(select(func.count()).select_from(Site)) or 0


def find_site(session: Session, site_id: str, within: Within) -> Site:
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


def change_site(session: Session, site: Site, changes: Mapping[str, Any], within: Within) -> None:
    """
    Change a building; what is absent from the changes stays. With another `agency_id` it moves there with its contacts.

    Raises:
        ConflictError: the institution has one of that name.
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
        session.execute(update(Contact).where(Contact.site_id == site.id).values(agency_id=agency.id))
        site.agency, site.agency_id = agency, agency.id


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


@dataclass(frozen=True)
class NewContact:
    """Whom to call: `kind` is caretaker, head, helpdesk or other; without a building it is for the institution."""

    kind: str
    name: str
    site_id: str | None = None
    phone: str | None = None
    email: str | None = None
    reference: str | None = None


def contacts_of(session: Session, agency: Agency) -> Sequence[Contact]:
    """Return whom to call about an institution and its buildings."""
    return session.scalars(select(Contact).where(Contact.agency_id == agency.id).order_by(Contact.kind)).all()


def contacts_for(session: Session, site: Site) -> Sequence[Contact]:
    """Return whom to call about a building: its own contacts, then those of its whole institution."""
    theirs = (Contact.agency_id == site.agency_id, Contact.site_id.is_(None) | (Contact.site_id == site.id))
    return session.scalars(select(Contact).where(*theirs).order_by(Contact.site_id.is_(None), Contact.kind)).all()


def add_contact(session: Session, agency: Agency, new: NewContact) -> Contact:
    """
    Add whom to call about an institution or one of its buildings.

    Raises:
        NotFoundError: the building is not one of the institution.
    """
    if new.site_id is not None:
        site = session.get(Site, new.site_id)
        if site is None or site.agency_id != agency.id:
            raise NotFoundError(f"Building {new.site_id!r} is not one of this institution.")
    contact = Contact(id=uuid.uuid4().hex[:16], agency_id=agency.id, **asdict(new))
    session.add(contact)
    session.flush()
    return contact


def remove_contact(session: Session, contact_id: str, within: Within) -> Contact:
    """
    Remove a contact and return what it was.

    Raises:
        NotFoundError: there is none, or it lies outside the scope.
    """
    contact = session.get(Contact, contact_id)
    if contact is None or not within.has(contact.agency_id):
        raise NotFoundError(f"Contact {contact_id!r} is unknown.")
    session.delete(contact)
    return contact
