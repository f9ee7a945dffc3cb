"""Signing in and out: links, passwords, codes from a phone, and what slows guessing down."""

import base64
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.ventspils.accounts import PASSWORD, add, later, set_password, sign_in
from ventspils.centre.rate_limit import RateLimit


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


def test_unknown_names_are_slowed_down_like_known_ones(anna: Any) -> None:
    for name in ("anna", "nobody"):
        assert [sign_in(anna, name=name, password="wrong").status_code for _ in range(6)][-1] == 429, name


def test_the_first_link_is_there_until_somebody_has_a_password(api: Any) -> None:
    link = api.call("POST", "/api/v1/first-link").json()["link"]
    assert set_password(api, link).json() == {"name": "admin"}
    assert api.call("POST", "/api/v1/first-link").json()["link"] is None


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


def test_from_where_somebody_comes_is_believed_of_our_own_pages_alone(api: Any) -> None:
    from fastapi.testclient import TestClient

    from ventspils.centre.rate_limit import RateLimit

    api.centre.sign_in_limit = RateLimit(30, monotonic=lambda: 0.0)

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
