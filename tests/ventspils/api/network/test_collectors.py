"""Collectors over HTTP: let in, told what to read, heard, shut out."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitoring.collector.assignment import read_assignment
from monitoring.collector.conditions import Condition, digest
from tests.ventspils.network import enrol
from ventspils.core.errors import DamagedError
from ventspils.core.security.secrets import KeyPair


def test_an_assignment_holds_the_devices_and_seals_the_secrets(town: Any, keys: KeyPair, collector: str) -> None:
    response = town.get("/collectors/assignment", token=collector)
    assert "very-secret" not in response.text
    found = read_assignment(response.json(), keys, "")
    assert {d.name for d in found.devices.values()} == {"core", "edge"}
    assert [s.get_secret_value() for s in found.communities.values()] == ["very-secret-community"]
    assert found.destination.token.get_secret_value() not in response.text


def test_the_write_token_of_a_collector_writes_and_does_nothing_else(town: Any, keys: KeyPair, collector: str) -> None:
    found = read_assignment(town.get("/collectors/assignment", token=collector).json(), keys, "")
    token = found.destination.token.get_secret_value()
    assert town.call("POST", "/api/v2/write?org=ventspils&bucket=raw", content="m f=1", token=token).status_code == 204
    assert town.get("/devices", token=token).status_code == 403


def test_rules_for_a_kind_reach_its_devices_after_their_own_and_before_those_of_all(
    town: Any, keys: KeyPair, collector: str
) -> None:
    devices = {d["name"]: d for d in town.get("/devices").json()["items"]}
    body = {"kind": "radio"}
    version = {"If-Match": f'"{devices["edge"]["version"]}"'}
    assert town.call("PATCH", f"/api/v1/devices/{devices['edge']['id']}", json=body, headers=version).status_code == 200
    town.post("/port-policies", {"pattern": "all", "mode": "always"})
    town.post("/port-policies", {"pattern": "kind", "mode": "always", "kind": "radio", "errors_at_per_s": 20})
    town.post("/port-policies", {"pattern": "own", "mode": "always", "device": "edge"})
    found = read_assignment(town.get("/collectors/assignment", token=collector).json(), keys, "").policies
    edge = devices["edge"]["id"]
    assert [(p.pattern, p.device_id, p.errors_at_per_s) for p in found] == [
        ("own", edge, None),
        ("kind", edge, 20),
        ("all", None, None),
    ]


def test_an_assignment_does_not_open_with_another_key(town: Any, collector: str, tmp_path: Path) -> None:
    document = town.get("/collectors/assignment", token=collector).json()
    with pytest.raises(DamagedError):
        read_assignment(document, KeyPair(tmp_path / "other.key"), "")


def test_an_assignment_is_not_sent_again_until_something_changes(town: Any, collector: str) -> None:
    tag = town.get("/collectors/assignment", token=collector).headers["etag"]
    again = town.get("/collectors/assignment", token=collector, headers={"If-None-Match": tag})
    assert again.status_code == 304
    town.retire("edge")
    changed = town.get("/collectors/assignment", token=collector, headers={"If-None-Match": tag})
    assert [d["name"] for d in changed.json()["devices"]] == ["core"]


@pytest.mark.parametrize(
    "change",
    [
        lambda town: town.post("/port-policies", {"pattern": "x", "mode": "never"}),
        lambda town: town.post(
            "/devices", {"name": "n", "agency": "School 1", "site": "Main", "address": "10.0.0.9", "credential": "ro"}
        ),
        lambda town: town.retire("edge"),
    ],
)
def test_whatever_an_assignment_is_made_of_brings_a_new_one(town: Any, collector: str, change: Any) -> None:
    tag = town.get("/collectors/assignment", token=collector).headers["etag"]
    assert change(town).status_code < 300
    assert town.get("/collectors/assignment", token=collector, headers={"If-None-Match": tag}).status_code == 200


def test_a_report_is_no_reason_to_make_the_assignment_anew(town: Any, collector: str) -> None:
    town.get("/collectors/assignment", token=collector)
    before = town.centre.assignment_cache.changes
    report(town, collector, 1, [])
    assert town.centre.assignment_cache.changes == before


def test_a_report_that_comes_again_is_counted_once(town: Any, collector: str) -> None:
    report(town, collector, 7, [], ends={"stored": 2})
    report(town, collector, 7, [], ends={"stored": 99}, first=True)
    assert town.get("/collectors").json()["items"][0]["last_report"]["ends"] == {"stored": 2}


def test_a_collector_of_another_zone_learns_nothing_of_this_one(town: Any, keys: KeyPair) -> None:
    token = enrol(town, keys, zone="harbour").json()["token"]
    found = read_assignment(town.get("/collectors/assignment", token=token).json(), keys, "")
    assert (found.devices, found.communities) == ({}, {})


def test_a_code_works_once(town: Any, keys: KeyPair) -> None:
    code = town.post("/collectors/codes", {}).json()["code"]
    body = {"code": code, "name": "a", "public_key": base64.b64encode(keys.public).decode()}
    assert town.http.post("/api/v1/collectors/enrol", json=body).status_code == 201
    again = town.http.post("/api/v1/collectors/enrol", json=body | {"name": "b"})
    assert again.status_code == 422
    assert "used or older" in again.json()["detail"]


def test_a_code_older_than_an_hour_is_refused(town: Any, keys: KeyPair) -> None:
    code = town.post("/collectors/codes", {}).json()["code"]
    town.centre.now = lambda: datetime.now(UTC) + timedelta(hours=1, seconds=1)
    body = {"code": code, "name": "a", "public_key": base64.b64encode(keys.public).decode()}
    assert town.http.post("/api/v1/collectors/enrol", json=body).status_code == 422


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(b"x" * 31).decode(), "!!!"])
def test_a_key_that_is_none_is_refused(town: Any, key: str) -> None:
    code = town.post("/collectors/codes", {}).json()["code"]
    response = town.http.post("/api/v1/collectors/enrol", json={"code": code, "name": "a", "public_key": key})
    assert response.status_code == 422
    assert "public key" in response.json()["detail"]


def test_a_revoked_collector_is_shut_out_and_what_it_knew_is_listed(town: Any, keys: KeyPair, collector: str) -> None:
    found = read_assignment(town.get("/collectors/assignment", token=collector).json(), keys, "")
    response = town.post("/collectors/c1/revoke", {})
    assert response.json()["rotate_credentials"] == ["ro"]
    assert town.get("/collectors/assignment", token=collector).status_code == 401
    write = found.destination.token.get_secret_value()
    assert town.call("POST", "/api/v2/write?org=ventspils&bucket=raw", content="m f=1", token=write).status_code == 401


def report(town: Any, token: str, sequence: int, true: list[Condition], **more: Any) -> bool:
    body = {"sequence": sequence, "digest": digest(true), "ends": {"stored": 2}, "reasons": {}} | more
    response = town.post("/collectors/report", body, token=token)
    assert response.status_code == 200, response.text
    return bool(response.json()["resend"])


def plain(*conditions: Condition) -> list[dict[str, object]]:
    return [{"device_id": c.device_id, "rule": c.rule, "object": c.object, "severity": c.severity} for c in conditions]


ONE, TWO = Condition("", "clock", "collector"), Condition("", "store", "collector")


def shown(town: Any) -> set[tuple[str, str]]:
    return {(c["device_id"], c["rule"]) for c in town.get("/conditions").json()["items"]}


def test_conditions_come_and_go_with_the_reports(town: Any, collector: str) -> None:
    assert not report(town, collector, 1, [ONE, TWO], raised=plain(ONE, TWO))
    assert shown(town) == {("", "clock"), ("", "store")}
    assert not report(town, collector, 2, [TWO], cleared=plain(ONE))
    assert shown(town) == {("", "store")}


def test_a_lost_report_shows_in_the_digest_and_the_full_set_mends_it(town: Any, collector: str) -> None:
    report(town, collector, 1, [ONE], raised=plain(ONE))
    assert report(town, collector, 3, [TWO])  # the second, which cleared one and raised two, was lost
    assert not report(town, collector, 4, [TWO], full=plain(TWO))
    assert shown(town) == {("", "store")}


def test_an_old_report_that_comes_late_changes_nothing(town: Any, collector: str) -> None:
    report(town, collector, 5, [TWO], raised=plain(TWO))
    report(town, collector, 4, [ONE], raised=plain(ONE))
    assert shown(town) == {("", "store")}


def test_a_restarted_collector_is_believed_whatever_its_sequence(town: Any, collector: str) -> None:
    report(town, collector, 100, [TWO], raised=plain(TWO))
    report(town, collector, 1, [ONE], first=True, full=plain(ONE))
    assert shown(town) == {("", "clock")}


def test_a_report_of_another_form_is_refused(town: Any, collector: str) -> None:
    assert town.post("/collectors/report", {"sequence": "x"}, token=collector).status_code == 422


def test_a_revoked_name_is_free_again(town: Any, keys: KeyPair, collector: str) -> None:
    assert enrol(town, keys).status_code == 409
    town.post("/collectors/c1/revoke", {})
    assert enrol(town, keys).status_code == 201


def test_of_another_zones_devices_a_collector_has_nothing_to_say(town: Any, keys: KeyPair) -> None:
    token = enrol(town, keys, zone="harbour").json()["token"]
    core = Condition(town.get("/devices").json()["items"][0]["id"], "port_down", "Gi1")
    report(town, token, 1, [core], raised=plain(core))
    assert shown(town) == set()


def test_one_condition_told_twice_is_kept_once(town: Any, collector: str) -> None:
    core = Condition(town.get("/devices").json()["items"][0]["id"], "port_down", "Gi1")
    assert not report(town, collector, 1, [core], raised=plain(core, core))
    assert len(shown(town)) == 1
