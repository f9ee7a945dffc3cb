"""Passwords (Argon2id, RFC 9106) and one-time codes from a phone (TOTP, RFC 6238)."""

import base64
import secrets
from urllib.parse import quote

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from ventspils.core.errors import UsageError

SHORTEST, LONGEST = 12, 200
_STEP_S, _DIGITS, _SECRET_OCTETS = 30, 6, 20
_STEPS_AROUND = 1  # a phone's clock may be off by one step (RFC 6238, section 5.2)

_hasher = PasswordHasher()  # the library's defaults are the second choice of RFC 9106, section 4: 64 MiB, three passes
_NOBODYS = _hasher.hash(secrets.token_hex())


def check_new_password(password: str, name: str) -> None:
    """
    Refuse passwords that are too easy to guess: short ones, and the account's own name.

    Raises:
        UsageError: with what is wanted (NIST SP 800-63B, section 5.1.1.2: length, not kinds of characters).
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"A password has {SHORTEST} to {LONGEST} characters; several words are easy to remember.")
    if name.lower() in password.lower() or len(set(password)) < 5:
        raise UsageError("The password is too easy to guess; it must not hold the account's name or repeat itself.")


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one that was kept; takes the same time where there is none."""
    try:
        return _hasher.verify(kept or _NOBODYS, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def new_totp_secret() -> str:
    """Return a fresh secret in base 32, as phones take it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_OCTETS)).decode()


def totp_address(secret: str, name: str) -> str:
    """Return the address that a phone's program reads from a picture."""
    return f"otpauth://totp/Ventspils%20ICT:{quote(name)}?secret={secret}&issuer=Ventspils%20ICT"


def find_totp_step(secret: str, code: str, *, now_s: int, after_step: int) -> int | None:
    """Return the step whose code this is, or None; steps up to `after_step` were used already and count no more."""
    totp = TOTP(base64.b32decode(secret), _DIGITS, SHA1(), _STEP_S)  # noqa: S303 - RFC 6238's default, which phones know
    present = now_s // _STEP_S
    for step in range(present - _STEPS_AROUND, present + _STEPS_AROUND + 1):
        if step <= after_step:
            continue
        try:
            totp.verify(code.encode(), step * _STEP_S)
            return step
        except InvalidToken:
            continue
    return None
