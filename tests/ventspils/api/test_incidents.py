"""Incidents over HTTP: from a collector's report to what people do about it."""

import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from monitoring.centre.models import ConditionRow, Incident
from ventspils.centre.housekeeping import settle_incidents


def raise_one(
    town: Any, device: str = "core", rule: str = "sensor", *, name: str = "Fan", detail: str = "failed"
) -> str:
    """Let a condition be true of a device, settle, and return the incident's id."""
    found = next(d for d in town.get("/devices").json()["items"] if d["name"] == device)
    with town.centre.sessions.begin() as session:
        if session.connection().exec_driver_sql("SELECT count(*) FROM collectors").scalar() == 0:
            _enrol(town)
        collector_id = session.connection().exec_driver_sql("SELECT id FROM collectors").scalar()
        row = ConditionRow(collector_id=collector_id, device_id=found["id"], rule=rule, object=name, detail=detail)
        row.severity, row.since_s = "critical", int(town.centre.now().timestamp())
        session.add(row)
    settle_incidents(town.centre)
    items = town.get("/incidents?folded=true").json()["items"]
    return str(next(i["id"] for i in items if i["device"] == device and i["rule"] == rule))


def _enrol(town: Any) -> None:
    import base64

    code = town.post("/collectors/codes", {}).json()["code"]
    key = base64.b64encode(b"k" * 32).decode()
    town.http.post("/api/v1/collectors/enrol", json={"code": code, "name": "one", "public_key": key})


@pytest.fixture
def standing(town: Any) -> Any:
    _enrol(town)
    town.incident = raise_one(town)
    return town


def act(town: Any, action: str, *, ids: list[str] | None = None, **more: Any) -> Any:
    return town.post("/incidents/actions", {"ids": ids or [town.incident], "action": action, **more})


def test_an_incident_tells_where_and_since_when(standing: Any) -> None:
    (item,) = standing.get("/incidents").json()["items"]
    assert (item["device"], item["agency"], item["site"], item["state"], item["behind"]) == (
        "core",
        "School 1",
        "Main",
        "open",
        0,
    )
    assert item["raised_at"].endswith(("Z", "+00:00"))


def test_taking_releasing_and_noting_are_turns_in_its_history(standing: Any) -> None:
    assert act(standing, "acknowledge", note="on my way").status_code == 200
    assert standing.get(f"/incidents/{standing.incident}").json()["state"] == "acknowledged"
    act(standing, "note", note="spare part ordered")
    act(standing, "release")
    history = standing.get(f"/incidents/{standing.incident}").json()["history"]
    assert [(h["what"], h["note"]) for h in history] == [
        ("raised", "failed"),
        ("acknowledged", "on my way"),
        ("note", "spare part ordered"),
        ("released", ""),
    ]


def test_what_somebody_is_on_nobody_else_takes(standing: Any) -> None:
    act(standing, "acknowledge")
    with standing.centre.sessions.begin() as session:
        session.get_one(Incident, standing.incident).acknowledged_by = "berta"
    refused = act(standing, "acknowledge")
    assert refused.status_code == 409
    assert "berta is on it already" in refused.json()["detail"]


def test_putting_aside_needs_a_time_to_come(standing: Any) -> None:
    assert act(standing, "suppress").status_code == 422
    past = (standing.centre.now() - timedelta(hours=1)).isoformat()
    assert act(standing, "suppress", until=past).status_code == 422
    until = (standing.centre.now() + timedelta(hours=1)).isoformat()
    assert act(standing, "suppress", until=until).status_code == 200
    assert standing.get("/incidents?hide_quiet=true").json()["total"] == 0
    assert standing.get("/incidents").json()["items"][0]["state"] == "suppressed"
    assert act(standing, "unsuppress").status_code == 200
    assert standing.get("/incidents?hide_quiet=true").json()["total"] == 1


def clear(town: Any) -> None:
    """Let the collector say that nothing is wrong any more."""
    with town.centre.sessions.begin() as session:
        session.query(ConditionRow).delete()
    settle_incidents(town.centre)


