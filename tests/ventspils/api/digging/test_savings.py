"""The ledger of savings over HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.ventspils.digs import PAID, partner


def test_a_joint_dig_goes_from_planned_to_realised_and_its_parts_add_up(accepted: Any) -> None:
    planned = accepted.get("/savings").json()
    assert planned["share_of_the_joint_bill"]["planned"]["saving_eur"] == planned["entries"][0]["saving_eur"]
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


@pytest.mark.parametrize(
    ("changed", "status", "why"),
    [
        ({"document": ""}, 422, "document"), ({"alone_eur": {}}, 422, "alone_eur"), ({"joint_eur": -1}, 422,
        "joint_eur"),
        ({"alone_eur": {"Digital Centre": 1}}, 422, "would pay alone, and nobody else"),
        ({"stage": "dreamed"}, 422, "stage"),
    ],
)  # fmt: skip
def test_wrong_figures_are_refused(accepted: Any, changed: dict[str, Any], status: int, why: str) -> None:
    refused = accepted.post(f"/savings/{accepted.subject}", PAID | changed)
    assert refused.status_code == status
    assert why in refused.json()["detail"]
    assert accepted.post("/savings/nothing", PAID).status_code == 404


def test_facts_are_of_what_has_begun(accepted: Any) -> None:
    accepted.centre.now = lambda: datetime(2027, 7, 31, 12, tzinfo=UTC)
    refused = accepted.post(f"/savings/{accepted.subject}", PAID)
    assert (refused.status_code, "begins on 2027-08-01" in refused.json()["detail"]) == (409, True)
    assert accepted.post(f"/savings/{accepted.subject}", PAID | {"stage": "agreed"}).status_code == 201


def test_a_contract_after_the_fact_says_why_and_the_fact_still_counts(accepted: Any) -> None:
    accepted.post(f"/savings/{accepted.subject}", PAID)
    late = PAID | {"stage": "agreed", "joint_eur": 14_000, "document": "Contract 3, annex"}
    refused = accepted.post(f"/savings/{accepted.subject}", late)
    assert (refused.status_code, "say why the contract is corrected" in refused.json()["detail"]) == (422, True)
    told = accepted.post(f"/savings/{accepted.subject}", late | {"reason": "the annex was signed later"})
    assert (told.status_code, told.json()["reason"]) == (201, "the annex was signed later")
    (entry,) = accepted.get("/savings").json()["entries"]
    assert (entry["stage"], entry["joint_eur"]["mid"]) == ("realised", 14_500.01)


def test_a_sum_beyond_five_times_the_estimate_is_asked_for_again_and_marked(accepted: Any) -> None:
    (planned,) = accepted.get("/savings").json()["entries"]
    much = PAID | {"joint_eur": round(5 * planned["joint_eur"]["mid"] + 1, 2)}
    refused = accepted.post(f"/savings/{accepted.subject}", much)
    assert (refused.status_code, "over 5 times the estimate" in refused.json()["detail"]) == (422, True)
    assert accepted.post(f"/savings/{accepted.subject}", much | {"confirm_unusual": True}).json()["is_unusual"] is True
    nothing = PAID | {"joint_eur": 0, "alone_eur": {"ŪDEKA": 12_000, "Digital Centre": 11_000}}
    assert "under one 5th of it" in accepted.post(f"/savings/{accepted.subject}", nothing).json()["detail"]
    just = PAID | {"joint_eur": round(5 * planned["joint_eur"]["mid"] - 1, 2)}
    assert accepted.post(f"/savings/{accepted.subject}", just).json()["is_unusual"] is False


def test_figures_are_withdrawn_by_an_entry_and_what_stood_before_counts_again(accepted: Any) -> None:
    path = f"/savings/{accepted.subject}"
    accepted.post(path, PAID | {"stage": "agreed", "joint_eur": 14_000})
    accepted.post(path, PAID)
    assert accepted.post(f"{path}/withdrawal", {"stage": "realised", "reason": " "}).status_code == 422
    back = accepted.post(f"{path}/withdrawal", {"stage": "realised", "reason": "the invoice was another dig's"})
    assert (back.status_code, back.json()["stage"], back.json()["joint_eur"]["mid"]) == (201, "agreed", 14_000)
    assert accepted.post(f"{path}/withdrawal", {"stage": "realised", "reason": "again"}).status_code == 404
    assert accepted.post(f"{path}/withdrawal", {"stage": "agreed", "reason": "cancelled"}).json()["stage"] == "planned"
    accepted.post(path, PAID | {"stage": "agreed", "joint_eur": 14_000})
    accepted.post(path, PAID | {"stage": "agreed", "joint_eur": 15_000})
    back = accepted.post(f"{path}/withdrawal", {"stage": "agreed", "reason": "a slip of the pen"}).json()
    assert (back["stage"], back["joint_eur"]["mid"]) == ("agreed", 14_000)  # the contract before it


def test_a_partner_sees_its_own_part_need_by_need_and_nobody_elses(accepted: Any) -> None:
    token = partner(accepted, "ŪDEKA")
    (whole,) = accepted.get("/savings").json()["entries"]
    found = accepted.get("/savings/own", token=token).json()
    (mine,) = found["entries"]
    assert (mine["party"], mine["dig"], mine["stage"]) == ("ŪDEKA", "Pipe", "planned")
    assert {name: mine[name] for name in ("alone_eur", "pays_eur", "saves_eur")} == found["sums"]
    assert found["sums"]["alone_eur"] == whole["parties"]["ŪDEKA"]["alone_eur"]
    assert [(need["title"], need["metres"], need["alone_eur"]) for need in mine["needs"]] == [
        ("Pipe", 100.0, found["sums"]["alone_eur"])
    ]
    assert "Digital Centre" not in json.dumps(found)
    assert accepted.get("/savings", token=token).status_code == 403
