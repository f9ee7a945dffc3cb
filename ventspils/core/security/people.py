"""People: accounts, roles, signing in."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ventspils.core.errors import ConflictError, NotFoundError, UsageError, VentspilsError
from ventspils.core.places import Agency
from ventspils.core.security.models import GrantRow, Person
from ventspils.core.security.passwords import find_totp_step, is_password, new_totp_secret
from ventspils.core.security.roles import Caller, NotAllowedError, Role
from ventspils.core.security.secrets import Vault
from ventspils.core.security.sessions import end_sessions, open_session

_FREE_TRIES = 5
_FIRST_LOCK, _LONGEST_LOCK = timedelta(seconds=15), timedelta(minutes=15)


class SignInError(VentspilsError):
    """Name, password or code are wrong; it never says which."""


class LockedError(VentspilsError):
    """Too many wrong passwords in a row; `wait_s` tells for how long nothing is tried."""

    def __init__(self, message: str, *, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(frozen=True)
class NewGrant:
    """A role as people give it: over an institution by its name, or over all."""

    role: str
    agency: str | None = None
    party: str | None = None


def add_person(session: Session, *, name: str, full_name: str, grants: Sequence[NewGrant], now: datetime) -> Person:
    """
    Add an account; it has no password until its one-time link is used.

    Raises:
        ConflictError: the name is taken.
        UsageError: a name that cannot be one, or a role or institution that does not exist.
    """
    if not name.isascii() or not name.replace(".", "").replace("-", "").isalnum() or not 2 <= len(name) <= 60:
        raise UsageError(f"Account name {name[:80]!r}: use 2 to 60 Latin letters, digits, dots and hyphens.")
    if session.scalar(select(Person).where(Person.name == name)):
        raise ConflictError(f"An account {name!r} exists already.")
    person = Person(id=uuid.uuid4().hex[:16], name=name, full_name=full_name.strip() or name, created_at=now)
    session.add(person)
    set_grants(session, person, grants)
    session.flush()
    return person


def set_grants(session: Session, person: Person, grants: Sequence[NewGrant]) -> None:
    """
    Give a person these roles and no others.

    Raises:
        UsageError: a role or institution that does not exist.
    """
    person.grants = [_grant(session, grant) for grant in grants]


def _grant(session: Session, grant: NewGrant) -> GrantRow:
    if grant.role not in set(Role) - {Role.WRITER}:
        raise UsageError(f"Role {grant.role!r} does not exist; use {', '.join(r for r in Role if r != Role.WRITER)}.")
    agency_id = None
    if grant.agency is not None:
        agency_id = session.scalar(select(Agency.id).where(Agency.name == grant.agency))
        if agency_id is None:
            raise UsageError(f"Institution {grant.agency!r} is unknown; add it first.")
    if (grant.party is not None) != (grant.role == Role.PARTNER):
        raise UsageError("A partner belongs to a party, and nobody else does.")
    return GrantRow(id=uuid.uuid4().hex[:16], role=grant.role, agency_id=agency_id, party=grant.party)


def find_person(session: Session, name: str) -> Person:
    """
    Return the account of that name.

    Raises:
        NotFoundError: there is none.
    """
    person = session.scalar(select(Person).where(Person.name == name))
    if person is None:
        raise NotFoundError(f"Account {name!r} is unknown.")
    return person


def list_people(session: Session) -> Sequence[Person]:
    """Return all accounts, by name."""
    return session.scalars(select(Person).order_by(Person.name)).all()


def find_caller(session: Session, caller: Caller) -> Person | None:
    """Return the account of whoever calls; None where that is a machine, a wall or a command."""
    return session.get(Person, caller.person_id) if caller.person_id else None


def require_caller(session: Session, caller: Caller) -> Person:
    """
    Return the account of whoever calls.

    Raises:
        NotAllowedError: that is a machine, a wall or a command.
    """
    person = find_caller(session, caller)
    if person is None:
        raise NotAllowedError("Only a signed-in person has a phone's code.")
    return person


def change_person(
    session: Session,
    person: Person,
    *,
    full_name: str | None,
    grants: Sequence[NewGrant] | None,
    is_disabled: bool | None,
    forget_phone: bool,
    now: datetime,
) -> None:
    """
    Change an account, its roles, or shut it; what is None stays.

    Raises:
        UsageError: a role or institution that does not exist.
        ConflictError: nobody could administer the centre any more.
    """
    if full_name is not None:
        person.full_name = full_name
    if grants is not None:
        set_grants(session, person, grants)
    if is_disabled is not None:
        person.disabled_at = now if is_disabled else None
        if is_disabled:
            end_sessions(session, person, now)
    if forget_phone:
        person.sealed_totp = person.sealed_new_totp = None
    session.flush()
    keep_an_administrator(session)


def has_person(session: Session, name: str) -> bool:
    """Whether there is an account of that name."""
    return session.scalar(select(Person.id).where(Person.name == name)) is not None


def sign_in(session: Session, vault: Vault, *, name: str, password: str, code: str | None, now: datetime) -> str:
    """
    Return the token of a new session. Failures are counted in the registry, so commit also when this raises.

    Raises:
        LockedError: too many wrong tries before.
        SignInError: name, password or code are wrong.
    """
    person = session.scalar(select(Person).where(Person.name == name))
    if person is not None and person.locked_until is not None and person.locked_until > now:
        wait_s = int((person.locked_until - now).total_seconds()) + 1
        raise LockedError(f"Too many wrong tries; wait {wait_s} s and try again.", wait_s=wait_s)
    is_right = is_password(password, person.password_hash if person else None)
    if (
        person is None
        or person.disabled_at is not None
        or not is_right
        or not _is_code(session, person, vault, code, now)
    ):
        if person is not None:
            _count_failure(session, person, now)
        raise SignInError("Name, password or code are wrong.")
    person.failures, person.locked_until = 0, None
    return open_session(session, person, now)


def _is_code(session: Session, person: Person, vault: Vault, code: str | None, now: datetime) -> bool:
    if person.sealed_totp is None:
        return True
    secret = vault.open(person.sealed_totp, f"code of {person.id}")
    step = find_totp_step(secret, code or "", now_s=int(now.timestamp()), after_step=person.last_totp_step)
    if step is None:
        return False
    # One statement uses the code up, so that of two sign-ins at once only one gets in.
    unused = (Person.id == person.id, Person.last_totp_step < step)
    return session.scalar(update(Person).where(*unused).values(last_totp_step=step).returning(Person.id)) is not None


def _count_failure(session: Session, person: Person, now: datetime) -> None:
    """After a few free tries each further one costs twice the wait of the one before; tries at once are all counted."""
    counted = (
        update(Person).where(Person.id == person.id).values(failures=Person.failures + 1).returning(Person.failures)
    )
    failures = session.scalar(counted) or 0
    if failures >= _FREE_TRIES:
        person.locked_until = now + min(_LONGEST_LOCK, _FIRST_LOCK * 2 ** min(failures - _FREE_TRIES, 10))


def begin_totp(person: Person, vault: Vault, password: str) -> str:
    """
    Return a fresh secret for the person's phone; the one before counts until a code of this one was given.

    Raises:
        SignInError: the password is wrong; a session alone is not enough for this.
    """
    if not is_password(password, person.password_hash):
        raise SignInError("The password is wrong.")
    secret = new_totp_secret()
    person.sealed_new_totp = vault.seal(secret, f"code of {person.id}")
    return secret


def confirm_totp(person: Person, vault: Vault, code: str, now: datetime) -> None:
    """
    Ask for codes of the new secret from now on.

    Raises:
        UsageError: the code is not of the secret that was given.
    """
    sealed = person.sealed_new_totp
    secret = vault.open(sealed, f"code of {person.id}") if sealed else None
    step = find_totp_step(secret, code, now_s=int(now.timestamp()), after_step=0) if secret else None
    if step is None:
        raise UsageError("The code is wrong; look whether the phone's clock is right and begin again.")
    person.sealed_totp, person.sealed_new_totp, person.last_totp_step = sealed, None, step


def keep_an_administrator(session: Session) -> None:
    """
    Refuse a state in which nobody could administer the centre from its pages.

    Raises:
        ConflictError: no account that may sign in has the administrator's role over all institutions.
    """
    able = select(Person.id).where(Person.disabled_at.is_(None)).join(GrantRow)
    if session.scalar(able.where(GrantRow.role == Role.ADMIN, GrantRow.agency_id.is_(None)).limit(1)) is None:
        raise ConflictError("Somebody must stay administrator of everything; give another account that role first.")
