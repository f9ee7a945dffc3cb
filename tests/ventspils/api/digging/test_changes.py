"""What moved since a day, over HTTP, and what is at stake."""

from typing import Any

from tests.ventspils.digs import chances, collection, decide, take, work


def test_when_a_work_moves_its_chance_says_so_and_what_is_at_stake(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    take(joining, "works", collection(work(1, start="2027-10-01", end="2027-11-30")), "works.geojson")
    (moved,) = chances(joining)
    assert moved["moved"] == "last day 2027-06-06 → 2027-08-06"
    (change,) = joining.get("/changes?since=2027-01-15").json()["items"]
    assert (change["was"]["starts_on"], change["now"]["starts_on"], change["days"]) == ("2027-08-01", "2027-10-01", 61)
    assert change["at_stake_eur"] == chance["mid_eur"]
    take(joining, "works", collection(work(1, start="2027-10-01", end="2027-11-30", title="Pipe")), "works.geojson")
    found = joining.get("/works").json()["items"][0]
    joining.call("DELETE", f"/api/v1/works/{found['id']}")
    assert joining.get("/changes?since=2027-01-15").json()["items"][0]["removed"] is True
