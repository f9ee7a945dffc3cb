from typing import Any

import pytest


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


def test_a_community_is_never_given_back(town: Any) -> None:
    for path in ("/credentials", "/devices", "/agencies", "/collectors", "/conditions"):
        assert "very-secret" not in town.get(path).text
    files = [f for f in town.centre.home.path.rglob("*") if f.is_file()]
    assert files
    assert not [f for f in files if b"very-secret-community" in f.read_bytes()]


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


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"pattern": "(", "mode": "always"}, "not a regular expression"),
        ({"pattern": "a", "mode": "hours"}, "Hours belong"),
        ({"pattern": "a", "mode": "never", "hours": "07:00-19:00"}, "Hours belong"),
        ({"pattern": "a", "mode": "hours", "hours": "7-19"}, "HH:MM-HH:MM"),
        ({"pattern": "a", "mode": "hours", "hours": "07:00-07:00"}, "same time"),
        ({"pattern": "a", "mode": "sometimes"}, "mode"),
        ({"pattern": "a", "mode": "never", "errors_at_per_s": 0}, "errors_at_per_s"),
        ({"pattern": "a", "mode": "never", "device": "core", "kind": "switch"}, "not both"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(town: Any, body: dict[str, str], words: str) -> None:
    response = town.post("/port-policies", body)
    assert response.status_code == 422
    assert words in response.json()["detail"]


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_lesser_token_reaches_no_further_than_its_scope(town: Any, scope: str) -> None:
    token = town.post("/machine-tokens", {"name": "t", "scope": scope}).json()["token"]
    assert town.get("/devices", token=token).status_code == (200 if scope == "read" else 403)
    assert town.post("/agencies", {"name": "x"}, token=token).status_code == 403
    wrote = town.call("POST", "/api/v2/write?org=ventspils&bucket=raw", content="m f=1", token=token)
    assert wrote.status_code == (403 if scope == "read" else 204)


def test_a_name_that_differs_by_blanks_only_is_taken(town: Any) -> None:
    assert town.post("/agencies", {"name": "School 1 "}).status_code == 409


def test_a_retired_name_is_free_and_no_parent(town: Any) -> None:
    town.retire("core")
    body = {"agency": "School 1", "site": "Main", "address": "10.0.0.77", "credential": "ro"}
    assert town.post("/devices", body | {"name": "child", "parent": "core"}).status_code == 422
    assert town.post("/devices", body | {"name": "core"}).status_code == 201


def test_a_body_beyond_its_bound_is_refused_before_anything_reads_it(town: Any) -> None:
    response = town.http.post("/api/v1/collectors/enrol", content=b"x" * (2 << 20))
    assert response.status_code == 413


def test_a_token_is_listed_and_revoked(town: Any) -> None:
    made = town.post("/machine-tokens", {"name": "grafana", "scope": "read"}).json()
    assert [t["name"] for t in town.get("/machine-tokens").json()["items"]] == ["grafana"]
    assert made["token"] not in town.get("/machine-tokens").text
    town.call("DELETE", f"/api/v1/machine-tokens/{made['id']}")
    assert town.get("/devices", token=made["token"]).status_code == 401


def test_an_answer_goes_out_only_after_the_change_is_kept(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.orm import Session

    def full(self: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    monkeypatch.setattr(Session, "commit", full)
    monkeypatch.setattr(
        "sqlalchemy.orm.session.SessionTransaction.commit", lambda self, _to_root=False: full(self.session)
    )
    assert town.post("/agencies", {"name": "New"}).status_code == 503


@pytest.mark.parametrize("change", ["every_s=4973329224003091448201216", "start_s=-5", "stop_s=99999999999999999999"])
def test_times_that_no_clock_shows_are_refused(api: Any, change: str) -> None:
    good = {"measurement": "m", "field": "f", "start_s": "0", "stop_s": "100", "every_s": "10"}
    name, value = change.split("=")
    assert api.get("/telemetry/series", params=good).status_code == 200
    assert api.get("/telemetry/series", params=good | {name: value}).status_code == 422
