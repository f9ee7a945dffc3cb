"""Plans over HTTP: begun, followed, stopped, with wishes and what-ifs, and built."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.ventspils.digs import planned, sites, take


@pytest.mark.timeout(240)
def test_a_plan_joins_the_pipe_and_tells_what_it_saves_and_how_good_it_is(dug: Any) -> None:
    body = {"start": "2027-01", "periods": 4, "budget_eur": 30_000, "time_limit_s": 60}
    plan = planned(dug, body)
    second = plan["periods"][1]
    (work_id,) = second["works_used"]
    assert dug.get(f"/works/{work_id}").json()["title"] == "Pipe"
    assert plan["certificate"]["optimal"] is True
    assert plan["certificate"]["lower_bound"] == plan["certificate"]["objective"]
    # Alone 200 m at 110 EUR and 1,500 EUR into the school at once, which earns 1,000 EUR in the first half-year; together a half-year
    # later, half of the metres at 25 EUR.
    later = 1.04**-0.5
    assert plan["savings"]["fall_of_the_fibre_bill_eur"] == pytest.approx(23_500 - 1_000 - later * 15_000, rel=2e-3)
    assert plan["savings"]["same_routes_saving_eur"] == pytest.approx(later * 8_500, rel=2e-3)
    assert sum(len(p["sites_connected"]) for p in plan["periods"]) == 1
    assert dug.get(f"/plans/{plan['plan_id']}").json()["certificate"] == plan["certificate"]
    assert dug.get("/plans").json()["total"] == 1
    instance = dug.get(f"/plans/{plan['plan_id']}/instance").json()
    assert len(instance["edges"]) == len(plan["street_edges"]) == 4


def test_what_cannot_be_planned_is_told(dug: Any, town: Any) -> None:
    refused = planned(dug, {"start": "2027-01", "periods": 4, "budget_eur": 1, "time_limit_s": 20}, state="failed")
    assert refused["progress"]["why"].startswith("No plan keeps all deadlines within the budgets")
    assert dug.post("/plans", {"start": "2029-01"}).status_code == 422  # the deadline lies before
    assert dug.post("/plans", {"start": "2027-13"}).status_code == 422
    assert dug.post("/plans", {"start": "2027-01", "box": [22, 57, 21, 58]}).status_code == 422


def test_without_streets_there_is_nothing_to_plan(town: Any) -> None:
    assert town.get("/streets").status_code == 404
    assert "import some" in town.post("/plans", {"start": "2027-01"}).json()["detail"]


@pytest.mark.timeout(300)
def test_durlach_is_planned_from_its_real_streets_and_works(town: Any, request: pytest.FixtureRequest) -> None:
    folder = os.environ.get("VENTSPILS_TEST_DATA")
    if not folder:
        pytest.skip("VENTSPILS_TEST_DATA, with real streets and works, is not set")
    town.centre.settings.town.crs = "EPSG:25832"
    karlsruhe = Path(folder) / "geo" / "karlsruhe"
    assert take(town, "streets", (karlsruhe / "streets.gpkg").read_bytes(), "streets.gpkg").json()["accepted"] == 9796
    feed = (karlsruhe / "works_raw_2026-08-22.geojson").read_bytes()
    assert take(town, "works", feed, "works.geojson", feed="karlsruhe").json()["accepted"] == 181
    rows = sites(
        "centre,8.4700,48.9990,yes,0,", "school,8.4760,48.9965,no,20000,2027-12-31",
        "library,8.4660,49.0030,no,90000,", "clinic,8.4850,49.0010,no,120000,",
    )  # fmt: skip
    take(town, "sites", rows, "sites.csv")
    assert town.get("/conflicts").json()["total"] == 9
    body = {
        "start": "2026-07", "periods": 4, "budget_eur": 150_000, "box": [8.455, 48.985, 8.495, 49.012], "time_limit_s": 120,
    }  # fmt: skip
    plan = planned(town, body)
    assert plan["certificate"]["gap"] <= 0.02
    assert sum(len(p["sites_connected"]) for p in plan["periods"]) >= 1
    assert all(p["cost_eur"] <= 150_000 * (t + 1) for t, p in enumerate(plan["periods"]))
    assert plan["savings"]["same_routes_saving_eur"] >= 0
