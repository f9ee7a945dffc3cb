"""Devices over HTTP: added, imported, changed, refused, and their states."""

from typing import Any

import pytest

from tests.ventspils.network import enrol_one, raise_one


def test_a_device_comes_back_with_its_place(town: Any) -> None:
    found = town.get("/devices").json()
    assert found["total"] == 2
    edge = found["items"][1]
    assert (edge["name"], edge["agency"], edge["site"], edge["host"], edge["port"]) == (
        "edge",
        "School 1",
        "Main",
        "10.0.0.2",
        1161,
    )


def test_lists_are_paged_to_their_end(town: Any) -> None:
    first = town.get("/devices", params={"limit": 1}).json()
    second = town.get("/devices", params={"limit": 1, "cursor": first["next"]}).json()
    last = town.get("/devices", params={"limit": 1, "cursor": second["next"]}).json()
    assert [page["items"][0]["name"] for page in (first, second)] == ["core", "edge"]
    assert (last["items"], last["next"]) == ([], None)


WRONG = {
    "an unknown agency": ({"agency": "Nobody"}, 422, "agency 'Nobody' is unknown"),
    "an unknown credential": ({"credential": "x"}, 422, "credential 'x' is unknown"),
    "an unknown parent": ({"parent": "x"}, 422, "parent 'x' is unknown"),
    "a taken name": ({"name": "core"}, 409, "exists already"),
    "a taken address": ({"address": "10.0.0.1"}, 409, "belongs to device 'core'"),
    "no address": ({"address": "not an address"}, 422, "neither an IP address nor a host name"),
    "a number that is no address": ({"address": "10.0.0"}, 422, "neither an IP address nor a host name"),
    "an impossible port": ({"address": "10.0.0.9:99999"}, 422, "port outside"),
    "an unknown way to reach": ({"reach": "carrier pigeon"}, 422, "icmp, tcp:PORT or none"),
    "nothing to watch": ({"credential": None, "reach": "none"}, 422, "needs a reachability check"),
    "half a position": ({"site": "New", "longitude": 21.5}, 422, "go together"),
    "a position outside the world": ({"site": "New", "longitude": 200, "latitude": 0}, 422, "degrees"),
    "an empty name": ({"name": " "}, 422, "printable characters"),
    "control characters": ({"name": "a\x1bb"}, 422, "printable characters"),
    "an unknown key": ({"colour": "red"}, 422, "colour"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_device_that_cannot_be_is_refused_with_one_sentence(town: Any, kind: str) -> None:
    change, status, words = WRONG[kind]
    body = {"name": "new", "agency": "School 1", "site": "Main", "address": "10.0.0.9", "credential": "ro"} | change
    response = town.post("/devices", body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert words in response.json()["detail"]
    assert town.get("/devices").json()["total"] == 2


HEAD = "name,agency,site,longitude,latitude,address,credential,parent\n"


def imported(town: Any, text: str, **params: Any) -> Any:
    return town.call("POST", "/api/v1/devices/import", content=text.encode(), params=params)


def test_a_file_is_imported_children_before_parents_too(town: Any) -> None:
    text = HEAD + "b,School 1,Annex,21.56,57.39,10.1.0.2,ro,a\na,School 1,Annex,21.56,57.39,10.1.0.1,ro,core\n"
    assert imported(town, text).json() == {"read": 2, "accepted": 2, "dry_run": False}
    assert town.get("/devices").json()["total"] == 4


def test_a_dry_run_changes_nothing(town: Any) -> None:
    assert imported(town, HEAD + "a,School 1,New,,,10.1.0.1,ro,\n", dry_run=True).json()["accepted"] == 0
    assert town.get("/devices").json()["total"] == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,agency,site\na,b,c\n", "lacks the column 'address'"),
        (HEAD.replace("parent", "mother") + "x\n", "column 'mother', which is unknown"),
        (
            HEAD + "a,School 1,M,,,10.1.0.1,ro,\nb,School 1,M,,,10.1.0.1,ro,\n",
            "Line 3: Device 'b': address 10.1.0.1 belongs",
        ),
        (HEAD + "a,School 1,M,,,10.1.0.1,ro,\na,School 1,M,,,10.1.0.2,ro,\n", "Line 3: Device 'a' exists already"),
        (HEAD + "a,School 2,M,,,10.1.0.1,ro,\n", "Line 2: Device 'a': agency 'School 2' is unknown"),
        (HEAD + "a,School 1,M,east,57,10.1.0.1,ro,\n", "longitude 'east' is not a number"),
        (HEAD + "a,School 1,M,,,10.1.0.1,ro,b\nb,School 1,M,,,10.1.0.2,ro,a\n", "parent"),
        ("", "lacks the column"),
    ],
    ids=[
        "missing column",
        "unknown column",
        "duplicate address",
        "duplicate name",
        "unknown agency",
        "no number",
        "circle",
        "empty file",
    ],
)
def test_a_file_with_a_mistake_is_refused_whole(town: Any, text: str, words: str) -> None:
    response = imported(town, text)
    assert response.status_code in (409, 422)
    assert words in response.json()["detail"]
    assert town.get("/devices").json()["total"] == 2


def test_a_file_that_is_no_text_is_refused(town: Any) -> None:
    response = town.call("POST", "/api/v1/devices/import", content=b"\xff\xfe\x00")
    assert "not UTF-8" in response.json()["detail"]


def test_a_retired_device_is_gone_and_its_address_free(town: Any) -> None:
    assert town.retire("edge").status_code == 200
    assert [d["name"] for d in town.get("/devices").json()["items"]] == ["core"]
    assert town.retire("edge").status_code == 404
    again = {"name": "edge2", "agency": "School 1", "site": "Main", "address": "10.0.0.2:1161", "credential": "ro"}
    assert town.post("/devices", again).status_code == 201


def test_a_retired_name_is_free_and_no_parent(town: Any) -> None:
    town.retire("core")
    body = {"agency": "School 1", "site": "Main", "address": "10.0.0.77", "credential": "ro"}
    assert town.post("/devices", body | {"name": "child", "parent": "core"}).status_code == 422
    assert town.post("/devices", body | {"name": "core"}).status_code == 201


def test_devices_show_their_state_and_what_explains_it(town: Any) -> None:
    enrol_one(town)
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
