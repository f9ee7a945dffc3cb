"""The searches that a request for a plan comes to: the plan, the same without wishes, and each variant of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gis.plans.build import build_instance
from gis.plans.constraints import Built
from gis.plans.inputs import PlanInputs
from gis.plans.requests import PlanRequest, PlanVariant, box_in_metres
from ventspils.core.errors import UsageError


@dataclass(frozen=True)
class VariantSearch:
    """A variant with its request and its instance; where it cannot be planned, None and the sentence that says why."""

    variant: PlanVariant
    request: PlanRequest
    built: Built | None
    why: str = ""


@dataclass(frozen=True)
class PlanSearches:
    """
    Instances to be solved for one plan; `version` tells from which state of the register.

    `without_wishes` is None where nobody set any. `street_names` are those of all street edges, `site_names` those of
    buildings by their ids.
    """

    request: PlanRequest
    plan: Built
    without_wishes: Built | None
    variants: tuple[VariantSearch, ...]
    version: str
    street_names: Sequence[str | None]
    site_names: Mapping[str, str]

    def in_words(self, sentence: str) -> str:
        """Return a sentence of a search with buildings by their names, and a word where what was set may be why."""
        for site, name in self.site_names.items():
            sentence = sentence.replace(site, name)
        return f"{sentence} What you set may stand against it." if self.request.wishes else sentence


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

    def prepare(variant: PlanVariant) -> VariantSearch:
        changed = request.changed_by(variant)
        try:
            return VariantSearch(variant, changed, build_instance(given, changed, box_m))
        except UsageError as error:  # as of a budget that does not reach for what is set
            return VariantSearch(variant, changed, None, str(error))

    free = build_instance(given, replace(request, wishes=()), box_m) if request.wishes else None
    variants = tuple(prepare(each) for each in request.variants)
    names = {site.id: site.name for site in given.sites}
    return PlanSearches(request, plan, free, variants, given.version, given.streets.names, names)
