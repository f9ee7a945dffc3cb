"""Lists of devices as people see them: searched, with the names around each, and with its state."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any  # columns of several types

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from monitoring.centre.models import Credential, Device
from monitoring.centre.states import DeviceState, live_zones, read_states
from ventspils.core.places import Agency, Site
from ventspils.core.security.roles import Scope


@dataclass(frozen=True)
class SoughtDevices:
    """Which devices are asked for; an empty text means any."""

    within: Scope
    after: str = ""
    text: str = ""
    agency_id: str = ""
    site_id: str = ""


_COLUMNS = (
    Device.id, Device.name, Agency.name.label("agency"), Site.agency_id, Site.name.label("site"), Device.site_id,
        Site.longitude,
    Site.latitude, Device.host, Device.port, Credential.name.label("credential"), Device.parent_id,
        Device.parent_port, Device.reach,
    Device.zone, Device.kind, Device.version,
)  # fmt: skip


def _rows() -> Any:
    """Return the question for devices with the names around them; rows of columns cost a third of objects."""
    return (
        select(*_COLUMNS)
        .join(Site, Site.id == Device.site_id)
        .join(Agency, Agency.id == Site.agency_id)
        .outerjoin(Credential, Credential.id == Device.credential_id)
    )


def read_device(session: Session, device_id: str) -> Row[Any]:
    """Return a device with the names around it, as lists have it."""
    session.flush()
    return session.execute(_rows().where(Device.id == device_id)).one()


def describe_device(session: Session, device_id: str) -> dict[str, Any]:
    """Return a device with the names around it and without its state."""
    return dict(read_device(session, device_id)._mapping)


def list_devices(session: Session, sought: SoughtDevices, *, limit: int = 100) -> tuple[Sequence[Row[Any]], int]:
    """Return devices in service in order of their names, those after a name, and how many fit in all."""
    fits: list[ColumnElement[bool]] = [Device.retired_at.is_(None)]
    if not sought.within.is_all:
        fits.append(Site.agency_id.in_(sought.within.agency_ids))
    if sought.agency_id:
        fits.append(Site.agency_id == sought.agency_id)
    if sought.site_id:
        fits.append(Device.site_id == sought.site_id)
    if sought.text:
        fits.append(or_(*(c.icontains(sought.text, autoescape=True) for c in (Device.name, Device.host, Site.name))))
    total = session.scalar(select(func.count()).select_from(Device).join(Site).where(*fits)) or 0
    chosen = _rows().where(*fits, Device.name > sought.after).order_by(Device.name).limit(limit)
    return session.execute(chosen).all(), total


def describe_with_states(
    session: Session, found: Sequence[Row[Any]], within: Scope, *, now: datetime, interval_s: int
) -> list[dict[str, Any]]:
    """Return devices with their states; what explains a state is named only if it lies within the scope."""
    known = read_states(session)
    zones = live_zones(session, now, interval_s)
    states = [known.get(d.id, DeviceState("ok")) if d.zone in zones else DeviceState("unknown") for d in found]
    explained = {state.because_of for state in states if state.because_of is not None}
    names = _read_names(session, explained, within)
    return [
        dict(row._mapping) | _describe_state(state) | {"because_of_name": names.get(state.because_of)}
        for row, state in zip(found, states, strict=True)
    ]


def _read_names(session: Session, device_ids: Collection[str], within: Scope) -> Mapping[str | None, str]:
    if not device_ids:
        return {}
    chosen = select(Device.id, Device.name, Site.agency_id).join(Site).where(Device.id.in_(device_ids))
    return {row.id: row.name for row in session.execute(chosen) if within.has(row.agency_id)}


def _describe_state(state: DeviceState) -> dict[str, Any]:
    return {
        "state": state.state,
        "in_maintenance": state.is_in_maintenance,
        "because_of": state.because_of,
        "problems": state.problems,
    }
