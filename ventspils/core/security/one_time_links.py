"""One-time links by which a person sets a password, once and for a while."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ventspils.core.errors import UsageError
from ventspils.core.security.models import OneTimeLink, Person
from ventspils.core.security.passwords import check_new_password, hash_password
from ventspils.core.security.people import NewGrant, add_person
from ventspils.core.security.roles import Role
from ventspils.core.security.secrets import hash_token, new_token
from ventspils.core.security.sessions import end_sessions

LINK_VALID = timedelta(hours=24)


def make_link(session: Session, person: Person, now: datetime) -> str:
    """Return the text of a fresh one-time link by which the person sets a password; earlier links end."""
    session.execute(
        update(OneTimeLink).where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None)).values(used_at=now)
    )
    text = new_token()
    session.add(OneTimeLink(hash=hash_token(text), person_id=person.id, ends_at=now + LINK_VALID))
    return text


def use_link(session: Session, text: str, password: str, now: datetime) -> Person:
    """
    Set a password by a one-time link; all sessions of the person end.

    Raises:
        UsageError: the link is unknown, used or too old, or the password is too easy to guess.
    """
    mine = OneTimeLink.hash == hash_token(text)
    usable = (mine, OneTimeLink.used_at.is_(None), OneTimeLink.ends_at >= now)
    person_id = session.scalar(update(OneTimeLink).where(*usable).values(used_at=now).returning(OneTimeLink.person_id))
    person = session.get(Person, person_id) if person_id else None
    if person is None or person.disabled_at is not None:
        raise UsageError("The link is unknown, used or older than a day; ask for a new one.")
    check_new_password(password, person.name)
    person.password_hash, person.failures, person.locked_until = hash_password(password), 0, None
    person.version += 1
    end_sessions(session, person, now)
    return person


def first_link(session: Session, now: datetime) -> str | None:
    """Return a one-time link for the first account, `admin`; None where somebody has a password already."""
    if session.scalar(select(Person.id).where(Person.password_hash.is_not(None)).limit(1)) is not None:
        return None
    person = session.scalar(select(Person).where(Person.name == "admin"))
    if person is None:
        person = add_person(session, name="admin", full_name="", grants=[NewGrant(Role.ADMIN)], now=now)
    return make_link(session, person, now)
