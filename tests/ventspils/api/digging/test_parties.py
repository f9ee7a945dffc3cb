"""Parties' own rules over HTTP."""

from typing import Any

from tests.ventspils.digs import chances


def test_parties_have_their_own_rules(joining: Any) -> None:
    assert chances(joining)
    body = {"name": "ŪDEKA", "join_weeks": 30}
    made = joining.post("/parties", body)
    assert made.json()["within_m"] == 5.0
    assert chances(joining)[0]["state"] == "missed"  # thirty weeks before 1 August lie behind
    assert joining.post("/parties", body).status_code == 409
    path = f"/api/v1/parties/{made.json()['id']}"
    assert (
        joining.call("PATCH", path, json=body | {"join_weeks": 4}, headers={"If-Match": '"1"'}).json()["version"] == 2
    )
    assert joining.call("PATCH", path, json=body | {"name": "Other"}, headers={"If-Match": '"2"'}).status_code == 422
