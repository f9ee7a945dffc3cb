"""Plans in the register: begun, ended, found, and as they are given out."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any  # JSON documents

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.plans.requests import PlanRequest
from gis.register import PlanAdoption, PlanRow, is_on_streets, load_town
from ventspils.core.errors import ConflictError, NotFoundError

Json = dict[str, Any]


def add_plan(
    session: Session, plan_id: str, request: PlanRequest, instance: Mapping[str, Any], actor: str, now: datetime
) -> PlanRow:
    """Keep a plan that is under way, with the instance that is solved."""
    row = PlanRow(
        id=plan_id,
        at=now,
        actor=actor,
        asked=request.as_document(),
        state="running",
        progress={},
        instance=gzip.compress(json.dumps(instance).encode()),
        result={},
    )
    session.add(row)
    return row


def find_plan(session: Session, plan_id: str) -> PlanRow:
    """
    Return a plan.

    Raises:
        NotFoundError: there is none.
    """
    row = session.get(PlanRow, plan_id)
    if row is None:
        raise NotFoundError(f"Plan {plan_id!r} is unknown.")
    return row


def find_done(session: Session, plan_id: str, what: str) -> PlanRow:
    """
    Return a plan that is done, as only such a one can be `what`.

    Raises:
        NotFoundError: there is none.
        ConflictError: it is not done.
    """
    row = find_plan(session, plan_id)
    if row.state != "done":
        raise ConflictError(f"Plan {plan_id!r} is {row.state}; only one that is done can be {what}.")
    return row


def list_plans(session: Session) -> list[Json]:
    """Return all plans, the latest first, each with what was asked, how good it is, and its adoption or None."""
    rows, known = session.scalars(select(PlanRow).order_by(PlanRow.at.desc())), _adoptions(session)
    return [
        {"id": row.id, **_describe_head(row), "adopted": known.get(row.id)}
        | {"certificate": row.result.get("certificate")}
        for row in rows
    ]


def describe(session: Session, row: PlanRow, progress: Mapping[str, Any]) -> Json:
    """Return a plan with its result, how far it is, and its adoption or None."""
    adopted = _adoptions(session).get(row.id)
    return {"plan_id": row.id, **_describe_head(row), "adopted": adopted, "progress": progress, **row.result}


def _adoptions(session: Session) -> dict[str, Json]:
    """Return by plan how it was last adopted; `holds` where no other was adopted since."""
    rows = session.scalars(select(PlanAdoption).order_by(PlanAdoption.id)).all()
    return {row.plan_id: describe_adoption(row) | {"holds": row is rows[-1]} for row in rows}


def describe_adoption(row: PlanAdoption) -> Json:
    """Return who adopted a plan, when, under which name and with which note."""
    return {"name": row.name, "note": row.note, "by": row.actor, "at": row.at}


def _describe_head(row: PlanRow) -> Json:
    return {name: getattr(row, name) for name in ("at", "actor", "asked", "state")}


def instance_of(row: PlanRow) -> Json:
    """Return the instance that was solved, as a solver reads it."""
    document: Json = json.loads(gzip.decompress(row.instance))
    return document


@dataclass(frozen=True)
class LaidStreet:
    """A street of a plan, its shape in the town's CRS: its name, when it is laid, and whose dig it goes with."""

    shape: BaseGeometry
    street: str | None
    period: int
    period_name: str
    work_id: str | None

    def properties(self) -> Json:
        """Return what a map tells of it."""
        return {"street": self.street, "period": self.period, "name": self.period_name, "work_id": self.work_id}


def laid_streets(session: Session, row: PlanRow) -> list[LaidStreet]:
    """
    Return the streets of a plan; none before it is done, and none where the town's streets changed since.

    Raises:
        UsageError: there are no streets.
    """
    town = load_town(session)
    if row.state != "done" or not is_on_streets(row.result["certificate"]["input_version"], town.version):
        return []
    names = [period["name"] for period in row.result["periods"]]
    laid = [(row.result["street_edges"][edge], t, work) for edge, t, work in row.result["build"]]
    shapes, streets = town.streets.graph.shapes, town.streets.names
    return [LaidStreet(shapes[edge], streets[edge], t, names[t], work) for edge, t, work in laid if edge >= 0]


def fail_unfinished(session: Session, why: str) -> None:
    """Let plans that nobody works out any more end without a result."""
    for row in session.scalars(select(PlanRow).where(PlanRow.state == "running")):
        row.state, row.progress = "failed", {"why": why}
