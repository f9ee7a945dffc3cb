"""Reports of savings over HTTP: frozen, approved, held against the present."""

from typing import Any

from tests.ventspils.api.test_access import sign_in
from tests.ventspils.digs import PAID


def test_an_issued_report_stays_as_it_was_and_shows_what_is_different_now(accepted: Any) -> None:
    accepted.post(f"/savings/{accepted.subject}", PAID)
    issued = accepted.post("/reports", {"year": 2027}).json()
    assert issued["number"] == "2027-001"
    accepted.post(f"/savings/{accepted.subject}", PAID | {"joint_eur": 15_000, "document": "Credit note"})
    report = accepted.get("/reports/2027-001").json()
    assert report["is_intact"] is True
    assert report["content"]["entries"][0]["joint_eur"]["mid"] == 14_500.01
    (different,) = report["differences"]
    assert (different["then"]["joint_eur"]["mid"], different["now"]["joint_eur"]["mid"]) == (14_500.01, 15_000)
    assert accepted.post("/reports", {"year": 2027}).json()["number"] == "2027-002"
    assert accepted.get("/reports").json()["total"] == 2


def test_only_a_manager_approves_a_report(accepted: Any) -> None:
    assert accepted.post("/reports", {"year": 2027}, token=sign_in(accepted, "planner", None, "pp")).status_code == 403
    issued = accepted.post("/reports", {"year": 2027}, token=sign_in(accepted, "manager", None, "mm"))
    assert issued.json()["content"]["approved_by"] == "mm"
