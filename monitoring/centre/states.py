"""The state of every device as people see it, from the incidents that are open and the collectors that speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitoring.centre.models import CollectorRow, Incident

COLLECTOR_SILENT = "collector_silent"
# Worst first; `behind` is unreachable only because of something else.
STATES = ("down", "critical", "warning", "unknown", "behind", "ok")


@dataclass(frozen=True)
class DeviceState:
    """A device's state; `because_of` names the device whose incident explains it."""

    state: str
    is_in_maintenance: bool = False
    because_of: str | None = None
    problems: int = 0


def silent_after(interval_s: int) -> timedelta:
    """Return after how long without a report a collector counts as silent: two intervals, and never at once."""
    return max(timedelta(seconds=2 * interval_s), timedelta(seconds=20))


def live_zones(session: Session, now: datetime, interval_s: int) -> frozenset[str]:
    """Return the zones of which a collector has spoken of late."""
    since = now - silent_after(interval_s)
    spoken = select(CollectorRow.zone).where(CollectorRow.revoked_at.is_(None), CollectorRow.last_report_at >= since)
    return frozenset(session.scalars(spoken))


def read_states(session: Session) -> Mapping[str, DeviceState]:
    """Return the state of every device that has an open incident."""
    columns = (
        Incident.id, Incident.device_id, Incident.rule, Incident.severity, Incident.root_id, Incident.is_in_maintenance,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(Incident.cleared_at.is_(None), Incident.device_id != "")).all()
    device_of = {row.id: row.device_id for row in rows}
    found: dict[str, DeviceState] = {}
    for row in rows:
        root = device_of.get(row.root_id) if row.root_id else None
        is_explained = root is not None and root != row.device_id
        state = "behind" if is_explained else "down" if row.rule == "unreachable" else row.severity
        before = found.get(row.device_id, DeviceState("ok"))
        worst = "behind" if "behind" in (state, before.state) else min(state, before.state, key=STATES.index)
        because_of = (root if is_explained else None) or before.because_of
        maintained = row.is_in_maintenance or before.is_in_maintenance
        found[row.device_id] = DeviceState(worst, maintained, because_of, before.problems + 1)
    return found
