"""What is asked of a plan: as it is kept, as a variant changes it, and where in the town."""

from dataclasses import replace
from datetime import date

import pytest

from gis.costs.prices import PriceLevel
from gis.plans.constraints import Wish
from gis.plans.requests import PlanRequest, PlanVariant, box_in_metres, read_request
from ventspils.core.errors import UsageError

REQUEST = PlanRequest(date(2027, 1, 1), 4, 30_000.0)


def test_a_request_is_kept_under_the_names_it_was_asked_with() -> None:
    asked = replace(
        REQUEST,
        box_degrees=(21.5, 57.3, 21.6, 57.4),
        wishes=(Wish(None, (3,), None, "never", None),),
        variants=(PlanVariant(budget_eur=1.0), PlanVariant(level=PriceLevel.HIGH)),
    )
    assert asked.as_document() == {
        "start": "2027-01", "periods": 4, "budget_eur": 30_000.0, "box": [21.5, 57.3, 21.6, 57.4], "level": "mid",
        "techniques": ["trench"], "time_limit_s": 60, "seed": 0, "carry_over": True,
        "wishes": [{"street": None, "edges": [3], "site": None, "do": "never", "period": None}],
        "what_if": [{"budget_eur": 1.0, "level": None}, {"budget_eur": None, "level": "high"}],
    }  # fmt: skip
    assert read_request(asked.as_document()) == asked


def test_a_variant_changes_what_it_names_and_tells_only_that() -> None:
    dear = PlanVariant(level=PriceLevel.HIGH)
    assert REQUEST.changed_by(dear) == replace(REQUEST, level=PriceLevel.HIGH)
    assert dear.as_document() == {"level": "high"}
    assert REQUEST.changed_by(PlanVariant(budget_eur=0.0)).budget_eur == 0


def test_a_variant_that_changes_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="changes nothing"):
        REQUEST.changed_by(PlanVariant())


def test_a_box_lies_in_the_metres_of_the_town() -> None:
    west, south, east, north = box_in_metres((21.5, 57.3, 21.6, 57.4), "EPSG:3059") or (0, 0, 0, 0)
    assert 5_000 < east - west < 7_000  # a tenth of a degree is 6.0 km from west to east there
    assert 11_000 < north - south < 12_000  # and 11.1 km from south to north, which the box just holds
    assert box_in_metres(None, "EPSG:3059") is None


def test_a_box_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="west, south, east, north"):
        box_in_metres((22, 57, 21, 58), "EPSG:3059")
