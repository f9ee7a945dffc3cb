"""Prices of the town's own, the ledger and its reports over HTTP."""

from typing import Any

import pytest

from tests.ventspils.api.test_access import sign_in
from tests.ventspils.api.test_chances import chances, decide, joining  # noqa: F401 - a fixture

OWN = {
    "name": "trench.carriageway_asphalt",
    "value": 80,
    "basis": "contract",
    "document": "K-12",
    "dated": "2026-05-01",
}


def test_a_contract_price_takes_the_place_of_a_default_until_it_is_withdrawn(joining: Any) -> None:  # noqa: F811
    before = chances(joining)[0]["mid_eur"]
    made = joining.post("/prices", OWN).json()
    price = next(p for p in joining.get("/prices").json()["items"] if p["name"] == OWN["name"])
    assert (price["mid"], price["basis"], price["sources"], price["default_mid"]) == (
        80,
        "contract",
        ["K-12, 2026-05-01"],
        100,
    )
    (chance,) = chances(joining)
    assert chance["mid_eur"] == before - 100 * 20
    assert chance["basis"]["contract"] > 0.6
    assert joining.call("DELETE", f"/api/v1/prices/{made['id']}").status_code == 200
    assert chances(joining)[0]["mid_eur"] == before
    assert joining.call("DELETE", f"/api/v1/prices/{made['id']}").status_code == 404


def test_every_price_says_what_it_rests_on(town: Any) -> None:
    page = town.get("/prices?limit=100").json()
    assert page["total"] == 28  # and the months without digging, which are no price
    assert all(p["sources"] or p["basis"] == "assumption" for p in page["items"])
    assert page["price_year"] == 2024


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "trench.gold"}, "Price 'trench.gold' is unknown"), ({"name": "handhole.spacing", "value": 0},
        "is none from 1"),
        ({"name": "moratorium.after_resurfacing", "value": 1e6}, "is none from 0 to 50"),
        ({"name": "discount_rate", "value": 4}, "is none"),
        ({"value": -1}, "value"), ({"basis": "published"}, "basis"),
        ({"document": ""}, "document"), ({"dated": "soon"}, "dated"),
    ],
)  # fmt: skip
def test_a_wrong_price_is_refused(town: Any, changed: dict[str, Any], why: str) -> None:
    refused = town.post("/prices", OWN | changed)
    assert refused.status_code == 422
    assert why in refused.json()["detail"]


@pytest.fixture
def accepted(joining: Any) -> Any:  # noqa: F811
    """A town that has decided to lay fibre with the pipe."""
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    joining.subject = chance["id"]
    return joining


PAID = {
    "stage": "realised",
    "alone_eur": {"ŪDEKA": 12_000, "Digital Centre": 11_000},
    "joint_eur": 14_500.01,
    "document": "Invoice 7",
    "disruption_days": 9,
}


def test_a_joint_dig_goes_from_planned_to_realised_and_its_parts_add_up(accepted: Any) -> None:
    assert accepted.get("/savings").json()["share_of_the_joint_bill"]["planned"]["saving_eur"]["mid"] == 6500
    accepted.post(
        f"/savings/{accepted.subject}", PAID | {"stage": "agreed", "document": "Contract 3", "joint_eur": 14_000}
    )
    entry = accepted.post(f"/savings/{accepted.subject}", PAID).json()
    assert entry["saving_eur"] == {"low": 8499.99, "mid": 8499.99, "high": 8499.99}
    assert entry["parties"]["ŪDEKA"]["pays_eur"] == 12_000  # incremental: who digs anyway pays as if alone
    assert entry["parties"]["Digital Centre"]["pays_eur"] == 2500.01
    found = accepted.get("/savings?vat_share=0.21").json()
    assert [found["share_of_the_joint_bill"][s]["count"] for s in ("planned", "agreed", "realised")] == [0, 0, 1]
    assert found["saving_with_vat_eur"]["realised"] == round(8499.99 * 1.21, 2)
    assert found["disruption_days"] == 9.0
    assert found["entries"][0]["sources"] == ["100% invoice"]


@pytest.mark.parametrize("rule", ["incremental", "proportional", "shapley"])
def test_the_rule_of_a_year_is_a_setting(accepted: Any, rule: str) -> None:
    accepted.post(f"/savings/{accepted.subject}", PAID)
    assert accepted.call("PUT", "/api/v1/ledger-years/2027", json={"rule": rule}).status_code == 200
    (entry,) = accepted.get("/savings?year=2027").json()["entries"]
    assert entry["rule"] == rule
    assert round(sum(p["pays_eur"] for p in entry["parties"].values()), 2) == 14_500.01


def test_a_joint_dig_that_costs_more_is_shown_as_such(accepted: Any) -> None:
    accepted.post(f"/savings/{accepted.subject}", PAID | {"joint_eur": 25_000})
    found = accepted.get("/savings").json()
    assert found["costs_more"]["saving_eur"]["mid"] == -2000
    assert found["entries"][0]["costs_more"] is True


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


@pytest.mark.parametrize(
    ("changed", "status", "why"),
    [
        ({"document": ""}, 422, "document"), ({"alone_eur": {}}, 422, "alone_eur"), ({"joint_eur": -1}, 422,
        "joint_eur"),
        ({"alone_eur": {"Digital Centre": 1}}, 422, "who leads the dig"), ({"stage": "dreamed"}, 422, "stage"),
    ],
)  # fmt: skip
def test_wrong_figures_are_refused(accepted: Any, changed: dict[str, Any], status: int, why: str) -> None:
    refused = accepted.post(f"/savings/{accepted.subject}", PAID | changed)
    assert refused.status_code == status
    assert why in refused.json()["detail"]
    assert accepted.post("/savings/nothing", PAID).status_code == 404
