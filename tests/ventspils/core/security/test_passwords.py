"""Codes against the published values of RFC 6238, appendix B; the rest by what must hold."""

import base64

import pytest

from ventspils.core.errors import UsageError
from ventspils.core.security.passwords import (
    check_new_password,
    find_totp_step,
    hash_password,
    is_password,
    new_totp_secret,
    totp_address,
)

# RFC 6238 gives eight digits for this key; phones show the last six.
KEY = base64.b32encode(b"12345678901234567890").decode()
PUBLISHED = [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (2000000000, "69279037")]


@pytest.mark.parametrize(("second", "code"), PUBLISHED)
def test_the_published_codes_are_taken(second: int, code: str) -> None:
    assert find_totp_step(KEY, code[-6:], now_s=second, after_step=-1) == second // 30


def test_a_code_counts_once_and_only_around_its_time() -> None:
    second, code = 1234567890, "005924"
    step = second // 30
    assert find_totp_step(KEY, code, now_s=second + 30, after_step=-1) == step  # a phone that is a step behind
    assert find_totp_step(KEY, code, now_s=second, after_step=step) is None  # used already
    assert find_totp_step(KEY, code, now_s=second + 90, after_step=-1) is None
    assert find_totp_step(KEY, "", now_s=second, after_step=-1) is None
    assert find_totp_step(KEY, "no code", now_s=second, after_step=-1) is None


def test_a_password_is_kept_as_argon2id_and_recognised() -> None:
    kept = hash_password("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert is_password("correct horse battery", kept)
    assert not is_password("correct horse batterY", kept)
    assert not is_password("anything", None)
    assert hash_password("correct horse battery") != kept


@pytest.mark.parametrize("bad", ["short", "a" * 20, "anna-anna-anna", "x" * 201])
def test_passwords_that_are_easy_to_guess_are_refused(bad: str) -> None:
    with pytest.raises(UsageError):
        check_new_password(bad, "anna")


def test_secrets_differ_and_the_phones_address_holds_them() -> None:
    one, other = new_totp_secret(), new_totp_secret()
    assert one != other
    assert totp_address(one, "a b").startswith("otpauth://totp/Ventspils%20ICT:a%20b?secret=" + one)
