"""Which measured series somebody may see: those of the devices of their institutions."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre.models import Device
from ventspils.core.places import Site
from ventspils.core.security.roles import Scope


@dataclass(frozen=True)
class VisibleSeries:
    """The devices whose points a caller may see; None means all, and points of no device."""

    device_ids: frozenset[str] | None

    def shows(self, tags: Mapping[str, str]) -> bool:
        """Whether a series is one of them."""
        return self.device_ids is None or tags.get("device_id") in self.device_ids


def find_visible(session: Session, within: Scope) -> VisibleSeries:
    """Return which series lie within a scope."""
    if within.is_all:
        return VisibleSeries(None)
    theirs = select(Device.id).join(Site).where(Site.agency_id.in_(within.agency_ids))
    return VisibleSeries(frozenset(session.scalars(theirs)))
