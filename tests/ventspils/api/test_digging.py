"""The digging half over HTTP: files in, undone, planned."""

from typing import Any

import pytest

from tests.ventspils.digs import collection, degrees, place, sites, street, take, work


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


def test_digs_of_two_clients_in_one_place_and_time_are_a_conflict(town: Any) -> None:
    heat = work(2, start="2027-09-15", end="2027-12-31", title="Heat")
    heat["properties"]["promoter"] = "Ventspils siltums"
    later = work(3, start="2028-01-01", end="2028-02-01", title="Later")
    later["properties"]["promoter"] = "Sadales tīkls"
    take(town, "works", collection(work(1), heat, later))
    (found,) = town.get("/conflicts").json()["items"]
    assert (found["first_title"], found["second_title"]) in {("Pipe", "Heat"), ("Heat", "Pipe")}
    assert (found["since"], found["until"], found["distance_m"]) == ("2027-09-15", "2027-09-30", 0)
    assert town.get("/conflicts?since=2027-10-01").json()["total"] == 0


def test_a_dry_run_tells_and_keeps_nothing(town: Any) -> None:
    told = take(town, "works", collection(work(1), work(2, start="soon")), dry_run=True).json()
    assert (told["import_id"], told["read"], told["accepted"]) == (None, 2, 1)
    assert told["rejected"] == [{"row": 2, "id": "2", "reason": "its start 'soon' is no date of the form iso"}]
    assert town.get("/works").json()["total"] == town.get("/imports").json()["total"] == 0


def test_streets_are_undone_to_those_before(town: Any) -> None:
    take(town, "streets", collection(street((0, 0), (100, 0))))
    second = take(town, "streets", collection(street((0, 0), (100, 0)), street((0, 0), (0, 90)))).json()
    assert town.get("/streets").json()["edges"] == 2
    town.post(f"/imports/{second['import_id']}/undo", {})
    assert town.get("/streets").json()["edges"] == 1


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


def test_sites_are_read_with_their_reasons(town: Any) -> None:
    rows = sites(
        f"a,{place(0, 0)},maybe,0,",
        f"b,{place(0, 0)},no,much,",
        f"c,{place(0, 0)},no,0,soon",
        "d,x,57,no,0,",
        ",1,2,no,0,",
    )
    told = take(town, "sites", rows, "sites.csv").json()
    assert [r["reason"] for r in told["rejected"]] == [
        "its has_fibre 'maybe' is neither yes nor no",
        "its prize_eur_per_year 'much' is no number",
        "its connect_by 'soon' is no date like 2027-12-31",
        "it has no geometry",
        "it has no name",
    ]


def test_sites_far_from_every_street_are_told(dug: Any) -> None:
    told = take(dug, "sites", sites(f"a,{place(0, 0)},no,0,", f"b,{place(90_000, 0)},no,0,"), "far.csv").json()
    assert told["notes"] == ["1 of 2 sites lie more than 250 m from every street, such as 'b': is the CRS right?"]


def test_a_site_is_entered_put_right_and_removed_by_hand(dug: Any) -> None:
    (longitude, latitude) = map(float, place(100, 0).split(","))
    body = {"name": "library", "longitude": longitude, "latitude": latitude, "prize_eur_per_year": 500}
    made = dug.post("/dig-sites", body).json()
    assert (made["x_m"], made["y_m"]) == (pytest.approx(350_100, abs=0.02), pytest.approx(365_000, abs=0.02))
    assert dug.get("/dig-sites").json()["total"] == 3
    again = dug.post("/dig-sites", body | {"prize_eur_per_year": 700}).json()
    assert (again["prize_eur_per_year"], dug.get("/dig-sites").json()["total"]) == (700, 3)
    assert dug.call("DELETE", f"/api/v1/dig-sites/{again['id']}").status_code == 200
    assert dug.get("/dig-sites").json()["total"] == 2
    assert dug.call("DELETE", f"/api/v1/dig-sites/{again['id']}").status_code == 404
    assert dug.post("/dig-sites", body | {"latitude": 95}).status_code == 422
    dug.post("/dig-sites", body)
    assert dug.get("/dig-sites").json()["total"] == 3


def test_an_import_on_which_a_later_one_leans_is_not_undone_before_it(dug: Any) -> None:
    first = take(dug, "works", collection(work(5)), "feed.geojson").json()
    second = take(dug, "works", collection(work(5)), "feed.geojson").json()
    refused = dug.post(f"/imports/{first['import_id']}/undo", {})
    assert (refused.status_code, "undo that one first" in refused.json()["detail"]) == (409, True)
    assert dug.post(f"/imports/{second['import_id']}/undo", {}).status_code == 200
    assert dug.post(f"/imports/{first['import_id']}/undo", {}).status_code == 200
    assert dug.get("/works").json()["total"] == 1


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
