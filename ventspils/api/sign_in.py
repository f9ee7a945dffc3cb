"""Signing in and out over HTTP, the first account, and what people may do by themselves."""

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr

from ventspils.api.access import Administering, TheCaller, TheCentre, TheLog, TheSession
from ventspils.api.paging import Body, Json
from ventspils.centre.state import Centre
from ventspils.core import places
from ventspils.core.errors import UsageError
from ventspils.core.security import audit, one_time_links, people, sessions
from ventspils.core.security.passwords import totp_address
from ventspils.core.security.roles import Action, scope_of
from ventspils.core.settings import LOOPBACK

router = APIRouter(prefix="/api/v1", tags=["people"])
_CLIENT_HEADER, _LONGEST_ADDRESS = "X-Client-Address", 64


class SignInBody(Body):
    """Name and password, and the code from the phone where the account asks for one."""

    name: str = Field(max_length=100)
    password: SecretStr = Field(max_length=1000)
    code: str | None = Field(None, max_length=10)


class PasswordLinkBody(Body):
    """A one-time link and the password to set by it."""

    link: SecretStr
    password: SecretStr = Field(max_length=1000)


class PasswordBody(Body):
    """The caller's own password, once more."""

    password: SecretStr = Field(max_length=1000)


class TotpCodeBody(Body):
    """A code from the phone."""

    code: str = Field(max_length=10)


def _address_of(request: Request, centre: Centre) -> str:
    """Return from where somebody comes: as our own pages say, or else as the connection does."""
    peer = request.client.host if request.client else ""
    is_ours = peer in LOOPBACK or centre.settings.api.behind_proxy
    return request.headers.get(_CLIENT_HEADER, peer)[:_LONGEST_ADDRESS] if is_ours else peer


@router.post("/tokens", status_code=201)
def sign_in(centre: TheCentre, request: Request, body: SignInBody) -> Json:
    """Sign a person in. Wrong tries are counted and make the next ones wait."""
    centre.sign_in_limit.take(_address_of(request, centre))
    with centre.sessions() as session:
        try:
            if not people.has_person(session, body.name):
                # As soon as a known name would be, so that nobody learns which are.
                centre.unknown_limit.take(body.name.lower())
            password = body.password.get_secret_value()
            text = people.sign_in(
                session, centre.vault, name=body.name, password=password, code=body.code, now=centre.now()
            )
            audit.record(session, actor=body.name, what="signed in", on=body.name, now=centre.now())
        finally:
            session.commit()
    return {"token": text}


@router.post("/passwords", status_code=201)
def set_password(centre: TheCentre, session: TheSession, request: Request, body: PasswordLinkBody) -> Json:
    """Set a password by a one-time link; the link is the only proof."""
    centre.sign_in_limit.take(_address_of(request, centre))
    person = one_time_links.use_link(
        session, body.link.get_secret_value(), body.password.get_secret_value(), centre.now()
    )
    audit.record(session, actor=person.name, what="password set", on=person.name, now=centre.now())
    return {"name": person.name}


@router.get("/me")
def read_me(session: TheSession, caller: TheCaller) -> Json:
    """Tell who calls, and what for which institutions the caller may do."""
    person = people.find_caller(session, caller)
    names = places.agency_names(session)
    may = {action: scope_of(caller.grants, action) for action in Action}
    return {
        "name": caller.name,
        "full_name": person.full_name if person else caller.name,
        "roles": sorted({grant.role.value for grant in caller.grants}),
        "may": {
            action.value: {
                "all": scope.is_all,
                "agencies": sorted(names.get(a, a) for a in scope.agency_ids),
                "parties": sorted(scope.parties),
            }
            for action, scope in may.items()
            if scope
        },
        "totp": person.sealed_totp is not None if person else False,
        "is_wall": caller.person_id is None and caller.session_id is not None,
    }


@router.delete("/me/session")
def sign_out(centre: TheCentre, session: TheSession, caller: TheCaller, log: TheLog) -> Json:
    """Sign out: the token is worth nothing any more, in any tab."""
    if caller.session_id is None or caller.person_id is None:
        raise UsageError("Only a person's session can be signed out.")
    sessions.revoke_session(session, caller.session_id, centre.now())
    log("signed out", caller.name)
    return {"name": caller.name}


@router.post("/me/totp", status_code=201)
def begin_totp(centre: TheCentre, session: TheSession, caller: TheCaller, log: TheLog, body: PasswordBody) -> Json:
    """Make a secret for the person's phone; it counts once confirmed."""
    person = people.require_caller(session, caller)
    centre.sign_in_limit.take(person.name)
    secret = people.begin_totp(person, centre.vault, body.password.get_secret_value())
    log("phone code begun", person.name)
    return {"secret": secret, "address": totp_address(secret, person.name)}


@router.post("/me/totp/confirm")
def confirm_totp(centre: TheCentre, session: TheSession, caller: TheCaller, log: TheLog, body: TotpCodeBody) -> Json:
    """Ask for the phone's code from now on."""
    person = people.require_caller(session, caller)
    people.confirm_totp(person, centre.vault, body.code, centre.now())
    log("phone code on", person.name)
    return {"totp": True}


@router.post("/first-link", status_code=201)
def make_first_link(centre: TheCentre, session: TheSession, access: Administering, log: TheLog) -> Json:
    """Make the one-time link of the first account, `admin`; null where somebody has a password already."""
    link = one_time_links.first_link(session, centre.now())
    if link is not None:
        log("first link made", "admin")
    return {"name": "admin", "link": link}
