"""Plans that a town makes its own, over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gis.register import LaidSection, load_adopted
from tests.ventspils.digs import collection, ended, planned, street, take, work

ASKED = {"start": "2027-01", "periods": 4, "budget_eur": 30_000, "time_limit_s": 20}


@pytest.mark.process
@pytest.mark.timeout(240)
def test_the_plan_adopted_last_holds_and_tells_what_it_lays_in_which_street(dug: Any) -> None:
    with dug.centre.sessions() as session:
        assert load_adopted(session) is None
    first, second = planned(dug, ASKED), planned(dug, ASKED)
    for number, plan in enumerate((first, second)):
        answer = dug.post(f"/plans/{plan['plan_id']}/adopted", {"name": f" Fibre {number} ", "note": "council"})
        assert answer.status_code == 201, answer.text
        assert answer.json()["name"] == f"Fibre {number}"
    told = {p["id"]: p["adopted"] for p in dug.get("/plans").json()["items"]}
    assert {k: v["holds"] for k, v in told.items()} == {first["plan_id"]: False, second["plan_id"]: True}
    read = dug.get(f"/plans/{second['plan_id']}").json()["adopted"]
    assert (read["name"], read["note"], read["holds"]) == ("Fibre 1", "council", True)
    with dug.centre.sessions() as session:
        adopted = load_adopted(session)
    assert adopted is not None
    assert (adopted.plan_id, adopted.by, adopted.name) == (second["plan_id"], read["by"], "Fibre 1")
    # The street to the school is two sections, the eastern one with the pipe, both in the second half-year.
    (work_id,) = second["periods"][1]["works_used"]
    assert {(s.period, s.work) for s in adopted.laid} == {(1, None), (1, work_id)}
    assert all(isinstance(s, LaidSection) and s.edge >= 0 for s in adopted.laid)
    assert dug.get("/audit").json()["items"][0]["what"] == "plan adopted"
    # Chances for fibre are what the plan lays with whom, and no estimates any more.
    found = dug.get("/opportunities?state=open").json()["items"]
    fibre = [c for c in found if c["wanted_sort"] == "fibre"]
    assert {(c["work_id"], edge) for c in fibre for edge in c["edges"]} == {
        (s.work, s.edge) for s in adopted.laid if s.work is not None
    }
    assert [(c["is_estimate"], c["in_plan"]) for c in fibre] == [(False, True)]


@pytest.mark.process
@pytest.mark.timeout(240)
def test_only_a_done_plan_of_the_streets_of_today_is_adopted(dug: Any) -> None:
    failed = planned(dug, ASKED | {"budget_eur": 1}, state="failed")
    named = {"name": "Fibre"}
    assert dug.post(f"/plans/{failed['plan_id']}/adopted", named).status_code == 409
    assert dug.post("/plans/none/adopted", named).status_code == 404
    plan = planned(dug, ASKED)
    assert dug.post(f"/plans/{plan['plan_id']}/adopted", {"name": " "}).status_code == 422
    lines = [street((0, 0), (100, 0), (200, 0)), street((0, 0), (0, 100))]
    assert take(dug, "streets", collection(*lines), "streets.geojson").status_code == 201
    refused = dug.post(f"/plans/{plan['plan_id']}/adopted", named)
    assert (refused.status_code, "streets" in refused.json()["detail"]) == (409, True)


@pytest.mark.process
@pytest.mark.timeout(240)
def test_a_dig_that_moves_shows_what_it_does_to_the_plan(dug: Any) -> None:
    plan = planned(dug, ASKED)
    assert dug.post(f"/plans/{plan['plan_id']}/adopted", {"name": "Fibre"}).status_code == 201
    before = dug.get(f"/plans/{plan['plan_id']}/today").json()
    assert (before["why"], before["changes"], before["difference_eur"]) == ("", [], 0)
    (pipe,) = dug.get("/works").json()["items"]
    moved = take(dug, "works", collection(work(1, "2028-08-01", "2028-09-30")), "works.geojson")
    assert moved.status_code == 201, moved.text
    after = dug.get(f"/plans/{plan['plan_id']}/today").json()
    # 100 m with the pipe are dug alone now: what these streets cost alone in the plan less what was to be paid.
    saved = plan["savings"]["same_routes_saving_eur"]
    assert after["difference_eur"] == pytest.approx(saved, abs=0.02)
    assert after["by_prices_eur"] == pytest.approx(0, abs=0.02)
    (change,) = after["changes"]
    assert (change["work_id"], change["is_closed"]) == (pipe["id"], False)
    assert change["metres"] == pytest.approx(100, abs=0.2)
    assert change["more_eur"] == pytest.approx(saved, abs=0.02)
    # The repaired plan joins the pipe where it is now, within the school's deadline only if that allows: it does not.
    repaired = ended(dug, dug.post(f"/plans/{plan['plan_id']}/repair", {}).json()["plan_id"])
    assert repaired["state"] == "done", repaired["progress"]
    assert repaired["asked"]["wishes"] == []
    assert {work for _, _, work in repaired["build"]} == {None}


@pytest.mark.process
@pytest.mark.timeout(240)
def test_a_repaired_plan_keeps_what_is_contracted_in_its_half_year(dug: Any) -> None:
    plan = planned(dug, ASKED)
    contract = {"period": 1, "contract_eur": 16_000, "document": "Contract 3"}
    assert dug.post(f"/plans/{plan['plan_id']}/agreed", contract).status_code == 201
    dug.centre.now = lambda: datetime(2027, 8, 1, tzinfo=UTC)
    repaired = ended(dug, dug.post(f"/plans/{plan['plan_id']}/repair", {}).json()["plan_id"])
    assert repaired["state"] == "done", repaired["progress"]
    assert (repaired["asked"]["start"], repaired["asked"]["periods"]) == ("2027-07", 3)
    (kept,) = repaired["asked"]["wishes"]
    laid = sorted(plan["street_edges"][e] for e, _, _ in plan["build"] if plan["street_edges"][e] >= 0)
    assert (kept["edges"], kept["do"], kept["period"]) == (laid, "lay_in", 0)
    assert repaired["periods"][0]["cost_eur"] == pytest.approx(plan["periods"][1]["cost_eur"], abs=0.02)
    assert dug.get("/savings/verified").json()["is_right"] is True
    # The same streets contracted once more, by the repaired plan: the ledger's check says so.
    assert dug.post(f"/plans/{repaired['plan_id']}/agreed", contract | {"period": 0}).status_code == 201
    told = dug.get("/savings/verified").json()
    assert told["is_right"] is False
    assert {d["what"] for d in told["differences"]} == {f"half-years that pay for street section {e}" for e in laid}
    empty = dug.post(f"/plans/{plan['plan_id']}/agreed", contract | {"period": 0})
    assert (empty.status_code, "lays nothing in 2027-H1" in empty.json()["detail"]) == (422, True)
    dug.centre.now = lambda: datetime(2029, 8, 1, tzinfo=UTC)
    assert dug.post(f"/plans/{plan['plan_id']}/repair", {}).status_code == 409
