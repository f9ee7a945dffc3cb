"""Which street sections a dig opens, over HTTP, and putting that right."""

from typing import Any

from tests.ventspils.digs import collection, degrees, take, work


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


def test_a_wrong_box_is_refused(streets: Any) -> None:
    assert streets.get("/street-edges?west=nan&south=1&east=2&north=3").status_code == 422
