"""
Who may do what: roles, what each allows, over which institutions. One policy function; what it does not allow is
denied.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ventspils.core.errors import VentspilsError


class NotAllowedError(VentspilsError):
    """The caller's roles do not reach this far."""


class Action(StrEnum):
    """What a route lets its caller do."""

    SEE = "see"
    OPERATE = "operate"
    CONFIGURE = "configure"
    ADMINISTER = "administer"
    AUDIT = "audit"
    WRITE = "write"
    SURVEY = "survey"  # see the digging half
    PLAN = "plan"  # change it
    REPORT = "report"  # draw up a report of savings
    APPROVE = "approve"  # let somebody else's be issued


class Role(StrEnum):
    """What a person is; `WRITER` is for machines that send points and do nothing else."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    PLANNER = "planner"
    MANAGER = "manager"
    PARTNER = "partner"
    ADMIN = "admin"
    WRITER = "writer"


_ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.SEE}),
    Role.OPERATOR: frozenset({Action.SEE, Action.OPERATE, Action.SURVEY}),
    Role.PLANNER: frozenset({Action.SEE, Action.SURVEY, Action.PLAN, Action.REPORT}),
    Role.MANAGER: frozenset({Action.SEE, Action.AUDIT, Action.SURVEY, Action.REPORT, Action.APPROVE}),
    Role.PARTNER: frozenset({Action.SURVEY, Action.PLAN}),  # another party's planner: its own digs, and no network
    Role.ADMIN: frozenset(Action),
    Role.WRITER: frozenset({Action.WRITE}),
}


@dataclass(frozen=True)
class Grant:
    """A role over one institution, over one party (a partner's), or, where both are None, over all."""

    role: Role
    agency_id: str | None = None
    party: str | None = None


@dataclass(frozen=True)
class Scope:
    """The institutions and parties that something may be done to."""

    is_all: bool
    agency_ids: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.is_all or bool(self.agency_ids) or bool(self.parties)

    def has(self, agency_id: str | None) -> bool:
        """Whether an institution is within; what belongs to none is within everything only."""
        return self.is_all or (agency_id is not None and agency_id in self.agency_ids)

    def has_party(self, party: str) -> bool:
        """Whether a party's digs are within."""
        return self.is_all or party in self.parties


@dataclass(frozen=True)
class Caller:
    """Who calls: a person, a machine with a token, or the centre's own commands."""

    name: str
    grants: tuple[Grant, ...]
    person_id: str | None = None
    session_id: str | None = None


def scope_of(grants: Iterable[Grant], action: Action) -> Scope:
    """Return over which institutions grants allow an action. Every permission of the centre is decided here."""
    able = [grant for grant in grants if action in _ALLOWED[grant.role]]
    return Scope(
        any(grant.agency_id is None and grant.party is None for grant in able),
        frozenset(grant.agency_id for grant in able if grant.agency_id is not None),
        frozenset(grant.party for grant in able if grant.party is not None),
    )


@dataclass(frozen=True)
class Access:
    """A caller with the scope of what the route lets it do."""

    caller: Caller
    action: Action
    scope: Scope

    def require(self, agency_id: str | None) -> None:
        """
        Let pass what lies within the scope.

        Raises:
            NotAllowedError: the object belongs to an institution outside.
        """
        if not self.scope.has(agency_id):
            raise NotAllowedError(f"Your roles do not allow to {self.action} here.")
