"""Port policies: which ports may alarm and at which limits; what may stand in one, adding, listing, removing."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre import devices
from monitoring.centre.models import Device, PortPolicyRow
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.security.roles import Access, Scope

_MOST_REPEATS = 3


def check_policy(pattern: str, mode: str, hours: str | None) -> None:
    """
    Refuse a policy that collectors could not use.

    Raises:
        UsageError: a pattern that is no regular expression, or hours that do not fit the mode.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise UsageError(f"Pattern {pattern!r} is not a regular expression: {error}.") from None
    if re.search(r"(?<!\\)\)[*+{]", pattern) or len(re.findall(r"(?<!\\)[*+{]", pattern)) > _MOST_REPEATS:
        raise UsageError(
            f"Pattern {pattern!r} repeats a group, or repeats more than {_MOST_REPEATS} times; such a one could "
            f"take for ever."
        )
    if (mode == "hours") != (hours is not None):
        raise UsageError("Hours belong to the mode `hours`, and only to it.")
    if hours is not None:
        try:
            first, last = map(time.fromisoformat, hours.split("-"))
        except ValueError:
            raise UsageError(f"Hours {hours!r}: write HH:MM-HH:MM.") from None
        if first == last:
            raise UsageError("The hours begin and end at the same time; use the mode always or never.")


@dataclass(frozen=True)
class NewPortPolicy:
    """A port policy as people give it: for devices by their names, for those of a kind, or for all."""

    pattern: str
    mode: str
    hours: str | None = None
    full_at_pct: float | None = None
    errors_at_per_s: float | None = None
    kind: str | None = None
    devices: Sequence[str] = field(default_factory=list)


def list_policies(session: Session, within: Scope) -> list[tuple[PortPolicyRow, Device | None]]:
    """Return the policies in the order in which they are tried, each with the device that it is for, if any."""
    found = session.execute(
        select(PortPolicyRow, Device)
        .join(Device, Device.id == PortPolicyRow.device_id, isouter=True)
        .order_by(PortPolicyRow.position, PortPolicyRow.id)
    ).all()
    return [(policy, device) for policy, device in found if device is None or within.has(device.site.agency_id)]


def add_policies(session: Session, new: NewPortPolicy, access: Access) -> list[PortPolicyRow]:
    """
    Add a policy after the others, once for each of its devices.

    Raises:
        UsageError: collectors could not use it, or it is for devices and for a kind.
        NotFoundError: a device is unknown within the scope.
        NotAllowedError: it is for all institutions, and the scope is not.
    """
    check_policy(new.pattern, new.mode, new.hours)
    if new.devices and new.kind is not None:
        raise UsageError("A rule is for devices or for those of a kind, not both.")
    position = len(session.scalars(select(PortPolicyRow.id)).all())
    rows = []
    for number, name in enumerate(new.devices or [None]):
        device = devices.find_by_name(session, name, access.scope) if name is not None else None
        access.require(device.site.agency_id if device is not None else None)
        row = PortPolicyRow(id=uuid.uuid4().hex[:16], position=position + number, pattern=new.pattern)
        row.device_id, row.mode, row.hours = (device.id if device else None), new.mode, new.hours
        row.full_at_pct, row.errors_at_per_s, row.kind = new.full_at_pct, new.errors_at_per_s, new.kind
        rows.append(row)
    session.add_all(rows)
    return rows


def remove_policy(session: Session, policy_id: str, within: Scope) -> PortPolicyRow:
    """
    Remove a policy and return what it was.

    Raises:
        NotFoundError: there is none, or it lies outside the scope.
    """
    row = session.get(PortPolicyRow, policy_id)
    device = session.get(Device, row.device_id) if row is not None and row.device_id else None
    if row is None or not within.has(device.site.agency_id if device else None):
        raise NotFoundError(f"Port policy {policy_id!r} is unknown.")
    session.delete(row)
    return row
