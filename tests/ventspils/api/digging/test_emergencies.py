"""Emergencies over HTTP."""

from typing import Any


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
