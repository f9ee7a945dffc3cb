"""
Works, needs, requests and emergencies over HTTP: entered, edited by two, put right on the streets, kept secret, given
out.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
import shapely
from sqlalchemy import select

from gis.register.models import WorkVersion
from tests.ventspils.digs import PLANNED, add, collection, degrees, edit, named, sites, take, where, work


def test_a_work_in_words_lies_between_its_crossings(streets: Any) -> None:
    place = {"street": "ostas iela", "begin": "Jana iela", "end": "Dārza iela", "metres": 100}
    found = streets.post("/works", {"stage": "idea", "kind": "water", "promoter": "ŪDEKA", "place": place}).json()
    assert found["title"] == "ostas iela Jana iela – Dārza iela"
    ends = [xy for point in found["geometry"]["coordinates"] for xy in point]
    assert ends == pytest.approx([xy for point in degrees((100, 0), (200, 0)) for xy in point], abs=1e-6)
    edges = streets.get(f"/works/{found['id']}/edges").json()["edges"]
    assert [(e["name"], e["share"], e["length_m"]) for e in edges] == [("Ostas iela", 1.0, 100.0)]


def test_what_cannot_be_placed_waits_to_be_placed_and_is_placed_by_choosing_streets(streets: Any) -> None:
    found = streets.post("/works", {"sort": "need", "place": {"street": "Kuldīgas iela"}}).json()
    assert found["geometry"] is None
    assert "no street 'Kuldīgas iela'" in found["place"]["unplaced"]
    assert streets.get("/works?sort=need&unplaced=true").json()["total"] == 1
    box = degrees((-10, -10), (310, 90))
    asked = f"west={box[0][0]}&south={box[0][1]}&east={box[1][0]}&north={box[1][1]}"
    chosen = [e["edge"] for e in streets.get(f"/street-edges?{asked}").json()["items"] if e["name"] == "Jāņa iela"]
    put = streets.call("PUT", f"/api/v1/works/{found['id']}/edges", json={"edges": chosen}, headers={"If-Match": '"1"'})
    assert put.json()["put_right_by_hand"] is True
    assert streets.get("/works?sort=need&unplaced=true").json()["total"] == 0


def test_what_was_put_right_by_hand_stays_so_when_the_file_comes_again(streets: Any) -> None:
    take(streets, "works", collection(work(1)))
    (found,) = streets.get("/works").json()["items"]
    right = streets.get(f"/works/{found['id']}/edges").json()["edges"][0]["edge"]
    other = next(
        e["properties"]["edge"]
        for e in streets.get("/layers/streets").json()["features"]
        if e["properties"]["edge"] != right
    )
    path = f"/api/v1/works/{found['id']}/edges"
    assert streets.call("PUT", path, json={"edges": [other]}, headers={"If-Match": '"1"'}).status_code == 200
    told = take(streets, "works", collection(work(1, start="2027-09-01"))).json()
    assert [(c["field"], c["before"], c["after"]) for c in told["changed"]] == [
        ("starts_on", "2027-08-01", "2027-09-01")
    ]
    assert [e["edge"] for e in streets.get(f"/works/{found['id']}/edges").json()["edges"]] == [other]
    assert streets.call("PUT", path, json={"edges": []}, headers={"If-Match": '"3"'}).status_code == 200
    assert [e["edge"] for e in streets.get(f"/works/{found['id']}/edges").json()["edges"]] == [right]


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


def test_a_work_that_is_published_needs_its_facts(town: Any) -> None:
    lacking = {k: v for k, v in PLANNED.items() if k != "contact"}
    refused = town.post("/works", lacking | {"geometry": where(0, 100)})
    assert refused.status_code == 422
    assert "needs contact" in refused.json()["detail"]
    idea = add(town, stage="idea", contact="")
    assert edit(town, idea, stage="planned").status_code == 422
    assert town.get(f"/works/{idea['id']}").json()["version"] == 1  # nothing half-written
    assert edit(town, idea, stage="planned", contact="67000000").status_code == 200
    take(town, "works", collection(work(7)), "feed.geojson")
    (fed,) = [w for w in town.get("/works").json()["items"] if w["feed"] == "feed.geojson"]
    assert fed["missing_facts"] == [
        "network_elements",
        "permit_request_on",
        "contact",
    ]  # a feed is not turned away for them


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


def test_an_emergency_asks_for_place_who_and_phone_alone(streets: Any) -> None:
    body = {"place": {"street": "Jāņa iela"}, "promoter": "ŪDEKA", "phone_24h": "63600000"}
    found = streets.post("/emergencies", body).json()
    assert (found["status"], found["is_emergency"], found["kind"], found["missing_facts"]) == (
        "under_way",
        True,
        "emergency",
        [],
    )
    assert found["starts_on"] == streets.centre.today().isoformat()
    assert streets.post("/emergencies", {"place": {"street": "Jāņa iela"}, "promoter": "x"}).status_code == 422


def test_a_dig_request_is_answered_with_the_routes_there_and_becomes_a_work(streets: Any) -> None:
    streets.centre.settings.town.dig_conditions = ["Dig by hand within a metre of a cable."]
    line = {
        "type": "Feature",
        "geometry": where(150, 400),
        "properties": {"name": "K1", "owner": "Town", "ducts": 4, "free_ducts": 1},
    }
    assert take(streets, "routes", collection(line), "routes.geojson").json()["accepted"] == 1
    asked = streets.post("/dig-requests", {"title": "Gate", "promoter": "Somebody", "geometry": where(100, 200)}).json()
    assert [(r["name"], r["owner"], r["distance_m"]) for r in asked["routes"]] == [("K1", "Town", 0.0)]
    assert asked["conditions"] == ["Dig by hand within a metre of a cable."]
    far = streets.post("/dig-requests", {"promoter": "Somebody", "geometry": where(-300, -200)}).json()
    assert far["routes"] == []
    assert edit(streets, asked, sort="work").json()["sort"] == "work"
    assert streets.get("/works?sort=work").json()["total"] == 1


def test_a_geopackage_that_was_edited_elsewhere_changes_works_by_their_id(town: Any, tmp_path: Path) -> None:
    import geopandas as gpd

    first, second = add(town), add(town, title="Cable")
    file = tmp_path / "works.gpkg"
    file.write_bytes(town.get("/exports/works.gpkg").content)
    frame = gpd.read_file(file)
    unchanged = take(town, "works", file.read_bytes(), "works.gpkg").json()
    assert (unchanged["read"], unchanged["unchanged"], unchanged["changed"]) == (2, 2, [])
    row = frame["register_id"] == first["id"]
    frame.loc[row, "starts_on"] = "2027-08-09"
    frame.loc[row, "geometry"] = frame.loc[row, "geometry"].iloc[0].buffer(2)
    frame.loc[row, "depth_m"] = 1.8
    frame.loc[frame["register_id"] == second["id"], "title"] = "Longer cable"
    frame.to_file(file, driver="GPKG", layer="works")
    dry = take(town, "works", file.read_bytes(), "works.gpkg", dry_run=True).json()
    assert {(c["id"], c["field"]) for c in dry["changed"]} == {
        (first["id"], "starts_on"),
        (first["id"], "place"),
        (first["id"], "depth_m"),
        (second["id"], "title"),
    }
    assert town.get(f"/works/{first['id']}").json()["version"] == 1
    edit(town, second, title="Shorter cable")
    done = take(town, "works", file.read_bytes(), "works.gpkg").json()
    (late,) = done["rejected"]
    assert (
        late["reason"]
        == "work 'Shorter cable' was changed meanwhile (version 1 became 2), also in title: export it again"
    )
    after = town.get(f"/works/{first['id']}").json()
    assert (after["starts_on"], after["depth_m"], after["geometry"]["type"]) == ("2027-08-09", 1.8, "Polygon")
    assert after["put_right_by_hand"]
    town.post(f"/imports/{done['import_id']}/undo", {})
    assert town.get(f"/works/{first['id']}").json()["starts_on"] == "2027-08-01"


def _forget_depth(town: Any) -> None:
    """Make the versions that are kept what they were before works had a depth."""
    with town.centre.sessions.begin() as session:
        for version in session.scalars(select(WorkVersion)):
            version.document = {name: value for name, value in version.document.items() if name != "depth_m"}


def test_what_was_kept_before_a_field_was_known_is_undone_restored_and_edited_all_the_same(
    streets: Any, tmp_path: Path
) -> None:
    import geopandas as gpd

    found = add(streets)
    _forget_depth(streets)
    file = tmp_path / "works.gpkg"
    file.write_bytes(streets.get("/exports/works.gpkg").content)
    frame = gpd.read_file(file)
    frame["depth_m"] = 1.8
    frame.to_file(file, driver="GPKG", layer="works")
    edited = take(streets, "works", file.read_bytes(), "works.gpkg").json()
    assert [(c["field"], c["before"], c["after"]) for c in edited["changed"]] == [("depth_m", None, "1.8")]
    assert streets.post(f"/imports/{edited['import_id']}/undo", {}).status_code == 200
    assert streets.get(f"/works/{found['id']}").json()["depth_m"] is None
    assert streets.post(f"/works/{found['id']}/restore", {"version": 1}).status_code == 200


def test_an_import_of_before_a_field_was_known_is_undone(streets: Any) -> None:
    done = take(streets, "works", collection(work(1)), "works.geojson").json()
    _forget_depth(streets)
    assert streets.post(f"/imports/{done['import_id']}/undo", {}).status_code == 200
    assert streets.get("/works").json()["total"] == 0


def test_works_are_given_as_a_calendar_of_whole_days(town: Any) -> None:
    found = add(town)
    calendar = icalendar.Calendar.from_ical(town.get("/works.ics").content)
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("dtstart").isoformat() == "2027-08-01"
    assert event.decoded("dtend").isoformat() == "2027-10-01"  # the first day after it
    assert event["summary"] == "Pipe · ŪDEKA"
    assert event["uid"] == f"{found['id']}@ventspils-ict"


@pytest.mark.parametrize("layer", ["works", "needs", "requests", "streets", "sites", "routes", "moratoria"])
def test_every_layer_is_geojson(streets: Any, layer: str) -> None:
    add(streets)
    take(streets, "sites", sites(f"centre,{','.join(map(str, degrees((0, 0))[0]))},yes,0,"), "sites.csv")
    found = streets.get(f"/layers/{layer}").json()
    assert found["type"] == "FeatureCollection"
    assert all(shapely.from_geojson(str(f["geometry"]).replace("'", '"')).is_valid for f in found["features"])
    assert bool(found["features"]) == (layer in ("works", "streets", "sites"))


def test_pipes_of_a_water_model_come_as_needs(streets: Any) -> None:
    model = """[JUNCTIONS]
 a 0 0
 b 0 0
