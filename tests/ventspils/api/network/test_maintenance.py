"""Maintenance over HTTP: planned, cancelled, refused."""

from datetime import timedelta
from typing import Any

import pytest

from ventspils.centre.housekeeping import settle_incidents


def test_maintenance_is_planned_and_cancelled(standing: Any) -> None:
    agency = standing.get("/agencies").json()["items"][0]["id"]
    now = standing.centre.now()
    body = {
        "title": "new switch",
        "agency_id": agency,
        "starts_at": (now - timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=1)).isoformat(),
    }
    made = standing.post("/maintenance", body)
    assert made.status_code == 201
    settle_incidents(standing.centre)
    assert standing.get("/incidents").json()["items"][0]["state"] == "maintenance"
    assert standing.call("DELETE", f"/api/v1/maintenance/{made.json()['id']}").status_code == 200
    settle_incidents(standing.centre)
    assert standing.get("/incidents").json()["items"][0]["state"] == "open"


@pytest.mark.parametrize(
    "change", [{"ends_at": "2020-01-01T00:00:00Z"}, {"agency_id": "x"}, {"site_id": "x"}, {"device_id": "x"}]
)
def test_maintenance_that_cannot_be_is_refused(standing: Any, change: Any) -> None:
    agency = standing.get("/agencies").json()["items"][0]["id"]
    body = {
        "title": "t",
        "agency_id": agency,
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2026-01-02T00:00:00Z",
    } | change
    assert standing.post("/maintenance", body).status_code in (404, 422)
    assert standing.get("/maintenance").json()["total"] == 0
