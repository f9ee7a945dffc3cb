"""The plan that the town has made its own: what it lays in which street, when, and in whose dig."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any  # JSON documents

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import PlanAdoption, PlanRow

_DIGEST = 12  # letters of the digest of a street graph that stand in the version of what a plan was made from


@dataclass(frozen=True)
class LaidSection:
    """A street edge, by its number in the street graph, that is laid in a period, in the dig of that id or alone."""

    edge: int
    period: int
    work: str | None


@dataclass(frozen=True)
class AdoptedPlan:
    """
    The plan that holds, with its name, note, who adopted it and when; `laid` is what it lays in streets.

    `streets_version` is that of the register it was made from; the edges are those of its street graph and no other.
    """

    plan_id: str
    name: str
    note: str
    by: str
    at: datetime
    streets_version: str
    laid: tuple[LaidSection, ...]

    def is_on(self, town_version: str) -> bool:
        """Whether its edges are those of a street graph of that version."""
        return is_on_streets(self.streets_version, town_version)


def is_on_streets(input_version: str, town_version: str) -> bool:
    """Whether a plan made from `input_version` of the register lies on the streets of that version."""
    return input_version.startswith(town_version[:_DIGEST])


def load_adopted(session: Session) -> AdoptedPlan | None:
    """Return the plan that was adopted last, or None before the first."""
    found = session.execute(
        select(PlanAdoption, PlanRow)
        .join(PlanRow, PlanRow.id == PlanAdoption.plan_id)
        .order_by(PlanAdoption.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    adoption, row = found
    return AdoptedPlan(
        row.id,
        adoption.name,
        adoption.note,
        adoption.actor,
        adoption.at,
        row.result["certificate"]["input_version"],
        sections_laid(row.result),
    )


def sections_laid(result: dict[str, Any]) -> tuple[LaidSection, ...]:
    """Return what the result of a plan lays in streets; ways into buildings are none."""
    streets = result["street_edges"]
    return tuple(LaidSection(streets[edge], t, work) for edge, t, work in result["build"] if streets[edge] >= 0)
