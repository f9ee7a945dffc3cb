"""The digging half over HTTP: files in, undone, planned."""

import json
from pathlib import Path
from typing import Any

import pytest

from gis.reading.systems import to_town

TOWN_CRS = "EPSG:3059"


def degrees(*points: tuple[float, float]) -> list[list[float]]:
    """Return places of the town, in metres from its middle, as longitude and latitude."""
    import shapely

    moved, _ = to_town([shapely.MultiPoint([(350_000 + x, 365_000 + y) for x, y in points])], TOWN_CRS, "OGC:CRS84")
    return [list(map(float, xy)) for xy in shapely.get_coordinates(moved[0])]


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def street(*points: tuple[float, float]) -> Any:
    line = {"type": "LineString", "coordinates": degrees(*points)}
    return {"type": "Feature", "geometry": line, "properties": {"highway": "residential", "surface": "asphalt"}}


def work(number: int, start: str = "2027-08-01", end: str = "2027-09-30", title: str = "Pipe") -> Any:
    line = {"type": "LineString", "coordinates": degrees((100, 0), (200, 0))}
    fields = {"id": str(number), "title": title, "kind": "water", "promoter": "ŪDEKA", "start": start, "end": end}
    return {"type": "Feature", "geometry": line, "properties": fields}


def take(town: Any, kind: str, content: bytes, name: str = "file.geojson", **params: Any) -> Any:
    return town.call("POST", f"/api/v1/imports/{kind}", content=content, params={"name": name, **params})


def sites(*rows: str) -> bytes:
    return ("name,longitude,latitude,has_fibre,prize_eur_per_year,connect_by\n" + "\n".join(rows)).encode()


def place(x: float, y: float) -> str:
    ((longitude, latitude),) = degrees((x, y))
    return f"{longitude},{latitude}"


@pytest.fixture
def dug(town: Any) -> Any:
    """A town with one street, a root at its western and a school at its eastern end, and a pipe in its eastern half."""
    assert (
        take(town, "streets", collection(street((0, 0), (100, 0), (200, 0)), street((100, 0), (100, 50)))).status_code
        == 201
    )
    assert take(town, "works", collection(work(1)), "works.geojson").status_code == 201
    rows = sites(f"centre,{place(0, 0)},yes,0,", f"school,{place(200, 10)},no,2000,2027-12-31")
    assert take(town, "sites", rows, "sites.csv").status_code == 201
    return town


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
        "its has_fibre 'maybe' is neither yes nor no", "its prize_eur_per_year 'much' is no number",
        "its connect_by 'soon' is no date like 2027-12-31", "it has no geometry", "it has no name",
    ]  # fmt: skip


@pytest.mark.timeout(240)
def test_a_plan_joins_the_pipe_and_tells_what_it_saves_and_how_good_it_is(dug: Any) -> None:
    body = {"start": "2027-01", "periods": 4, "budget_eur": 30_000, "time_limit_s": 60}
    done = dug.post("/plans", body)
    assert done.status_code == 201, done.text
    plan = done.json()
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
    refused = dug.post("/plans", {"start": "2027-01", "periods": 4, "budget_eur": 1, "time_limit_s": 20})
    assert refused.json()["detail"].startswith("No plan keeps all deadlines within the budgets")
    assert dug.post("/plans", {"start": "2029-01"}).status_code == 422  # the deadline lies before
    assert dug.post("/plans", {"start": "2027-13"}).status_code == 422
    assert dug.post("/plans", {"start": "2027-01", "box": [22, 57, 21, 58]}).status_code == 422


def test_without_streets_there_is_nothing_to_plan(town: Any) -> None:
    assert town.get("/streets").status_code == 404
    assert "import some" in town.post("/plans", {"start": "2027-01"}).json()["detail"]


@pytest.mark.timeout(300)
def test_durlach_is_planned_from_its_real_streets_and_works(town: Any, request: pytest.FixtureRequest) -> None:
    import os

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
    plan = town.post("/plans", body).json()
    assert plan["certificate"]["gap"] <= 0.02
    assert sum(len(p["sites_connected"]) for p in plan["periods"]) >= 1
    assert all(p["cost_eur"] <= 150_000 * (t + 1) for t, p in enumerate(plan["periods"]))
    assert plan["savings"]["same_routes_saving_eur"] >= 0
