"""People over HTTP: signing in and out, accounts and roles, wall views, machines' tokens, the audit log."""

from typing import Any, Literal  # Any: JSON documents

from fastapi import APIRouter, Request, Response
from pydantic import Field, SecretStr
from sqlalchemy import func, select

from ventspils.api.access import Administering, Auditing, TheCaller, TheCentre, TheLog, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Json, ThePage
from ventspils.centre.state import Centre
from ventspils.core.errors import NotFoundError, UsageError
from ventspils.core.places import Agency
from ventspils.core.security import audit, people
from ventspils.core.security.models import AuditEntry, Person, SessionRow
from ventspils.core.security.passwords import totp_address
from ventspils.core.security.roles import Action, Caller, NotAllowedError, scope_of
from ventspils.core.security.tokens import add_token, list_tokens, revoke_token
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


class TotpCodeBody(Body):
    """A code from the phone."""

    code: str = Field(max_length=10)


class WallBody(Body):
    """Which institution a wall view shows; all unless told."""

    agency_id: str | None = None


class TokenBody(Body):
    """A new token of a machine."""

    name: str
    scope: str


# --- signing in and out ---


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
                centre.unknown_limit.take(
                    body.name.lower()
                )  # as soon as a known name would be, so that nobody learns which are
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
    person = people.use_link(session, body.link.get_secret_value(), body.password.get_secret_value(), centre.now())
    audit.record(session, actor=person.name, what="password set", on=person.name, now=centre.now())
    return {"name": person.name}


@router.get("/me")
def read_me(session: TheSession, caller: TheCaller) -> Json:
    """Tell who calls, and what for which institutions the caller may do."""
    person = session.get(Person, caller.person_id) if caller.person_id else None
    names = dict(session.execute(select(Agency.id, Agency.name)).all())
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
    people.revoke_session(session, caller.session_id, centre.now())
    log("signed out", caller.name)
    return {"name": caller.name}


def _myself(session: TheSession, caller: Caller) -> Person:
    person = session.get(Person, caller.person_id) if caller.person_id else None
    if person is None:
        raise NotAllowedError("Only a signed-in person has a phone's code.")
    return person


@router.post("/me/totp", status_code=201)
def begin_totp(centre: TheCentre, session: TheSession, caller: TheCaller, log: TheLog, body: PasswordBody) -> Json:
    """Make a secret for the person's phone; it counts once confirmed."""
    person = _myself(session, caller)
    centre.sign_in_limit.take(person.name)
    secret = people.begin_totp(person, centre.vault, body.password.get_secret_value())
    log("phone code begun", person.name)
    return {"secret": secret, "address": totp_address(secret, person.name)}


@router.post("/me/totp/confirm")
def confirm_totp(centre: TheCentre, session: TheSession, caller: TheCaller, log: TheLog, body: TotpCodeBody) -> Json:
    """Ask for the phone's code from now on."""
    person = _myself(session, caller)
    people.confirm_totp(person, centre.vault, body.code, centre.now())
    log("phone code on", person.name)
    return {"totp": True}


@router.post("/first-link", status_code=201)
def make_first_link(centre: TheCentre, session: TheSession, access: Administering, log: TheLog) -> Json:
    """Make the one-time link of the first account, `admin`; null where somebody has a password already."""
    link = people.first_link(session, centre.now())
    if link is not None:
        log("first link made", "admin")
    return {"name": "admin", "link": link}


# --- accounts ---


def _describe(person: Person, names: dict[str, str]) -> Json:
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


def _names(session: TheSession) -> dict[str, str]:
    return dict(session.execute(select(Agency.id, Agency.name)).all())


@router.get("/people")
def list_people(session: TheSession, access: Administering, page: ThePage) -> Json:
    """List accounts."""
    names = _names(session)
    return page.of([_describe(p, names) for p in session.scalars(select(Person).order_by(Person.name))])


