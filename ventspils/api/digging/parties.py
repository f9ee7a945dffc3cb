"""Parties over HTTP: who digs or asks for it, with their rules and contacts."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, SecretStr

from gis.register import parties
from gis.register.models import Party
from ventspils.api.access import Planning, SurveyingSome, TheCentre, TheLog, TheSession
from ventspils.api.etags import IfMatch, show_version, take_version
from ventspils.api.paging import Body, Json, ThePage
from ventspils.centre.owner_notices import set_address
from ventspils.core.i18n import Language

router = APIRouter(prefix="/api/v1", tags=["chances"])


class PartyBody(Body):
    """
    Who digs or asks for it, and what counts as near for it; its chances are told to `address`, which is never given
    back.
    """

    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Annotated[str, Field(max_length=100)] = ""
    contact: Annotated[str, Field(max_length=500)] = ""
    phone: Annotated[str, Field(max_length=100)] = ""
    within_m: Annotated[float, Field(ge=0, le=1000)] = 5.0
    within_days: Annotated[int, Field(ge=0, le=3660)] = 183
    least_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    join_weeks: Annotated[int, Field(ge=0, le=104)] = 8
    address: Annotated[SecretStr | None, Field(max_length=2000)] = None
    language: Language = "lv"


@router.get("/parties")
def list_parties(session: TheSession, access: SurveyingSome, page: ThePage) -> Json:
    """List who digs or asks for it, with its rules."""
    return page.of([_describe_party(row) for row in parties.list_parties(session)])


def _describe_party(row: Party) -> Json:
    names = ("id", *(name for name in PartyBody.model_fields if name != "address"), "version")
    return {name: getattr(row, name) for name in names} | {"is_told": row.sealed_address is not None}


@router.post("/parties", status_code=201)
def add_party(
    centre: TheCentre, session: TheSession, access: Planning, log: TheLog, response: Response, body: PartyBody
) -> Json:
    """Add a party."""
    row = parties.new_party(session, body.model_dump(exclude={"address"}))
    set_address(centre, row, body.address)
    session.add(row)
    session.flush()
    log("party added", row.name)
    show_version(response, row)
    return _describe_party(row)


@router.patch("/parties/{party_id}")
def change_party(
    centre: TheCentre,
    session: TheSession,
    access: Planning,
    log: TheLog,
    response: Response,
    party_id: str,
    body: PartyBody,
    if_match: IfMatch = None,
) -> Json:
    """Change a party's rules and contacts; its name is what its works say and stays."""
    row = parties.find_party(session, party_id)
    parties.check_name(row, body.name)
    take_version(row, if_match, _describe_party(row))
    changes = body.model_dump(exclude_unset=True, exclude={"address"})
    if "address" in body.model_fields_set:
        set_address(centre, row, body.address)
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()
    log("party changed", row.name, after=changes)
    show_version(response, row)
    return _describe_party(row)
