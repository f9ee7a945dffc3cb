"""Protected surfaces and places that somebody closed, over HTTP."""

from typing import Any

from tests.ventspils.digs import add, degrees, partner, where


def test_the_surface_of_a_resurfacing_that_ended_is_protected_and_a_dig_there_is_a_conflict(joining: Any) -> None:
    add(
        joining,
        title="New surface",
        kind="resurfacing",
        promoter="Roads",
        starts_on="2026-05-01",
        ends_on="2026-06-30",
        geometry=where(100, 200),
    )
    joining.look()
    (closed,) = joining.get("/moratoria").json()["items"]
    assert (closed["since"], closed["until"], closed["reason"]) == (
        "2026-06-30",
        "2031-06-30",
        "New surface",
    )  # five years
    found = [c for c in joining.get("/conflicts").json()["items"] if c["kind"] == "moratorium"]
    assert [(c["first_title"], c["second_title"]) for c in found] == [("Pipe", "New surface")]
    assert joining.call("DELETE", f"/api/v1/moratoria/{closed['id']}").status_code == 200
    joining.look()
    assert joining.get("/moratoria").json()["items"] == []  # and is not closed again by itself


def test_a_place_is_closed_by_somebody(joining: Any) -> None:
    place = {"type": "Polygon", "coordinates": [degrees((0, -5), (200, -5), (200, 5), (0, 5), (0, -5))]}
    body = {"reason": "Square rebuilt", "since": "2027-01-01", "until": "2030-01-01", "geometry": place}
    assert joining.post("/moratoria", body).status_code == 201
    assert "before it begins" in joining.post("/moratoria", body | {"until": "2026-01-01"}).json()["detail"]


def test_a_secret_road_protects_its_surface_without_being_named(joining: Any) -> None:
    theirs = partner(joining, "Sadales tīkls")
    secret = add(
        joining,
        title="SECRET road",
        kind="road",
        promoter="Roads",
        starts_on="2026-05-01",
        ends_on="2026-06-30",
        geometry=where(100, 200),
        is_confidential=True,
    )
    joining.look()
    for path in ("/moratoria", "/layers/moratoria", "/conflicts"):
        told = joining.get(path, token=theirs).text
        assert "SECRET" not in told, path
        assert secret["id"] not in told, path
    assert joining.get("/moratoria", token=theirs).json()["items"][0]["reason"] == "new surface"
    assert joining.get("/moratoria").json()["items"][0]["reason"] == "SECRET road"
