"""Accounts, links, signing in, codes from a phone, and what is written down of it."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from ventspils.centre.rate_limit import RateLimit
from ventspils.core.security.people import LockedError

PASSWORD = "a good long password"


def add(api: Any, name: str = "anna", role: str = "operator", agency: str | None = None) -> str:
    body = {"name": name, "full_name": "Anna", "grants": [{"role": role, "agency": agency}]}
    return str(api.post("/people", body).json()["link"])


def set_password(api: Any, link: str, password: str = PASSWORD) -> Any:
    return api.http.post("/api/v1/passwords", json={"link": link, "password": password})


def sign_in(api: Any, name: str = "anna", password: str = PASSWORD, code: str | None = None) -> Any:
    return api.http.post("/api/v1/tokens", json={"name": name, "password": password, "code": code})


@pytest.fixture
def anna(api: Any) -> Any:
    assert set_password(api, add(api)).status_code == 201
    return api


def later(api: Any, **passed: float) -> None:
    present = api.centre.now()
    api.centre.now = lambda: present + timedelta(**passed)


def test_a_person_sets_a_password_by_the_link_and_signs_in(anna: Any) -> None:
    token = sign_in(anna).json()["token"]
    me = anna.get("/me", token=token).json()
    assert (me["name"], me["roles"]) == ("anna", ["operator"])
    assert me["may"]["operate"] == {"all": True, "agencies": [], "parties": []}


def test_a_link_works_once_and_for_a_day(api: Any) -> None:
    link = add(api)
    assert set_password(api, link, "short").status_code == 422
    assert set_password(api, link).status_code == 201
    assert set_password(api, link).status_code == 422
    old = add(api, "berta")
    later(api, hours=25)
    assert "older than a day" in set_password(api, old).json()["detail"]


def test_a_new_link_ends_the_one_before(api: Any) -> None:
    first = add(api)
    second = api.post("/people/anna/link", {}).json()["link"]
    assert set_password(api, first).status_code == 422
    assert set_password(api, second).status_code == 201


def test_wrong_passwords_in_a_row_make_the_next_tries_wait(anna: Any) -> None:
    answers = [sign_in(anna, password="wrong").status_code for _ in range(6)]
    assert answers == [401, 401, 401, 401, 401, 429]
    locked = sign_in(anna)  # the right one waits too
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) <= 16
    later(anna, seconds=17)
    assert sign_in(anna).status_code == 201


def test_what_is_wrong_is_not_told(anna: Any) -> None:
    assert sign_in(anna, password="wrong").json() == sign_in(anna, name="nobody").json()


def test_a_code_from_the_phone_is_asked_for_once_it_is_on(anna: Any) -> None:
    token = sign_in(anna).json()["token"]
    secret = anna.call("POST", "/api/v1/me/totp", token=token, json={"password": PASSWORD}).json()["secret"]
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    assert sign_in(anna).status_code == 201  # not confirmed yet
    wrong = anna.call("POST", "/api/v1/me/totp/confirm", token=token, json={"code": "000000"})
    assert wrong.status_code == 422
    code = totp.generate(int(anna.centre.now().timestamp())).decode()
    assert anna.call("POST", "/api/v1/me/totp/confirm", token=token, json={"code": code}).status_code == 200
    assert sign_in(anna).status_code == 401
    assert sign_in(anna, code=code).status_code == 401  # used already
    later(anna, seconds=31)
    fresh = totp.generate(int(anna.centre.now().timestamp())).decode()
    assert sign_in(anna, code=fresh).status_code == 201
    assert sign_in(anna, code=fresh).status_code == 401


def test_a_session_alone_changes_nothing_about_the_phones_code(anna: Any) -> None:
    token = sign_in(anna).json()["token"]
    refused = anna.call("POST", "/api/v1/me/totp", token=token, json={"password": "not hers at all"})
    assert refused.status_code == 401
    secret = anna.call("POST", "/api/v1/me/totp", token=token, json={"password": PASSWORD}).json()["secret"]
    code = TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(anna.centre.now().timestamp())).decode()
    anna.call("POST", "/api/v1/me/totp/confirm", token=token, json={"code": code})
    anna.call("POST", "/api/v1/me/totp", token=token, json={"password": PASSWORD})  # begun anew and not confirmed
    assert sign_in(anna).status_code == 401  # the first phone still counts


def test_an_administrator_lets_somebody_with_a_lost_phone_in_again(anna: Any) -> None:
    add(anna, "boss", "admin")
    token = sign_in(anna).json()["token"]
    secret = anna.call("POST", "/api/v1/me/totp", token=token, json={"password": PASSWORD}).json()["secret"]
    code = TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(anna.centre.now().timestamp())).decode()
    anna.call("POST", "/api/v1/me/totp/confirm", token=token, json={"code": code})
    version = next(p["version"] for p in anna.get("/people").json()["items"] if p["name"] == "anna")
    headers = {"If-Match": f'"{version}"'}
    assert anna.call("PATCH", "/api/v1/people/anna", json={"without_code": True}, headers=headers).status_code == 200
    assert sign_in(anna).status_code == 201


def test_unknown_names_are_slowed_down_like_known_ones(anna: Any) -> None:
    for name in ("anna", "nobody"):
        assert [sign_in(anna, name=name, password="wrong").status_code for _ in range(6)][-1] == 429, name


def test_shutting_an_account_ends_its_sessions_at_once(anna: Any) -> None:
    add(anna, "boss", "admin")
    token = sign_in(anna).json()["token"]
    version = next(p["version"] for p in anna.get("/people").json()["items"] if p["name"] == "anna")
    headers = {"If-Match": f'"{version}"'}
    assert anna.call("PATCH", "/api/v1/people/anna", json={"disabled": True}, headers=headers).status_code == 200
    assert anna.get("/me", token=token).status_code == 401
    assert sign_in(anna).status_code == 401


def test_the_last_administrator_stays(api: Any) -> None:
    add(api, "boss", "admin")
    headers = {"If-Match": '"1"'}
    demoted = api.call("PATCH", "/api/v1/people/boss", json={"grants": [{"role": "viewer"}]}, headers=headers)
    assert demoted.status_code == 409
    assert api.get("/people").json()["items"][0]["grants"][0]["role"] == "admin"


def test_two_edits_of_one_account_do_not_overwrite_each_other(api: Any) -> None:
    add(api, "boss", "admin")
    add(api)
    path = "/api/v1/people/anna"
    assert api.call("PATCH", path, json={"full_name": "A"}).status_code == 428
    assert api.call("PATCH", path, json={"full_name": "A"}, headers={"If-Match": '"1"'}).status_code == 200
    second = api.call("PATCH", path, json={"full_name": "B"}, headers={"If-Match": '"1"'})
    assert second.status_code == 412
    assert second.json()["present"]["full_name"] == "A"


def test_the_first_link_is_there_until_somebody_has_a_password(api: Any) -> None:
    link = api.call("POST", "/api/v1/first-link").json()["link"]
    assert set_password(api, link).json() == {"name": "admin"}
    assert api.call("POST", "/api/v1/first-link").json()["link"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a b", "grants": [{"role": "viewer"}]},
        {"name": "anna", "grants": [{"role": "king"}]},
        {"name": "anna", "grants": [{"role": "writer"}]},
        {"name": "anna", "grants": [{"role": "viewer", "agency": "unknown"}]},
        {"name": "anna", "grants": [{"role": "partner"}]},
        {"name": "anna", "grants": []},
    ],
)
def test_an_account_that_cannot_be_is_refused_with_one_sentence(api: Any, body: Any) -> None:
    answer = api.post("/people", body)
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")
    assert api.get("/people").json()["total"] == 0


def test_every_change_is_in_the_audit_log_and_no_secret_is(anna: Any) -> None:
    anna.post("/agencies", {"name": "School 1"})
    anna.post("/credentials", {"name": "ro", "community": "very-secret-community"})
    sign_in(anna)
    entries = anna.get("/audit").json()["items"]
    assert [e["what"] for e in reversed(entries)] == [
        "person added",
        "password set",
        "agency added",
        "credential added",
        "signed in",
    ]
    text = str(entries)
    assert PASSWORD not in text
    assert "very-secret" not in text
    assert anna.get("/audit/verified").json()["entries"] == 5


def test_what_is_kept_of_sessions_and_links_does_not_let_anybody_in(anna: Any) -> None:
    token = sign_in(anna).json()["token"]
    link = anna.post("/people/anna/link", {}).json()["link"]
    octets = b"".join(f.read_bytes() for f in anna.centre.home.path.glob("registry.sqlite*"))
    assert token.encode() not in octets
    assert link.encode() not in octets
    assert PASSWORD.encode() not in octets


def test_tries_from_one_address_are_limited(api: Any) -> None:
    api.centre.sign_in_limit = RateLimit(2)
    assert [sign_in(api, name=f"n{k}").status_code for k in range(3)] == [401, 401, 429]


def test_the_count_of_an_address_flows_away_with_time_and_is_its_own() -> None:
    clock = [0.0]
    limit = RateLimit(6, monotonic=lambda: clock[0])
    for _ in range(6):
        limit.take("one")
    with pytest.raises(LockedError):
        limit.take("one")
    limit.take("other")
    clock[0] = 10.0  # six a minute: one more
    limit.take("one")
    with pytest.raises(LockedError):
        limit.take("one")


def test_from_where_somebody_comes_is_believed_of_our_own_pages_alone(api: Any) -> None:
    from fastapi.testclient import TestClient

    def tries(peer: str) -> list[int]:
        client = TestClient(api.http.app, client=(peer, 50_000))
        body = {"name": "nobody", "password": "wrong password"}
        told = [{"X-Client-Address": f"198.51.100.{k}"} for k in range(40)]
        return [
            client.post("/api/v1/tokens", json=body | {"name": f"n{k}"}, headers=h).status_code
            for k, h in enumerate(told)
        ]

    assert 429 in tries("203.0.113.7")  # a stranger is one address, whatever it says
    assert 429 not in tries("127.0.0.1")  # our pages tell of forty people


@pytest.mark.parametrize("path", ["/api/v1/imports/works", "/api/v1/devices/import", "/api/v2/write"])
async def test_a_large_body_is_not_read_before_it_is_known_who_sends_it(api: Any, path: str) -> None:
    asked, answered = 0, []

    async def receive() -> Any:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"name=a.geojson&org=o&bucket=b",
        "headers": [(b"host", b"centre")], "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1),
        "server": ("c", 80),
        "root_path": "", "extensions": {},
    }  # fmt: skip
    await api.http.app(scope, receive, send)
    assert answered[0]["status"] == 401
    assert asked == 0
