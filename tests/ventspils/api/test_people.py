"""Accounts over HTTP: made, changed, shut."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.ventspils.accounts import PASSWORD, add, sign_in


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
