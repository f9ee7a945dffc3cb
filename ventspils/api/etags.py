"""
Editing what somebody else may edit too: a change names, as If-Match, the version it was made from
(RFC 9110, 13.1.1).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol  # JSON documents

from fastapi import Header, Response

from ventspils.core.errors import VentspilsError


class StaleError(VentspilsError):
    """Somebody else changed the object meanwhile; `present` is how it is now."""

    def __init__(self, message: str, *, present: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.present = present


class NoVersionError(VentspilsError):
    """A change does not say from which version it was made."""


class Versioned(Protocol):
    """Anything with a version."""

    version: int


IfMatch = Annotated[str | None, Header(alias="If-Match")]


def tag_of(thing: Versioned) -> str:
    """Return the ETag of an object."""
    return f'"{thing.version}"'


def show_version(response: Response, thing: Versioned) -> None:
    """Send the ETag of an object along with it."""
    response.headers["ETag"] = tag_of(thing)


def take_version(thing: Versioned, if_match: str | None, present: Mapping[str, Any]) -> None:
    """Let a change pass that was made from the present version, and count the version up; see `check_version`."""
    check_version(thing, if_match, present)
    thing.version += 1


def check_version(thing: Versioned, if_match: str | None, present: Mapping[str, Any]) -> None:
    """
    Let a change pass that was made from the present version.

    Raises:
        NoVersionError: the change names none.
        StaleError: it was made from another; the object as it is now comes along.
    """
    if if_match is None:
        raise NoVersionError("Send the ETag that came with the object as If-Match.")
    if if_match != tag_of(thing):
        raise StaleError(
            "Somebody else changed this meanwhile; look at the present state and decide again.", present=present
        )
