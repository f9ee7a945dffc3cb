"""Conflicts over HTTP."""

from typing import Any

from tests.ventspils.digs import collection, take, work


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
