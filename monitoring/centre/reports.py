"""What collectors report: the conditions that are true, kept as their collectors see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any  # JSON documents

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from monitoring.centre.models import CollectorRow, ConditionRow, Device
from ventspils.core.digests import digest_of
from ventspils.core.places import Site
from ventspils.core.security.roles import Scope


def list_conditions(session: Session, within: Scope) -> list[tuple[ConditionRow, str | None]]:
    """Return the conditions that are true, oldest first, each with its device's name."""
    rows = session.execute(
        select(ConditionRow, Device.name, Site.agency_id)
        .join(Device, Device.id == ConditionRow.device_id, isouter=True)
        .join(Site, Site.id == Device.site_id, isouter=True)
        .order_by(ConditionRow.since_s)
    ).all()
    return [(condition, device) for condition, device, agency_id in rows if within.has(agency_id)]


def take_report(session: Session, collector_id: str, report: dict[str, Any], now: datetime) -> bool:
    """
    Keep a sweep report and the conditions in it; return whether the collector must send the full set of conditions.

    The digest tells: it is over all conditions that are true at the collector, and must equal the one over those kept
    here.
    """
    collector = session.get_one(CollectorRow, collector_id)
    is_known = report["sequence"] == collector.last_sequence  # its answer was lost on the way, so it came again
    if is_known or (report["sequence"] < collector.last_sequence and not report.get("first")):
        return False
    known = {"", *session.scalars(select(Device.id).where(Device.zone == collector.zone))}
    for part in ("full", "raised", "cleared"):
        if report.get(part) is not None:
            # Of other zones' devices a collector has nothing to say, and of one condition one thing.
            mine = [c for c in report[part] if c["device_id"] in known]
            report[part] = list({(c["device_id"], c["rule"], c["object"]): c for c in mine}.values())
    full = report.get("full")
    if full is not None:
        session.execute(delete(ConditionRow).where(ConditionRow.collector_id == collector.id))
        _put(session, collector, full)
    else:
        _remove(session, collector, report["cleared"])
        _remove(session, collector, report["raised"])
        _put(session, collector, report["raised"])
    collector.last_sequence, collector.last_report_at = report["sequence"], now
    collector.last_report = {k: v for k, v in report.items() if k not in ("full", "raised", "cleared")}
    session.flush()
    columns = (ConditionRow.device_id, ConditionRow.rule, ConditionRow.object, ConditionRow.severity)
    kept = session.execute(select(*columns).where(ConditionRow.collector_id == collector.id)).all()
    return digest_of(kept) != str(report["digest"])


def _put(session: Session, collector: CollectorRow, conditions: Sequence[dict[str, Any]]) -> None:
    if conditions:
        session.execute(insert(ConditionRow), [{"collector_id": collector.id, **condition} for condition in conditions])


def _remove(session: Session, collector: CollectorRow, conditions: Sequence[dict[str, Any]]) -> None:
    if conditions:
        columns = ConditionRow.__table__.c
        keys = ("device_id", "rule", "object")
        fits = [columns[key] == bindparam(f"of_{key}") for key in keys]
        statement = delete(ConditionRow).where(columns.collector_id == collector.id, *fits)
        session.connection().execute(statement, [{f"of_{key}": c[key] for key in keys} for c in conditions])
