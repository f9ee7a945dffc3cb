"""Files over HTTP: taken in once, told of, and undone again."""

import os
from pathlib import Path
from typing import Any

import pytest

from gis.register import files
from tests.ventspils.digs import collection, degrees, edit, forget_depth, take, where, work


def test_the_same_file_twice_changes_nothing(town: Any) -> None:
    first = take(town, "works", collection(work(1), work(2))).json()
    again = take(town, "works", collection(work(1), work(2))).json()
    assert (first["read"], first["accepted"], first["unchanged"]) == (2, 2, 0)
    assert (again["read"], again["accepted"], again["unchanged"]) == (2, 2, 2)
    assert town.get("/works").json()["total"] == 2


def test_a_changed_work_keeps_what_it_was(town: Any) -> None:
    take(town, "works", collection(work(1)))
    take(town, "works", collection(work(1, start="2027-09-01")))
    (found,) = town.get("/works").json()["items"]
    assert (found["starts_on"], found["version"], found["promoter"]) == ("2027-09-01", 2, "ŪDEKA")
    history = town.get(f"/works/{found['id']}").json()["history"]
    assert [h["starts_on"] for h in history] == ["2027-08-01", "2027-09-01"]


def test_an_import_is_undone_and_can_be_made_again(town: Any) -> None:
    take(town, "works", collection(work(1)))
    second = take(town, "works", collection(work(1, start="2027-09-01"), work(2))).json()
    assert town.post(f"/imports/{second['import_id']}/undo", {}).status_code == 200
    (found,) = town.get("/works").json()["items"]
    assert (found["external_id"], found["starts_on"]) == ("1", "2027-08-01")
    assert town.post(f"/imports/{second['import_id']}/undo", {}).status_code == 409
    take(town, "works", collection(work(1, start="2027-09-01"), work(2)))
    assert town.get("/works").json()["total"] == 2


def test_imports_are_undone_one_after_the_other(town: Any) -> None:
    first = take(town, "works", collection(work(1))).json()
    second = take(town, "works", collection(work(1, start="2027-09-01"))).json()
    assert town.post(f"/imports/{second['import_id']}/undo", {}).status_code == 200
    assert town.post(f"/imports/{first['import_id']}/undo", {}).status_code == 200
    assert town.get("/works").json()["total"] == 0


def test_an_import_that_others_stand_on_is_not_undone(town: Any) -> None:
    first = take(town, "works", collection(work(1))).json()
    take(town, "works", collection(work(1, start="2027-09-01")))
    refused = town.post(f"/imports/{first['import_id']}/undo", {})
    assert refused.status_code == 409
    assert "undo the later change first" in refused.json()["detail"]
    assert town.get("/works").json()["items"][0]["version"] == 2


def test_a_dry_run_tells_and_keeps_nothing(town: Any) -> None:
    told = take(town, "works", collection(work(1), work(2, start="soon")), dry_run=True).json()
    assert (told["import_id"], told["read"], told["accepted"]) == (None, 2, 1)
    assert told["rejected"] == [{"row": 2, "id": "2", "reason": "its start 'soon' is no date of the form iso"}]
    assert town.get("/works").json()["total"] == town.get("/imports").json()["total"] == 0


