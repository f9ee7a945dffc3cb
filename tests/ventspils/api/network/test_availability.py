"""Availability over HTTP."""

from typing import Any

from tests.ventspils.network import enrol_one, raise_one


def test_availability_of_a_month_counts_what_did_not_answer(town: Any) -> None:
    enrol_one(town)
    raise_one(town, "core", "unreachable", name="")
    month = town.centre.now().strftime("%Y-%m")
    (item,) = town.get(f"/availability?month={month}").json()["items"]
    assert 0 < item["availability"] <= 1
    assert town.get("/availability?month=yesterday").status_code == 422
