"""Plans that cannot be, or whose register changed: each is one clear sentence; and list and map that agree."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely

from gis.reading.systems import to_town
from tests.ventspils.digs import collection, ended, place, planned, sites, street, take

ASKED = {"start": "2027-01", "periods": 4, "budget_eur": 60_000, "time_limit_s": 20}


@pytest.mark.process
@pytest.mark.timeout(120)
def test_list_and_map_tell_the_same_metres_in_the_same_half_year_with_the_same_dig(dug: Any) -> None:
    plan = planned(dug, ASKED)
    drawn: Counter[tuple[int, str | None]] = Counter()
    for feature in dug.get(f"/plans/{plan['plan_id']}/map").json()["features"]:
        (line,), _ = to_town([shapely.geometry.shape(feature["geometry"])], "OGC:CRS84", "EPSG:3059")
        drawn[feature["properties"]["period"], feature["properties"]["work_id"]] += line.length
    listed: Counter[tuple[int, str | None]] = Counter()
    for row in plan["streets"]:
        listed[row["period"], row["work_id"]] += 0 if row["is_way_in"] else row["metres"]
    assert sum(listed.values()) == pytest.approx(200, abs=0.2)
    assert {where for where, metres in listed.items() if metres} == set(drawn)
    assert all(abs(listed[where] - metres) < 0.2 for where, metres in drawn.items())


@pytest.mark.process
@pytest.mark.timeout(120)
def test_a_deadline_that_what_was_set_makes_impossible_names_the_building_and_what_was_set(dug: Any) -> None:
    asked = ASKED | {"budget_eur": None, "wishes": [{"edges": [0], "do": "never"}]}
    why = planned(dug, asked, state="failed")["progress"]["why"]
    assert "school" in why
    assert why.endswith("What you set may stand against it.")


@pytest.mark.process
@pytest.mark.timeout(120)
def test_a_plan_over_a_section_that_ceased_to_exist_is_drawn_built_and_held_against_today_no_more(dug: Any) -> None:
    plan = planned(dug, ASKED)
    lines = [street((0, 0), (90, 0), (200, 0)), street((0, 0), (0, 100))]
    assert take(dug, "streets", collection(*lines), "streets.geojson").status_code == 201
    assert dug.get(f"/plans/{plan['plan_id']}/map").json()["features"] == []
    assert "taken in anew" in dug.get(f"/plans/{plan['plan_id']}/today").json()["why"]
    dug.centre.now = lambda: datetime(2028, 1, 2, tzinfo=UTC)
    built = {"period": 1, "built_on": "2027-10-01", "ducts": 4, "free_ducts": 3, "document": "As-built 12"}
    refused = dug.post(f"/plans/{plan['plan_id']}/built", built)
    assert (refused.status_code, "street graph was changed" in refused.json()["detail"]) == (409, True)
    gone = dug.post("/plans", ASKED | {"wishes": [{"edges": [77], "do": "never"}]})
    assert (gone.status_code, "is not in the part of the town" in gone.json()["detail"]) == (422, True)


@pytest.mark.process
@pytest.mark.timeout(120)
def test_a_register_that_changes_while_a_plan_is_made_is_told(dug: Any) -> None:
    plan_id = dug.post("/plans", ASKED).json()["plan_id"]
    rows = sites(f"library,{place(100, 50)},no,9000,")
    assert take(dug, "sites", rows, "more.csv").status_code == 201
    plan = ended(dug, plan_id)
    assert any("The register changed while this plan was made" in note for note in plan["notes"])
    assert len(plan["left_out"]) + sum(len(p["sites_connected"]) for p in plan["periods"]) == 1