@router.post("/people", status_code=201)
def add_person(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, body: PersonBody) -> Json:
    """Add an account; the answer holds the one-time link, given this once, by which the person sets a password."""
    grants = [people.NewGrant(**grant.model_dump()) for grant in body.grants]
    person = people.add_person(session, name=body.name, full_name=body.full_name, grants=grants, now=centre.now())
    link = people.make_link(session, person, centre.now())
    log("person added", person.name, grants=[g.model_dump() for g in body.grants])
    return _describe(person, _names(session)) | {"link": link}


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
    names = _names(session)
    before = _describe(person, names)
    take_version(person, if_match, before)
    if body.full_name is not None:
        person.full_name = body.full_name
    if body.grants is not None:
        people.set_grants(session, person, [people.NewGrant(**grant.model_dump()) for grant in body.grants])
    if body.disabled is not None:
        person.disabled_at = centre.now() if body.disabled else None
        if body.disabled:
            people.end_sessions(session, person, centre.now())
    if body.without_code:
        person.sealed_totp = person.sealed_new_totp = None
    session.flush()
    people.keep_an_administrator(session)
    after = _describe(person, names)
    log("person changed", name, changes={k: [before[k], after[k]] for k in after if before[k] != after[k]})
    show_version(response, person)
    return after


@router.post("/people/{name}/link", status_code=201)
def make_link(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, name: str) -> Json:
    """Make a fresh one-time link, for somebody who forgot the password."""
    person = people.find_person(session, name)
    log("link made", name)
    return {"name": name, "link": people.make_link(session, person, centre.now())}


@router.post("/walls", status_code=201)
def open_wall(
    centre: TheCentre, session: TheSession, caller: TheCaller, access: Administering, log: TheLog, body: WallBody
) -> Json:
    """Make a read-only view for a screen on the wall; its link is given this once and lives until it is revoked."""
    if body.agency_id is not None and session.get(Agency, body.agency_id) is None:
        raise NotFoundError(f"Institution {body.agency_id!r} is unknown.")
    row, text = people.open_wall(session, _myself(session, caller), agency_id=body.agency_id, now=centre.now())
    log("wall view made", row.id)
    return {"id": row.id, "token": text}


@router.get("/walls")
def list_walls(session: TheSession, access: Administering, page: ThePage) -> Json:
    """List the wall views that are valid."""
    rows = session.scalars(select(SessionRow).where(SessionRow.is_wall, SessionRow.revoked_at.is_(None)))
    return page.of(
        [{"id": r.id, "agency_id": r.agency_id, "made_by": r.person.name, "created_at": r.created_at} for r in rows]
    )


@router.delete("/walls/{wall_id}")
def revoke_wall(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, wall_id: str) -> Json:
    """Revoke a wall view."""
    people.revoke_session(session, wall_id, centre.now())
    log("wall view revoked", wall_id)
    return {"id": wall_id}


# --- machines ---


@router.post("/machine-tokens", status_code=201)
def make_token(centre: TheCentre, session: TheSession, access: Administering, log: TheLog, body: TokenBody) -> Json:
    """Make a token for a machine; its text is given this once."""
    token, text = add_token(session, name=body.name, scope=body.scope, now=centre.now())
    log("token made", token.name, scope=token.scope)
    return {"id": token.id, "name": token.name, "scope": token.scope, "token": text}


@router.get("/machine-tokens")
def list_machine_tokens(session: TheSession, access: Administering, page: ThePage) -> Json:
    """List the valid tokens, without their texts."""
    found = list_tokens(session)
    return page.of([{"id": t.id, "name": t.name, "scope": t.scope, "created_at": t.created_at} for t in found])


@router.delete("/machine-tokens/{token_id}")
def revoke_machine_token(
    centre: TheCentre, session: TheSession, access: Administering, log: TheLog, token_id: str
) -> Json:
    """Make a token invalid."""
    token = revoke_token(session, token_id, centre.now())
    log("token revoked", token.name)
    return {"id": token.id, "name": token.name, "revoked_at": token.revoked_at}


# --- the audit log ---


@router.get("/audit")
def list_audit(session: TheSession, access: Auditing, page: ThePage) -> Json:
    """List changes, newest first."""
    total = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    chosen = select(AuditEntry).order_by(AuditEntry.number.desc()).offset(page.start).limit(page.limit)
    names = ("number", "at", "actor", "what", "object", "detail")
    items: list[dict[str, Any]] = [{name: getattr(e, name) for name in names} for e in session.scalars(chosen)]
    return page.part(items, total)


@router.get("/audit/verified")
def verify_audit(session: TheSession, access: Auditing) -> Json:
    """Go through the whole chain of the audit log."""
    found = audit.verify(session)
    return {"entries": found.entries, "head": found.head}