def test_what_is_over_is_opened_again_with_a_reason_and_stays_open_until_a_person_closes_it(standing: Any) -> None:
    assert act(standing, "reopen", note="why not").json()["detail"] == "The problem is not over."
    clear(standing)
    assert act(standing, "reopen").status_code == 422
    assert act(standing, "reopen", note="the caretaker still sees no light").status_code == 200
    settle_incidents(standing.centre)
    found = standing.get(f"/incidents/{standing.incident}").json()
    assert (found["state"], found["cleared_at"]) == ("open", None)
    assert found["kept_open_by"] == found["history"][-1]["actor"]
    assert act(standing, "close").status_code == 200
    settle_incidents(standing.centre)
    assert [h["what"] for h in standing.get(f"/incidents/{standing.incident}").json()["history"]] == [
        "raised",
        "cleared",
        "opened again",
        "closed",
    ]


def test_what_is_kept_open_and_happens_again_follows_what_is_measured_from_then_on(standing: Any) -> None:
    clear(standing)
    act(standing, "reopen", note="not over")
    assert raise_one(standing) == standing.incident
    found = standing.get(f"/incidents/{standing.incident}").json()
    assert (found["kept_open_by"], found["times_raised"]) == (None, 2)
    clear(standing)
    assert standing.get(f"/incidents/{standing.incident}").json()["state"] == "cleared"


def test_what_stands_cannot_be_closed(standing: Any) -> None:
    refused = act(standing, "close")
    assert refused.status_code == 409
    assert "still stands" in refused.json()["detail"]


def test_many_at_once_end_done_or_refused_each_with_a_reason(standing: Any) -> None:
    other = raise_one(standing, "edge")
    answer = act(standing, "acknowledge", ids=[standing.incident, other, "nonsense"]).json()
    assert answer["done"] == [standing.incident, other]
    assert answer["refused"] == [{"id": "nonsense", "reason": "Problem 'nonsense' is unknown."}]


@pytest.mark.parametrize("note", ["x" * 2001, "x" * 10_000_000])
def test_a_note_that_is_too_long_is_refused_with_one_sentence(standing: Any, note: str) -> None:
    refused = act(standing, "note", note=note)
    assert refused.status_code in (413, 422)
    assert refused.json()["detail"].endswith(".")
    assert len(standing.get(f"/incidents/{standing.incident}").json()["history"]) == 1


def test_an_empty_note_is_refused(standing: Any) -> None:
    assert act(standing, "note", note="  ").status_code == 422


def test_hostile_text_of_a_device_is_given_as_it_is_and_nowhere_interpreted(town: Any) -> None:
    _enrol(town)
    name = "<script>alert(1)</script> =cmd|'/c calc'!A1 {{7*7}} %s"
    raise_one(town, name=name)
    item = town.get("/incidents").json()["items"][0]
    assert item["object"] == name


def test_lists_are_searched_filtered_and_paged(standing: Any) -> None:
    raise_one(standing, "edge")
    assert standing.get("/incidents?text=edg").json()["total"] == 1
    assert standing.get("/incidents?text=%25").json()["total"] == 0  # a percent sign is a percent sign
    assert standing.get("/incidents?severity=warning").json()["total"] == 0
    first = standing.get("/incidents?limit=1").json()
    second = standing.get(f"/incidents?limit=1&cursor={first['next']}").json()
    assert {first["items"][0]["device"], second["items"][0]["device"]} == {"core", "edge"}
    assert second["next"] is None


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


def test_devices_show_their_state_and_what_explains_it(town: Any) -> None:
    _enrol(town)
    parent = next(d for d in town.get("/devices").json()["items"] if d["name"] == "core")
    child = next(d for d in town.get("/devices").json()["items"] if d["name"] == "edge")
    assert child["state"] == "unknown"  # its collector has not spoken yet
    with town.centre.sessions.begin() as session:
        session.connection().exec_driver_sql(
            "UPDATE collectors SET last_report_at = ?", (town.centre.now().replace(tzinfo=None).isoformat(" "),)
        )
    assert town.get(f"/devices/{child['id']}").json()["state"] == "ok"
    raise_one(town, "core", "unreachable", name="")
    raise_one(town, "edge", "unreachable", name="")
    assert town.get(f"/devices/{parent['id']}").json()["state"] == "down"
    found = town.get(f"/devices/{child['id']}").json()
    assert (found["state"], found["because_of"], found["because_of_name"]) == ("behind", parent["id"], "core")


