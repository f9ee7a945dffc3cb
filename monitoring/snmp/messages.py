"""
The messages of SNMPv1 and v2c (RFC 1157, RFC 1901, RFC 3416): the fast codec.

Nothing here makes an object per type or value: an answer is three flat lists. Every length is checked against what
holds it before anything is read, so the work on a datagram grows with its size alone.
"""

from functools import lru_cache

from monitoring.errors import MalformedError
from monitoring.snmp.ber import encode_integer, encode_tlv, read_header
from monitoring.snmp.types import Answer, Request, Version


@lru_cache(maxsize=65536)
def _encode_binding(oid: bytes) -> bytes:
    return encode_tlv(0x30, encode_tlv(0x06, oid) + b"\x05\x00")


def encode_request(version: Version, community: bytes, request: Request) -> bytes:
    """Return the datagram of a question."""
    pdu = (
        encode_integer(request.request_id)
        + encode_integer(request.first)
        + encode_integer(request.second)
        + encode_tlv(0x30, b"".join(map(_encode_binding, request.oids)))
    )
    return encode_tlv(0x30, encode_integer(version) + encode_tlv(0x04, community) + encode_tlv(request.pdu, pdu))


class NativeCodec:
    """The codec of this module, as the engine wants it."""

    def encode(self, version: Version, community: bytes, request: Request) -> bytes:
        """Return the datagram of a question."""
        return encode_request(version, community, request)

    def decode(self, data: bytes) -> Answer:
        """Return the message in a datagram, or raise MalformedError."""
        return decode_answer(data)


def _read_integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    tag, start, stop = read_header(data, at, end)
    if tag != 0x02 or not 1 <= stop - start <= 8:
        raise MalformedError("The message lacks an integer where one belongs.")
    return int.from_bytes(data[start:stop], signed=True), stop


def decode_answer(data: bytes) -> Answer:
    """
    Return the message in a datagram.

    Raises:
        MalformedError: not a v1 or v2c message, or one that is not well formed.
    """
    tag, at, end = read_header(data, 0, len(data))
    if tag != 0x30:
        raise MalformedError("The datagram is not an SNMP message.")
    version, at = _read_integer(data, at, end)
    tag, start, at = read_header(data, at, end)
    if tag != 0x04 or version not in (0, 1):
        raise MalformedError("The datagram is not a message of SNMP version 1 or 2c.")
    community = data[start:at]
    pdu, at, end = read_header(data, at, end)
    request_id, at = _read_integer(data, at, end)
    error_status, at = _read_integer(data, at, end)
    error_index, at = _read_integer(data, at, end)
    tag, at, end = read_header(data, at, end)
    if tag != 0x30:
        raise MalformedError("The message lacks its list of variable bindings.")
    return Answer(version, community, pdu, request_id, error_status, error_index, *_read_bindings(data, at, end))


def _read_bindings(data: bytes, at: int, end: int) -> tuple[list[bytes], list[int], list[bytes]]:
    """Read the hot loop's worth: almost every element has a one-octet length, so that case is written out."""
    oids: list[bytes] = []
    tags: list[int] = []
    contents: list[bytes] = []
    add_oid, add_tag, add_content = oids.append, tags.append, contents.append
    try:
        while at < end:
            size, name_size = data[at + 1], data[at + 3]
            stop, name_end = at + 2 + size, at + 4 + name_size
            if (
                size > 0x7F
                or stop > end
                or name_end + 2 + data[name_end + 1] != stop
                or data[at] != 0x30
                or data[at + 2] != 0x06
            ):
                at = _read_long_binding(data, at, end, oids, tags, contents)
                continue
            add_oid(data[at + 4 : name_end])
            add_tag(data[name_end])
            add_content(data[name_end + 2 : stop])
            at = stop
    except IndexError:
        raise MalformedError("The message is cut short.") from None
    return oids, tags, contents


def _read_long_binding(
    data: bytes, at: int, end: int, oids: list[bytes], tags: list[int], contents: list[bytes]
) -> int:
    """Read one binding of any length form, append it to the lists, and return where the next begins."""
    tag, at, stop = read_header(data, at, end)
    name_tag, name, name_end = read_header(data, at, stop)
    value_tag, value, value_end = read_header(data, name_end, stop)
    if tag != 0x30 or name_tag != 0x06 or value_end != stop:
        raise MalformedError("A variable binding is not a name and a value.")
    oids.append(data[name:name_end])
    tags.append(value_tag)
    contents.append(data[value:value_end])
    return stop
