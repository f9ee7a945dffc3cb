"""Reports of savings over HTTP: drawn up, approved by somebody else, frozen, held against the present."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ventspils.api.test_access import sign_in
from tests.ventspils.digs import PAID


@pytest.fixture
def drawn_up(accepted: Any) -> Any:
    """A town whose planner has drawn up the report of 2027, and whose manager may approve it."""
    accepted.post(f"/savings/{accepted.subject}", PAID)
    accepted.planner, accepted.manager = (sign_in(accepted, role, None, role) for role in ("planner", "manager"))
    made = accepted.post("/reports", {"year": 2027}, token=accepted.planner).json()
    assert (made["number"], made["state"], made["author"], made["approved_by"]) == ("2027-001", "draft", "planner", "")
    return accepted


def approve(town: Any, token: str) -> Any:
    return town.post("/reports/2027-001/approval", {}, token=token)


def test_an_issued_report_stays_as_it_was_and_shows_what_is_different_now(drawn_up: Any) -> None:
    issued = approve(drawn_up, drawn_up.manager).json()
    assert (issued["state"], issued["content"]["approved_by"]) == ("issued", "manager")
    drawn_up.post(f"/savings/{drawn_up.subject}", PAID | {"joint_eur": 15_000, "document": "Credit note"})
    report = drawn_up.get("/reports/2027-001").json()
    assert report["is_intact"] is True
    assert report["content"]["entries"][0]["joint_eur"]["mid"] == 14_500.01
    (different,) = report["differences"]
    assert (different["then"]["joint_eur"]["mid"], different["now"]["joint_eur"]["mid"]) == (14_500.01, 15_000)


def test_a_report_is_approved_by_a_manager_who_did_not_draw_it_up(drawn_up: Any) -> None:
    assert approve(drawn_up, drawn_up.planner).status_code == 403
    assert drawn_up.call("DELETE", "/api/v1/reports/2027-001").status_code == 204
    drawn_up.post("/reports", {"year": 2027}, token=drawn_up.manager)
    refused = approve(drawn_up, drawn_up.manager)
    assert (refused.status_code, "somebody else has to approve it" in refused.json()["detail"]) == (409, True)


def test_a_year_has_one_report(drawn_up: Any) -> None:
    assert "a draft that waits" in drawn_up.post("/reports", {"year": 2027}).json()["detail"]
    approve(drawn_up, drawn_up.manager)
    again = drawn_up.post("/reports", {"year": 2027})
    assert (again.status_code, "its report already: 2027-001" in again.json()["detail"]) == (409, True)
    assert approve(drawn_up, drawn_up.manager).status_code == 409
    assert drawn_up.call("DELETE", "/api/v1/reports/2027-001").status_code == 409  # what is issued stays


def test_nothing_is_reported_of_a_year_without_anything(accepted: Any) -> None:
    assert "has not begun" in accepted.post("/reports", {"year": 2028}).json()["detail"]
    planned_only = accepted.post("/reports", {"year": 2027})
    assert (planned_only.status_code, "Nothing happened in 2027" in planned_only.json()["detail"]) == (409, True)
    accepted.centre.now = lambda: datetime(2030, 1, 2, tzinfo=UTC)
    assert accepted.post("/reports", {"year": 2029}).status_code == 409


def test_a_draft_is_issued_as_the_ledger_says_it_when_it_is_approved(drawn_up: Any) -> None:
    drawn_up.post(f"/savings/{drawn_up.subject}", PAID | {"joint_eur": 15_000, "document": "Credit note"})
    assert approve(drawn_up, drawn_up.manager).json()["content"]["entries"][0]["joint_eur"]["mid"] == 15_000
