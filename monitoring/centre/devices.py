"""Devices: adding, finding, changing, and taking them out of service."""

import ipaddress
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre.models import Credential, Device
from ventspils.core.errors import ConflictError, NotFoundError, UsageError
from ventspils.core.places import Agency, Site, checked_name
from ventspils.core.security.roles import Scope

_SNMP_PORT = 161
_Named = TypeVar("_Named", Credential, Device)
_REACH = re.compile(r"icmp|tcp:\d{1,5}|none")


@dataclass(frozen=True)
class NewDevice:
    """A device as people describe it: by names, with an address `HOST[:PORT]`."""

    name: str
    agency: str
    site: str
    address: str
    credential: str | None = None
    parent: str | None = None
    parent_port: str | None = None
    reach: str = "icmp"
    zone: str = "default"
    longitude: float | None = None
    latitude: float | None = None
    kind: str | None = None


def _new_id() -> str:
    return uuid.uuid4().hex[:16]


EVERYWHERE = Scope(is_all=True)


def add_device(session: Session, new: NewDevice, *, make_places: bool = False, within: Scope = EVERYWHERE) -> Device:
    """
    Add a device.

    Args:
        session: A transaction of the registry.
        new: The device.
        make_places: Make the site if the agency lacks it.
        within: The institutions whose devices may be named as parent, and whose names may be told.

    Raises:
        UsageError: an agency, site, credential or parent that does not exist, or an address that is none.
        ConflictError: the name or the address is taken.
    """
    new = replace(new, name=checked_name(new.name, "device name"), site=checked_name(new.site, "site name"))
    where = f"Device {new.name!r}"
    agency = session.scalar(select(Agency).where(Agency.name == new.agency))
    if agency is None:
        raise UsageError(f"{where}: agency {new.agency!r} is unknown; add it first.")
    site = _site(session, agency, new, make_places)
    host, port = split_address(new.address, where)
    credential = _find_credential(session, new.credential, where, agency.id)
    parent = _find_parent(session, new.parent, where, within)
    _check_reach(where, new.reach, has_credential=credential is not None)
    if session.scalar(select(Device).where(Device.name == new.name)):
        raise ConflictError(f"{where} exists already.")
    active = select(Device).where(
        Device.host == host, Device.port == port, Device.zone == new.zone, Device.retired_at.is_(None)
    )
    if (other := session.scalar(active)) is not None:
        raise ConflictError(f"{where}: address {new.address} belongs to {_told(other, within)} already.")
    device = Device(
        id=_new_id(),
        name=new.name,
        site_id=site.id,
        host=host,
        port=port,
        credential_id=credential.id if credential else None,
        parent_id=parent.id if parent else None,
        parent_port=new.parent_port,
        reach=new.reach,
        zone=new.zone,
        kind=checked_name(new.kind, "kind") if new.kind else None,
    )
    session.add(device)
    session.flush()
    return device


def _site(session: Session, agency: Agency, new: NewDevice, make: bool) -> Site:
    site = session.scalar(select(Site).where(Site.agency_id == agency.id, Site.name == new.site))
    if site is None:
        if not make:
            raise UsageError(f"Device {new.name!r}: agency {agency.name!r} has no site {new.site!r}; add it first.")
        _check_coordinates(new)
        site = Site(id=_new_id(), agency_id=agency.id, name=new.site)
        site.longitude, site.latitude = new.longitude, new.latitude
        session.add(site)
        session.flush()
    elif new.longitude is not None and (site.longitude, site.latitude) != (new.longitude, new.latitude):
        if site.longitude is not None:
            raise ConflictError(
                f"Device {new.name!r}: site {new.site!r} lies elsewhere already; correct one of the two."
            )
        _check_coordinates(new)
        site.longitude, site.latitude = new.longitude, new.latitude
    return site


def _check_coordinates(new: NewDevice) -> None:
    if (new.longitude is None) != (new.latitude is None):
        raise UsageError(f"Device {new.name!r}: longitude and latitude go together.")
    if new.longitude is not None and not (-180 <= new.longitude <= 180 and -90 <= (new.latitude or 0) <= 90):
        raise UsageError(f"Device {new.name!r}: longitude and latitude must be degrees (EPSG:4326).")


def _named(session: Session, table: type[_Named], name: str | None, where: str, what: str) -> _Named | None:
    if not name:
        return None
    found = session.scalar(select(table).where(table.name == name))  # a retired device has another name
    if found is None:
        raise UsageError(f"{where}: {what} {name!r} is unknown; add it first.")
    return found


def _find_credential(session: Session, name: str | None, where: str, agency_id: str) -> Credential | None:
    """Return a credential that serves an institution; of another's it is not even told that there is one."""
    found = _named(session, Credential, name, where, "credential")
    if found is not None and found.agency_id not in (None, agency_id):
        raise UsageError(f"{where}: credential {name!r} is unknown; add it first.")
    return found


def _find_parent(session: Session, name: str | None, where: str, within: Scope) -> Device | None:
    found = _named(session, Device, name, where, "parent")
    if found is not None and not within.has(found.site.agency_id):
        raise UsageError(f"{where}: parent {name!r} is unknown; add it first.")
    return found


def _told(device: Device, within: Scope) -> str:
    """Return how a device may be named to somebody with that scope."""
    return f"device {device.name!r}" if within.has(device.site.agency_id) else "another device"


