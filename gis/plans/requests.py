"""What is asked of a plan: when, where, for how much money, with what people set, and what if."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any  # JSON documents

import shapely

from gis.costs import PriceLevel, Technique
from gis.plans.constraints import Wish
from gis.reading import to_town
from ventspils.core.errors import UsageError

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PlanVariant:
    """What if the budget or the level of prices were another; None where it is not."""

    budget_eur: float | None = None
    level: PriceLevel | None = None

    def as_document(self) -> dict[str, Any]:
        """Return what is changed, under the names of a request."""
        told = {"budget_eur": self.budget_eur, "level": None if self.level is None else self.level.value}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True)
class PlanRequest:
    """
    What is to be planned: half-years from that of `start`, EUR for each, and where (west, south, east, north).

    `techniques` are how one's own ducts may come into the ground, `wishes` what a planner sets, and `variants` what is
    to be answered beside the plan. `carry_over` says whether what is left of a budget is added to the next.
    """

    start: date
    periods: int
    budget_eur: float | None
    box_degrees: Box | None = None
    level: PriceLevel = PriceLevel.MID
    techniques: tuple[Technique, ...] = (Technique.TRENCH,)
    time_limit_s: float = 60
    seed: int = 0
    wishes: tuple[Wish, ...] = ()
    variants: tuple[PlanVariant, ...] = ()
    carry_over: bool = True

    def as_document(self) -> dict[str, Any]:
        """Return the request as it is kept and given out."""
        return {
            "start": f"{self.start:%Y-%m}",
            "periods": self.periods,
            "budget_eur": self.budget_eur,
            "box": None if self.box_degrees is None else list(self.box_degrees),
            "level": self.level.value,
            "techniques": [technique.value for technique in self.techniques],
            "time_limit_s": self.time_limit_s,
            "seed": self.seed,
            "carry_over": self.carry_over,
            "wishes": [wish.as_document() for wish in self.wishes],
            "what_if": [
                {"budget_eur": v.budget_eur, "level": None if v.level is None else v.level.value} for v in self.variants
            ],
        }

    def changed_by(self, variant: PlanVariant) -> "PlanRequest":
        """
        Return the request as a variant changes it.

        Raises:
            UsageError: it changes nothing.
        """
        if variant == PlanVariant():
            raise UsageError("A variant changes the budget or the level of prices; this one changes nothing.")
        budget_eur = self.budget_eur if variant.budget_eur is None else variant.budget_eur
        return replace(self, budget_eur=budget_eur, level=variant.level or self.level)


def read_request(document: Mapping[str, Any]) -> PlanRequest:
    """Return the request that was kept as a document."""
    box = document["box"]
    return PlanRequest(
        start=date.fromisoformat(f"{document['start']}-01"),
        periods=document["periods"],
        budget_eur=document["budget_eur"],
        box_degrees=None if box is None else (box[0], box[1], box[2], box[3]),
        level=PriceLevel(document["level"]),
        techniques=tuple(Technique(name) for name in document["techniques"]),
        time_limit_s=document["time_limit_s"],
        seed=document["seed"],
        wishes=tuple(Wish(**{**wish, "edges": tuple(wish["edges"])}) for wish in document["wishes"]),
        variants=tuple(
            PlanVariant(each["budget_eur"], None if each["level"] is None else PriceLevel(each["level"]))
            for each in document["what_if"]
        ),
        carry_over=document.get("carry_over", True),  # plans that were made before this could be asked carry over
    )


def box_in_metres(box_degrees: Box | None, town_crs: str) -> Box | None:
    """
    Return the smallest box in the town's CRS around one in degrees.

    Raises:
        UsageError: it is none, or the town's CRS does not reach there.
    """
    if box_degrees is None:
        return None
    west, south, east, north = box_degrees
    if not (west < east and south < north):
        raise UsageError("The box must be west, south, east, north in degrees.")
    (moved,), (reason,) = to_town([shapely.box(west, south, east, north)], "OGC:CRS84", town_crs)
    if reason is not None:
        raise UsageError(f"The box cannot be used: {reason}.")
    found: Box = tuple(moved.bounds)
    return found
