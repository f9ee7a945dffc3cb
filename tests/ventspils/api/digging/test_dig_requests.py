"""Dig requests over HTTP."""

from typing import Any

from tests.ventspils.digs import collection, edit, take, where


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