def split_address(address: str, where: str) -> tuple[str, int]:
    """
    Return host and port of `HOST`, `HOST:PORT` or `[v6]:PORT`.

    Raises:
        UsageError: not an IP address or host name, or not a port.
    """
    host, port = address, str(_SNMP_PORT)
    if match := re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::(\d+))?", address):
        host, port = match[1], match[2] or port
    elif address.count(":") == 1:
        host, _, port = address.partition(":")
    try:
        host = str(ipaddress.ip_address(host))
    except ValueError:
        if (
            not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", host)
            or host.replace(".", "").isdecimal()
        ):
            raise UsageError(f"{where}: address {address!r} is neither an IP address nor a host name.") from None
    if not (port.isascii() and port.isdecimal() and len(port) < 6) or not 0 < int(port) < 65536:
        raise UsageError(f"{where}: address {address!r} has a port outside 1 to 65535.")
    return host, int(port)


def find_device(session: Session, device_id: str, within: Scope) -> Device:
    """
    Return a device in service by its id.

    Raises:
        NotFoundError: there is none, or it belongs to an institution outside the scope, which looks the same.
    """
    device = session.get(Device, device_id)
    if device is None or device.retired_at is not None or not within.has(device.site.agency_id):
        raise NotFoundError(f"Device {device_id!r} is unknown.")
    return device


def change_device(session: Session, device: Device, changes: Mapping[str, str | None], within: Scope) -> None:
    """
    Change a device; what is absent from the changes stays.

    Raises:
        UsageError: a credential, parent, building or institution that does not exist, a circle of parents, or an
            address that is none.
        ConflictError: the name or the address is taken.
    """
    where = f"Device {device.name!r}"
    if "name" in changes:
        name = checked_name(changes["name"] or "", "device name")
        if name != device.name and session.scalar(select(Device).where(Device.name == name)):
            raise ConflictError(f"Device {name!r} exists already.")
        device.name = name
    if "address" in changes:
        _move_address(session, device, changes["address"] or "", where, within)
    if "parent" in changes:
        parent = _find_parent(session, changes["parent"], where, within)
        _refuse_circle(session, device, parent)
        device.parent_id = parent.id if parent else None
    if "parent_port" in changes:
        device.parent_port = changes["parent_port"] or None
    if "reach" in changes:
        device.reach = changes["reach"] or ""
    if "kind" in changes:
        device.kind = checked_name(changes["kind"], "kind") if changes["kind"] else None
    if "agency" in changes or "site" in changes:
        _move_site(session, device, changes)
    if "credential" in changes or "agency" in changes:
        wanted = changes.get("credential", device.credential.name if device.credential else None)
        found = _find_credential(session, wanted, where, device.site.agency_id)
        device.credential, device.credential_id = found, found.id if found else None
    _check_reach(where, device.reach, has_credential=device.credential_id is not None)


def _move_address(session: Session, device: Device, address: str, where: str, within: Scope) -> None:
    host, port = split_address(address, where)
    taken = select(Device).where(
        Device.host == host,
        Device.port == port,
        Device.zone == device.zone,
        Device.retired_at.is_(None),
        Device.id != device.id,
    )
    if (other := session.scalar(taken)) is not None:
        raise ConflictError(f"{where}: address {address} belongs to {_told(other, within)} already.")
    device.host, device.port = host, port


def _refuse_circle(session: Session, device: Device, parent: Device | None) -> None:
    above = parent
    while above is not None:
        if above.id == device.id:
            raise UsageError(
                f"Device {device.name!r}: its parent {parent.name if parent else ''!r} hangs on it itself."
            )
        above = session.get(Device, above.parent_id) if above.parent_id else None


def _move_site(session: Session, device: Device, changes: Mapping[str, str | None]) -> None:
    name = changes.get("agency", device.site.agency.name)
    agency = session.scalar(select(Agency).where(Agency.name == name))
    if agency is None:
        raise UsageError(f"Device {device.name!r}: agency {name!r} is unknown; add it first.")
    site = checked_name(changes.get("site") or device.site.name, "site name")
    new = NewDevice(device.name, agency.name, site, device.host)
    device.site = _site(session, agency, new, make=True)
    device.site_id = device.site.id


def _check_reach(where: str, reach: str, *, has_credential: bool) -> None:
    if not _REACH.fullmatch(reach):
        raise UsageError(f"{where}: reach {reach!r} is not icmp, tcp:PORT or none.")
    if not has_credential and reach == "none":
        raise UsageError(f"{where}: without a credential it needs a reachability check, icmp or tcp:PORT.")


def retire_device(device: Device, now: datetime) -> None:
    """Take a device out of service; what was measured of it stays, and its name is free again."""
    device.retired_at = now.astimezone(UTC)
    device.name = f"{device.name} (retired {now:%Y-%m-%d %H:%M:%S})"
    device.version += 1


def find_by_name(session: Session, name: str, within: Scope) -> Device:
    """
    Return a device in service by its name.

    Raises:
        NotFoundError: there is none, or it belongs to an institution outside the scope.
    """
    device = session.scalar(select(Device).where(Device.name == name, Device.retired_at.is_(None)))
    if device is None or not within.has(device.site.agency_id):
        raise NotFoundError(f"Device {name!r} is unknown.")
    return device


def is_asked_with_the_towns_credential(device: Device) -> bool:
    """Whether a device is sent the secret of the whole town, which only those who may do so everywhere decide."""
    return device.credential is not None and device.credential.agency_id is None
