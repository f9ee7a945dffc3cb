"""Works and needs over HTTP: entered, edited by two, moved, taken back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ventspils.digs import PLANNED, add, chances, collection, degrees, edit, named, take, where, work


def test_a_work_in_words_lies_between_its_crossings(streets: Any) -> None:
    place = {"street": "ostas iela", "begin": "Jana iela", "end": "Dārza iela", "metres": 100}
    found = streets.post("/works", {"stage": "idea", "kind": "water", "promoter": "ŪDEKA", "place": place}).json()
    assert found["title"] == "ostas iela Jana iela – Dārza iela"
    ends = [xy for point in found["geometry"]["coordinates"] for xy in point]
    assert ends == pytest.approx([xy for point in degrees((100, 0), (200, 0)) for xy in point], abs=1e-6)
    edges = streets.get(f"/works/{found['id']}/edges").json()["edges"]
    assert [(e["name"], e["share"], e["length_m"]) for e in edges] == [("Ostas iela", 1.0, 100.0)]


def test_a_second_editor_is_told_what_is_different(town: Any) -> None:
    found = add(town)
    assert edit(town, found, starts_on="2027-08-15").json()["version"] == 2
    late = edit(town, found, version=1, starts_on="2027-07-01", note="by night")
    assert late.status_code == 412
    assert late.json()["present"]["difference"] == {
        "starts_on": {"present": "2027-08-15", "yours": "2027-07-01"},
        "note": {"present": "", "yours": "by night"},
    }
    assert town.call("PATCH", f"/api/v1/works/{found['id']}", json={"note": "x"}).status_code == 428
    history = town.get(f"/works/{found['id']}").json()["history"]
    assert [(h["version"], h["starts_on"]) for h in history] == [(1, "2027-08-01"), (2, "2027-08-15")]


def test_a_work_that_is_published_without_its_facts_is_taken_with_a_warning(town: Any) -> None:
    lacking = {k: v for k, v in PLANNED.items() if k != "contact"}
    taken = town.post("/works", lacking | {"geometry": where(0, 100)})
    assert taken.status_code == 201
    (warning,) = taken.json()["warnings"]
    assert warning.endswith("asks that it is told of a planned work: contact.")
    idea = add(town, stage="idea", contact="")
    assert idea["warnings"] == []
    assert edit(town, idea, stage="planned").json()["missing_facts"] == ["contact"]
    take(town, "works", collection(work(7)), "feed.geojson")
    (fed,) = [w for w in town.get("/works").json()["items"] if w["feed"] == "feed.geojson"]
    assert fed["missing_facts"] == [
        "network_elements",
        "permit_request_on",
        "contact",
    ]
    slipped = edit(town, fed, starts_on="2027-08-15")  # a slip can be typed whatever the feed lacks
    assert (slipped.status_code, slipped.json()["starts_on"]) == (200, "2027-08-15")
    assert "network_elements, permit_request_on, contact" in slipped.json()["warnings"][0]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"starts_on": "2027-10-01"}, "ends_on 2027-09-30 lies before starts_on 2027-10-01"),
        ({"earliest_on": "2028-01-01", "latest_on": "2027-01-01"}, "latest_on 2027-01-01 lies before earliest_on"),
        ({"after_work_id": "nobody"}, "on which this one hangs, is unknown"),
        ({"stage": "soon"}, "stage"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"geometry": {"type": "Point", "coordinates": [21.5]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [57.4, 200]}}, "The place cannot be used"),
        ({"moving_eur_per_month": -1}, "moving_eur_per_month"),
        ({"depth_m": 101}, "depth_m"),
        ({"diameter_mm": 0}, "diameter_mm"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_work_is_told_in_one_sentence_and_not_kept(town: Any, changed: dict[str, Any], why: str) -> None:
    refused = town.post("/works", PLANNED | {"geometry": where(0, 100)} | changed)
    assert refused.status_code == 422
    assert why in refused.json()["detail"]
    assert town.get("/works").json()["total"] == 0


def test_how_a_work_stands_follows_from_its_days_and_stage(town: Any) -> None:
    town.centre.now = lambda: datetime(2027, 8, 20, 12, tzinfo=UTC)
    stages = {
        "under_way": {},
        "to_come": {"starts_on": "2027-09-01"}, "done": {"starts_on": "2027-01-01", "ends_on": "2027-02-01"},
        "cancelled": {"stage": "cancelled"}, "overdue": {"stage": "idea"},
        "unknown": {"sort": "request", "starts_on": None, "ends_on": None},
    }  # fmt: skip
    for status, changed in stages.items():
        assert add(town, **changed)["status"] == status


def test_a_work_that_is_taken_back_comes_again_as_any_version(town: Any) -> None:
    found = add(town)
    edit(town, found, title="Longer pipe")
    assert town.call("DELETE", f"/api/v1/works/{found['id']}").status_code == 200
    assert town.get("/works").json()["total"] == 0
    again = town.post(f"/works/{found['id']}/restore", {"version": 1}).json()
    assert (again["title"], again["version"]) == ("Pipe", 4)
    assert town.post(f"/works/{found['id']}/restore", {"version": 99}).status_code == 404


def test_a_work_in_words_is_moved_by_other_words_and_by_a_shape(streets: Any) -> None:
    found = streets.post("/works", {"place": {"street": "Jāņa iela"}}).json()
    drawn = edit(streets, found, geometry=where(0, 50)).json()
    assert drawn["put_right_by_hand"] is True
    again = edit(streets, drawn, geometry=where(50, 90)).json()
    assert again["geometry"]["coordinates"][0] == pytest.approx(where(50, 90)["coordinates"][0], abs=1e-6)
    moved = edit(streets, again, place={"street": "Dārza iela"}).json()
    assert (moved["put_right_by_hand"], moved["place"]["street"]) == (False, "Dārza iela")


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": []},
        {"type": "Point", "coordinates": [10**400, 1]},
        {"type": "Point", "coordinates": [float("1e308"), 1]},
        {"type": "LineString"},
    ],
)
def test_a_geometry_that_is_none_is_refused(streets: Any, geometry: Any) -> None:
    assert streets.post("/works", {"geometry": geometry}).status_code == 422


def test_a_house_at_the_beginning_of_its_street_is_an_end(town: Any) -> None:
    house = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": degrees((-3, 5))[0]},
        "properties": {"addr:street": "Ostas iela", "addr:housenumber": "1"},
    }
    lines = [named("Ostas iela", (0, 0), (100, 0), (200, 0)), named("Jāņa iela", (100, 0), (100, 80))]
    assert take(town, "streets", collection(*lines, house)).json()["accepted"] == 3
    found = town.post("/works", {"place": {"street": "Ostas iela", "begin": "1", "end": "Jāņa iela"}}).json()
    assert found["geometry"]["type"] == "LineString", found


def test_a_slip_says_at_once_what_it_costs(joining: Any) -> None:
    """The heat pipe may wait until the end of 2027; a water pipe that slips by two years is not near it any more."""
    add(
        joining, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 200),
        latest_on="2027-12-31",
    )  # fmt: skip
    heat, fibre = sorted(chances(joining), key=lambda c: c["wanted_sort"], reverse=True)
    (pipe,) = joining.get("/works").json()["items"]
    slipped = edit(joining, pipe, starts_on="2029-08-01", ends_on="2029-09-30").json()
    both = round(heat["mid_eur"] + fibre["mid_eur"], 2)
    assert slipped["at_stake"]["before"] == {"chances": 2, "saving_eur": both}
    assert slipped["at_stake"]["now"] == {"chances": 1, "saving_eur": fibre["mid_eur"]}
