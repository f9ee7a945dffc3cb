"""Agencies, sites, credentials and devices: adding, listing, importing."""

import csv
import io
import ipaddress
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from ventspils.core.errors import ConflictError, NotFoundError, UsageError
from ventspils.core.registry.models import Agency, Credential, Device, Site
from ventspils.core.secrets import Vault

CSV_COLUMNS = (
    "name",
    "agency",
    "site",
    "longitude",
    "latitude",
    "address",
    "credential",
    "parent",
    "parent_port",
    "reach",
    "zone",
)
_NEEDED = {"name", "agency", "site", "address"}
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


def _new_id() -> str:
    return uuid.uuid4().hex[:16]


def add_agency(session: Session, name: str) -> Agency:
    """
    Add an institution.

    Raises:
        ConflictError: there is one of that name.
    """
    name = _checked(name, "agency name")
    if session.scalar(select(Agency).where(Agency.name == name)):
        raise ConflictError(f"Agency {name!r} exists already.")
    agency = Agency(id=_new_id(), name=name)
    session.add(agency)
    session.flush()
    return agency


def add_credential(session: Session, vault: Vault, *, name: str, snmp_version: str, community: str) -> Credential:
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
    name = _checked(name, "credential name")
    if session.scalar(select(Credential).where(Credential.name == name)):
        raise ConflictError(f"Credential {name!r} exists already.")
    number = _new_id()
    sealed = vault.seal(community, f"credential {number}")
    credential = Credential(id=number, name=name, snmp_version=snmp_version, sealed=sealed)
    session.add(credential)
    session.flush()
    return credential


def add_device(session: Session, new: NewDevice, *, make_places: bool = False) -> Device:
    """
    Add a device.

    Args:
        session: A transaction of the registry.
        new: The device.
        make_places: Make the site if the agency lacks it.

    Raises:
        UsageError: an agency, site, credential or parent that does not exist, or an address that is none.
        ConflictError: the name or the address is taken.
    """
    new = replace(new, name=_checked(new.name, "device name"), site=_checked(new.site, "site name"))
    where = f"Device {new.name!r}"
    agency = session.scalar(select(Agency).where(Agency.name == new.agency))
    if agency is None:
        raise UsageError(f"{where}: agency {new.agency!r} is unknown; add it first.")
    site = _site(session, agency, new, make_places)
    host, port = split_address(new.address, where)
    credential = _named(session, Credential, new.credential, where, "credential")
    parent = _named(session, Device, new.parent, where, "parent")
    if not _REACH.fullmatch(new.reach):
        raise UsageError(f"{where}: reach {new.reach!r} is not icmp, tcp:PORT or none.")
    if credential is None and new.reach == "none":
        raise UsageError(f"{where}: without a credential it needs a reachability check, icmp or tcp:PORT.")
    if session.scalar(select(Device).where(Device.name == new.name)):
        raise ConflictError(f"{where} exists already.")
    active = select(Device).where(
        Device.host == host, Device.port == port, Device.zone == new.zone, Device.retired_at.is_(None)
    )
    if (other := session.scalar(active)) is not None:
        raise ConflictError(f"{where}: address {new.address} belongs to device {other.name!r} already.")
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


def _checked(text: str, what: str) -> str:
    if not text.strip() or len(text) > 200 or not text.isprintable():
        raise UsageError(f"The {what} {text[:80]!r} must be 1 to 200 printable characters.")
    return text.strip()


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


def list_devices(session: Session, *, limit: int = 100, after: str = "") -> tuple[Sequence[Device], int]:
    """Return devices in order of their names, those after a name, and how many there are in all."""
    total = session.scalar(select(func.count()).select_from(Device).where(Device.retired_at.is_(None))) or 0
    chosen = (
        select(Device)
        .options(joinedload(Device.site).joinedload(Site.agency), joinedload(Device.credential))
        .where(Device.retired_at.is_(None), Device.name > after)
        .order_by(Device.name)
        .limit(limit)
    )
    return session.scalars(chosen).all(), total


def retire_device(session: Session, name: str, now: datetime) -> Device:
    """
    Take a device out of service; what was measured of it stays.

    Raises:
        NotFoundError: no device of that name is in service.
    """
    device = session.scalar(select(Device).where(Device.name == name, Device.retired_at.is_(None)))
    if device is None:
        raise NotFoundError(f"Device {name!r} is unknown.")
    device.retired_at = now.astimezone(UTC)
    device.name = f"{name} (retired {now:%Y-%m-%d %H:%M:%S})"  # its name is free again
    device.version += 1
    return device


def import_devices(session: Session, text: str) -> int:
    """
    Add the devices of a CSV text, all of them or none; return how many.

    Raises:
        UsageError: missing or unknown columns, or a row that cannot be used, named by its line.
        ConflictError: a name or address that is taken, in the file or in the registry.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        columns = set(reader.fieldnames or ())
    except csv.Error as error:
        raise UsageError(f"The file cannot be read as CSV: {error}.") from None
    if lacking := sorted(_NEEDED - columns):
        raise UsageError(f"The file lacks the column {lacking[0]!r}; it needs {', '.join(sorted(_NEEDED))}.")
    if unknown := sorted(columns - set(CSV_COLUMNS)):
        raise UsageError(
            f"The file has the column {unknown[0]!r}, which is unknown; known are {', '.join(CSV_COLUMNS)}."
        )
    try:
        rows = list(reader)
    except csv.Error as error:
        raise UsageError(f"The file cannot be read as CSV: {error}. Nothing was imported.") from None
    count = 0
    for row in _parents_first(rows):
        line = row.pop("line")
        try:
            add_device(session, _read_row(row), make_places=True)
        except (UsageError, ConflictError) as error:
            raise type(error)(f"Line {line}: {error} Nothing was imported.") from None
        count += 1
    return count


def _parents_first(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows with every parent before its children, each with its line number; a circle keeps its order."""
    numbered = [row | {"line": str(number)} for number, row in enumerate(rows, start=2)]
    names = {row.get("name") for row in numbered}
    done: set[str | None] = set()
    ordered: list[dict[str, str]] = []
    waiting = numbered
    while waiting:
        ready = [row for row in waiting if not row.get("parent") or row["parent"] in done or row["parent"] not in names]
        ready = ready or waiting
        ordered += ready
        done |= {row.get("name") for row in ready}
        taken = set(map(id, ready))
        waiting = [row for row in waiting if id(row) not in taken]
    return ordered


def _read_row(row: Mapping[str, str | None]) -> NewDevice:
    texts = {name: (row.get(name) or "").strip() for name in CSV_COLUMNS}

    def degrees(name: str) -> float | None:
        try:
            return float(texts[name]) if texts[name] else None
        except ValueError:
            raise UsageError(f"{name} {texts[name]!r} is not a number.") from None

    return NewDevice(
        texts["name"],
        texts["agency"],
        texts["site"],
        texts["address"],
        texts["credential"] or None,
        texts["parent"] or None,
        texts["parent_port"] or None,
        texts["reach"] or "icmp",
        texts["zone"] or "default",
        degrees("longitude"),
        degrees("latitude"),
    )
