"""Accounts and their roles over HTTP."""

from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from ventspils.api.access import Administering, TheCentre, TheLog, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Json, ThePage
from ventspils.core import places
from ventspils.core.security import one_time_links, people
from ventspils.core.security.models import Person

router = APIRouter(prefix="/api/v1", tags=["people"])


class GrantBody(Body):
    """A role, over an institution by its name or over all."""

    role: str
    agency: str | None = None
    party: str | None = None


class PersonBody(Body):
    """A new account."""

    name: str
    full_name: str = Field("", max_length=200)
    grants: list[GrantBody] = Field(min_length=1, max_length=200)


class PersonChange(Body):
    """What may be changed of an account; what is absent stays."""

    full_name: str | None = Field(None, max_length=200)
    grants: list[GrantBody] | None = Field(None, max_length=200)
    disabled: bool | None = None
    without_code: Literal[True] | None = Field(None, description="ask for no phone's code any more, for a lost phone")


def _describe(person: Person, names: Mapping[str, str]) -> Json:
    return {
        "name": person.name,
        "full_name": person.full_name,
        "grants": [
            {"role": g.role, "agency": names.get(g.agency_id) if g.agency_id else None, "party": g.party}
            for g in person.grants
        ],
        "has_password": person.password_hash is not None,
        "totp": person.sealed_totp is not None,
        "disabled": person.disabled_at is not None,
        "version": person.version,
    }


@router.get("/people")
def list_people(session: TheSession, access: Administering, page: ThePage) -> Json:
    """List accounts."""
    names = places.agency_names(session)
    return page.of([_describe(person, names) for person in people.list_people(session)])


@router.post("/people", status_code=201)
def add_person(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, body: PersonBody) -> Json:
    """Add an account; the answer holds the one-time link, given this once, by which the person sets a password."""
    grants = [people.NewGrant(**grant.model_dump()) for grant in body.grants]
    person = people.add_person(session, name=body.name, full_name=body.full_name, grants=grants, now=centre.now())
    link = one_time_links.make_link(session, person, centre.now())
    log("person added", person.name, grants=[g.model_dump() for g in body.grants])
    return _describe(person, places.agency_names(session)) | {"link": link}


@router.patch("/people/{name}")
def change_person(
    centre: TheCentre,
    session: TheSession,
    access: Administering,
    log: TheLog,
    response: Response,
    name: str,
    body: PersonChange,
    if_match: IfMatch = None,
) -> Json:
    """Change an account, its roles, or shut it."""
    person = people.find_person(session, name)
    names = places.agency_names(session)
    before = _describe(person, names)
    take_version(person, if_match, before)
    people.change_person(
        session,
        person,
        full_name=body.full_name,
        grants=None if body.grants is None else [people.NewGrant(**grant.model_dump()) for grant in body.grants],
        is_disabled=body.disabled,
        forget_phone=body.without_code is True,
        now=centre.now(),
    )
    after = _describe(person, names)
    log.changed("person changed", name, before, after)
    show_version(response, person)
    return after


@router.post("/people/{name}/link", status_code=201)
def make_link(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, name: str) -> Json:
    """Make a fresh one-time link, for somebody who forgot the password."""
    person = people.find_person(session, name)
    log("link made", name)
    return {"name": name, "link": one_time_links.make_link(session, person, centre.now())}
