"""The searches that a request for a plan comes to: the plan, the same without wishes, and each variant of it."""

from dataclasses import dataclass, replace

from gis.plans.build import build_instance
from gis.plans.constraints import Built
from gis.plans.inputs import PlanInputs
from gis.plans.requests import PlanRequest, PlanVariant, box_in_metres


@dataclass(frozen=True)
class PlanSearches:
    """
    Instances to be solved for one plan; `version` tells from which state of the register.

    `without_wishes` is None where nobody set any.
    """

    plan: Built
    without_wishes: Built | None
    variants: tuple[tuple[PlanVariant, Built], ...]
    version: str


def prepare_searches(given: PlanInputs, request: PlanRequest, town_crs: str) -> PlanSearches:
    """
    Return the instances that a request comes to, from what the register holds now.

    Raises:
        UsageError: what is asked for cannot be planned; the sentence says why.
    """
    box_m = box_in_metres(request.box_degrees, town_crs)
    for wish in request.wishes:
        wish.check()
    plan = build_instance(given, request, box_m)
    variants = tuple((each, build_instance(given, request.changed_by(each), box_m)) for each in request.variants)
    free = build_instance(given, replace(request, wishes=()), box_m) if request.wishes else None
    return PlanSearches(plan, free, variants, given.version)
