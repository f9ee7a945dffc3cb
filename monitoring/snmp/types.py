"""Plain values that the wire layer hands around."""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from pydantic import SecretStr

Address = tuple[str, int]


class Version(IntEnum):
    """The number that stands in an SNMP message for its version."""

    V1 = 0
    V2C = 1


class PduType(IntEnum):
    """The PDUs that the product sends, and the one that it accepts. There is no SET on purpose."""

    GET = 0xA0
    GET_NEXT = 0xA1
    RESPONSE = 0xA2
    GET_BULK = 0xA5


class Request(NamedTuple):
    """One question; for GETBULK `first` is non-repeaters and `second` max-repetitions, else both are zero."""

    pdu: PduType
    request_id: int
    first: int
    second: int
    oids: tuple[bytes, ...]


class Answer(NamedTuple):
    """A decoded message: three lists of equal length hold name, tag and content octets of its variable bindings."""

    version: int
    community: bytes
    pdu: int
    request_id: int
    error_status: int
    error_index: int
    oids: list[bytes]
    tags: list[int]
    contents: list[bytes]


@dataclass
class Pace:
    """How much a device takes at once; remembered between its polls and lowered when it is too much."""

    bindings: int = 100
    timeout_s: float = 1.0


@dataclass(frozen=True)
class Target:
    """A device to ask: where, in which version, with which community."""

    address: Address
    version: Version = Version.V2C
    community: SecretStr = field(default_factory=lambda: SecretStr("public"))
    tries: int = 4
    any_source: bool = False
    pace: Pace = field(default_factory=Pace, compare=False)

    @cached_property
    def community_octets(self) -> bytes:
        """The community as it stands in messages."""
        return self.community.get_secret_value().encode()