def test_availability_of_a_month_counts_what_did_not_answer(town: Any) -> None:
    _enrol(town)
    raise_one(town, "core", "unreachable", name="")
    month = town.centre.now().strftime("%Y-%m")
    (item,) = town.get(f"/availability?month={month}").json()["items"]
    assert 0 < item["availability"] <= 1
    assert town.get("/availability?month=yesterday").status_code == 422


def test_two_edits_of_one_device_do_not_overwrite_each_other(town: Any) -> None:
    device = town.get("/devices").json()["items"][0]
    path = f"/api/v1/devices/{device['id']}"
    assert town.call("PATCH", path, json={"name": "a"}).status_code == 428
    first = town.call("PATCH", path, json={"name": "a"}, headers={"If-Match": f'"{device["version"]}"'})
    assert (first.status_code, first.headers["ETag"]) == (200, f'"{device["version"] + 1}"')
    second = town.call("PATCH", path, json={"name": "b"}, headers={"If-Match": f'"{device["version"]}"'})
    assert second.status_code == 412
    assert second.json()["present"]["name"] == "a"
    assert town.get(f"/devices/{device['id']}").json()["name"] == "a"


def test_a_circle_of_parents_is_refused(town: Any) -> None:
    found = {d["name"]: d for d in town.get("/devices").json()["items"]}
    path = f"/api/v1/devices/{found['core']['id']}"
    refused = town.call("PATCH", path, json={"parent": "edge"}, headers={"If-Match": '"1"'})
    assert refused.status_code == 422
    assert "hangs on it itself" in refused.json()["detail"]


@pytest.mark.timeout(60)
def test_listeners_hear_of_their_institutions_only_and_no_longer_than_their_session(centre_process: Any) -> None:
    """Over a real connection: a stream never ends by itself."""
    import base64
    import threading

    import httpx2

    headers = {"Authorization": f"Bearer {centre_process.token}"}
    heard: dict[str, list[str]] = {"mine": [], "foreign": []}
    with httpx2.Client(base_url=f"{centre_process.url}/api/v1", headers=headers, timeout=30) as http:
        for name in ("mine", "foreign"):
            http.post("/agencies", json={"name": name}).raise_for_status()
        device = {"name": "d", "agency": "mine", "site": "s", "address": "127.0.0.1", "reach": "icmp"}
        device_id = http.post("/devices", json=device).raise_for_status().json()["id"]
        tokens = {}
        for name in ("mine", "foreign"):
            grants = [{"role": "viewer", "agency": name}]
            link = http.post("/people", json={"name": f"of-{name}", "grants": grants}).json()["link"]
            http.post("/passwords", json={"link": link, "password": "a good long password"}).raise_for_status()
            signed_in = http.post("/tokens", json={"name": f"of-{name}", "password": "a good long password"})
            tokens[name] = signed_in.raise_for_status().json()["token"]

        def listen(name: str) -> None:
            own = {"Authorization": f"Bearer {tokens[name]}"}
            events = f"{centre_process.url}/api/v1/events"
            with suppress(httpx2.HTTPError), httpx2.stream("GET", events, headers=own, timeout=40) as stream:
                for line in stream.iter_lines():
                    heard[name].append(line)

        threads = [threading.Thread(target=listen, args=(name,), daemon=True) for name in heard]
        for thread in threads:
            thread.start()
        while not all(heard.values()):
            time.sleep(0.1)
        code = http.post("/collectors/codes", json={}).json()["code"]
        enrolled = http.post(
            "/collectors/enrol", json={"code": code, "name": "c", "public_key": base64.b64encode(b"k" * 32).decode()}
        ).json()
        condition = {"device_id": device_id, "rule": "sensor", "object": "Fan", "since_s": int(time.time())}
        report = {"sequence": 1, "digest": "x", "ends": {}, "reasons": {}, "full": [condition]}
        own = {"Authorization": f"Bearer {enrolled['token']}"}
        http.post("/collectors/report", json=report, headers=own).raise_for_status()
        until = time.monotonic() + 20
        while "event: incidents" not in heard["mine"]:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert "event: incidents" not in heard["foreign"]
        http.delete("/me/session", headers={"Authorization": f"Bearer {tokens['mine']}"}).raise_for_status()
        threads[0].join(timeout=25)
        assert not threads[0].is_alive()