@pytest.mark.parametrize(
    ("kind", "content", "name", "params", "said"),
    [
        ("works", b"", "a.geojson", {}, "a.geojson is empty"),
        ("works", b'{"type": "Feature', "a.geojson", {}, "a.geojson is not whole JSON"),
        ("works", collection(), "a.geojson", {"feed": "nowhere"}, "is none of"),
        ("works", collection(work(1)), "a.geojson", {"crs": "EPSG:1"}, "no known CRS"),
        ("sites", b"name,where\na,b\n", "a.csv", {}, "has the column 'where'"),
        ("sites", b"name,x,y\na,1,2\n", "a.csv", {}, "--crs EPSG:n"),
        ("sites", b"name\na\n", "a.csv", {}, "needs the columns"),
        ("streets", collection(), "a.geojson", {}, "no street that can be used"),
        ("streets", collection(work(1) | {"geometry": None}), "a.geojson", {}, "no geometry"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_sentence_and_nothing_is_kept(
    town: Any, kind: str, content: bytes, name: str, params: dict[str, str], said: str
) -> None:
    refused = take(town, kind, content, name, **params)
    assert refused.status_code == 422
    assert said in refused.json()["detail"]
    assert "/" not in refused.json()["detail"].replace("http://", "")
    assert town.get("/imports").json()["total"] == 0


def test_an_import_on_which_a_later_one_leans_is_not_undone_before_it(dug: Any) -> None:
    first = take(dug, "works", collection(work(5)), "feed.geojson").json()
    second = take(dug, "works", collection(work(5)), "feed.geojson").json()
    refused = dug.post(f"/imports/{first['import_id']}/undo", {})
    assert (refused.status_code, "undo that one first" in refused.json()["detail"]) == (409, True)
    assert dug.post(f"/imports/{second['import_id']}/undo", {}).status_code == 200
    assert dug.post(f"/imports/{first['import_id']}/undo", {}).status_code == 200
    assert dug.get("/works").json()["total"] == 1


def test_a_refusal_names_the_file_and_every_format_as_it_is_called(town: Any) -> None:
    refused = take(town, "works", b"\x00\x01\x02 nothing known", "a.dgb").json()["detail"]
    assert refused.startswith("a.dgb")
    assert "Shapefile" in refused


def test_imports_are_undone_in_the_order_in_which_they_reached_the_register(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first file is still being read when the second, which is the same, is taken in."""
    read, meanwhile = files.read_works, []

    def read_slowly(*given: Any, **options: Any) -> Any:
        found = read(*given, **options)
        if not meanwhile:
            meanwhile.append(None)
            meanwhile.append(take(town, "works", collection(work(1)), "feed.geojson").json())
        return found

    monkeypatch.setattr(files, "read_works", read_slowly)
    last = take(town, "works", collection(work(1)), "feed.geojson").json()
    assert (meanwhile[1]["unchanged"], last["unchanged"]) == (0, 1)
    refused = town.post(f"/imports/{meanwhile[1]['import_id']}/undo", {})
    assert (refused.status_code, town.get("/works").json()["total"]) == (409, 1)


def test_a_route_of_which_a_duct_was_used_takes_the_place_of_the_one_before(dug: Any) -> None:
    def route(free: int) -> bytes:
        fields = {"name": "K1", "owner": "Town", "ducts": 2, "free_ducts": free}
        line = {"type": "LineString", "coordinates": degrees((0, 0), (200, 0))}
        return collection({"type": "Feature", "geometry": line, "properties": fields})

    take(dug, "routes", route(1), "routes.geojson")
    second = take(dug, "routes", route(0), "routes.geojson").json()
    assert second["unchanged"] == 0
    assert [r["free_ducts"] for r in dug.get("/cable-routes").json()["items"]] == [0]
    dug.post(f"/imports/{second['import_id']}/undo", {})
    assert [r["free_ducts"] for r in dug.get("/cable-routes").json()["items"]] == [1]


@pytest.mark.parametrize("name", ["a.\0csv", "a." + "x" * 190, ".."])
def test_a_strange_file_name_does_no_harm(dug: Any, name: str) -> None:
    assert take(dug, "works", collection(work(3)), name).status_code in (201, 422)


def test_an_import_of_before_a_field_was_known_is_undone(streets: Any) -> None:
    done = take(streets, "works", collection(work(1)), "works.geojson").json()
    forget_depth(streets)
    assert streets.post(f"/imports/{done['import_id']}/undo", {}).status_code == 200
    assert streets.get("/works").json()["total"] == 0


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
    assert (need["kind"], need["diameter_mm"]) == ("water", pytest.approx(110 * 25.4))  # gallons a minute, so inches


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