[PIPES]
 p1 a b 100 110 100 0 Open
[COORDINATES]
 a 350100 365000
 b 350200 365000
[END]
"""
    told = take(streets, "needs", model.encode(), "net.inp", crs="EPSG:3059").json()
    assert (told["read"], told["accepted"]) == (1, 1), told
    (need,) = streets.get("/works?sort=need").json()["items"]
    assert (need["sort"], need["stage"], need["external_id"]) == ("need", "idea", "p1")


def test_a_list_of_a_client_is_taken_in_and_what_cannot_be_placed_is_kept(streets: Any) -> None:
    text = (
        "street,from,to,metres,year\n"
        "Ostas iela,Jāņa iela,Dārza iela,100,2027\nBērzu iela,Zvaigžņu iela,Ganību iela,547,2027\n"
    )
    told = take(streets, "needs", text.encode(), "plan.csv", party="ŪDEKA").json()
    assert (told["read"], told["accepted"], len(told["to_place"])) == (2, 2, 1)
    needs = streets.get("/works?sort=need").json()["items"]
    assert {n["promoter"] for n in needs} == {"ŪDEKA"}
    again = take(streets, "needs", text.encode(), "plan.csv", party="ŪDEKA").json()
    assert again["unchanged"] == 2


def test_two_rows_that_differ_in_kind_and_year_are_two_needs_and_equal_rows_too(streets: Any) -> None:
    text = "street,from,to,kind,year\n" + "Ostas iela,Jāņa iela,Dārza iela,water,2027\n" * 2
    text += "Ostas iela,Jāņa iela,Dārza iela,sewer,2028\n"
    assert take(streets, "needs", text.encode(), "plan.csv").json()["accepted"] == 3
    assert streets.get("/works?sort=need").json()["total"] == 3
    assert take(streets, "needs", text.encode(), "plan.csv").json()["unchanged"] == 3


def test_a_need_that_became_a_work_stays_one_when_its_list_comes_again(streets: Any) -> None:
    text = b"street,from,to\nOstas iela,J\xc4\x81\xc5\x86a iela,D\xc4\x81rza iela\n"
    take(streets, "needs", text, "plan.csv")
    (need,) = streets.get("/works?sort=need").json()["items"]
    edit(streets, need, sort="work", stage="idea")
    assert take(streets, "needs", text, "plan.csv").json()["unchanged"] == 1
    assert streets.get("/works?sort=work").json()["total"] == 1


def test_what_a_list_does_not_speak_of_stays_as_somebody_entered_it(streets: Any) -> None:
    text = "street,from,to,kind\nOstas iela,Jāņa iela,Dārza iela,water\n"
    take(streets, "needs", text.encode(), "plan.csv", party="ŪDEKA")
    (need,) = streets.get("/works?sort=need").json()["items"]
    found = edit(
        streets, need, contractor="Builder", phone_24h="1", latest_on="2028-01-01", note="n", geometry=where(0, 50)
    ).json()
    told = take(streets, "needs", text.replace("water", "sewer").encode(), "plan.csv", party="ŪDEKA").json()
    assert told["unchanged"] == 0
    again = take(streets, "needs", text.encode(), "plan.csv", party="ŪDEKA").json()
    assert again["unchanged"] == 1
    kept = streets.get(f"/works/{need['id']}").json()
    names = ("contractor", "phone_24h", "latest_on", "note", "geometry", "promoter")
    assert {n: kept[n] for n in names} == {n: found[n] for n in names}


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


def test_a_wrong_box_is_refused(streets: Any) -> None:
    assert streets.get("/street-edges?west=nan&south=1&east=2&north=3").status_code == 422


@pytest.mark.timeout(120)
def test_the_pipes_of_a_real_water_model_are_needs_in_the_towns_crs(town: Any) -> None:
    folder = os.environ.get("VENTSPILS_TEST_DATA")
    if not folder:
        pytest.skip("VENTSPILS_TEST_DATA, with a real water model, is not set")
    town.centre.settings.town.crs = "EPSG:32616"  # UTM zone 16 north, where Kentucky lies
    model = (Path(folder) / "geo" / "water" / "ky4.inp").read_bytes()
    told = take(town, "needs", model, "ky4.inp", crs="EPSG:3547").json()
    assert (told["read"], told["accepted"], told["rejected"]) == (1156, 1156, [])
    assert town.get("/works?sort=need&limit=1").json()["total"] == 1156
    assert "CRS" in take(town, "needs", model, "ky4.inp").json()["detail"]  # it tells none, and none is guessed
