"""Sites over HTTP, from files and by hand."""

from typing import Any

import pytest

from tests.ventspils.digs import place, sites, take


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
