"""What a search for a plan answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any  # JSON documents


@dataclass(frozen=True)
class LaidDuct:
    """An edge of the instance that is laid in a period, in the dig of that id or alone."""

    edge: int
    period: int
    work: str | None


@dataclass(frozen=True)
class PlanAnswer:
    """
    The best plan that a search found, in discounted EUR, and what no plan is worth less than.

    `gap` is what may still be won as a share of what the ducts cost; `work` counts the units of work that it took;
    `starts` tells in which period each dig starts, by its id.
    """

    objective: float
    lower_bound: float
    gap: float
    optimal: bool
    seconds: float
    work: int
    build: tuple[LaidDuct, ...]
    starts: Mapping[str, int]

    def certificate(self) -> dict[str, Any]:
        """Return how good the plan is and what that took."""
        names = ("objective", "lower_bound", "gap", "optimal", "seconds", "work")
        return {name: getattr(self, name) for name in names}


def read_answer(document: Mapping[str, Any]) -> PlanAnswer:
    """Return the answer that a solver printed about an instance of several periods."""
    build = tuple(LaidDuct(edge, period, work) for edge, period, work in document["build"])
    names = ("objective", "lower_bound", "gap", "optimal", "seconds", "work", "starts")
    return PlanAnswer(build=build, **{name: document[name] for name in names})
