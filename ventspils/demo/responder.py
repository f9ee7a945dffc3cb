"""
A bounded SNMP agent in plain octets: enough of v1 and v2c to answer GET, GETNEXT and GETBULK for simulated devices.

It shares nothing with the code that reads devices but the BER primitives, so a mistake there would have to be made
twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any  # whatever a device's values are functions of

from monitoring.errors import MalformedError
from monitoring.snmp import decode_arcs, encode_arcs, encode_integer, encode_tlv, read_header

Arcs = tuple[int, ...]
ValueOf = Callable[[Any, float], bytes]

_GET, _GET_NEXT, _RESPONSE, _GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
_NO_SUCH_OBJECT, _END_OF_MIB_VIEW = b"\x80\x00", b"\x82\x00"
_NO_SUCH_NAME = 2
_MOST_OCTETS = 1400
_MOST_QUESTIONS, _MOST_REPETITIONS = 128, 200


@dataclass(frozen=True)
class Layout:
    """
    The objects of a kind of device, in order: names as arcs, names encoded, and what gives their value.

    `values[k]` takes a device and a time and returns a whole element (tag, length, content).
    """

    names: Sequence[Arcs]
    encoded: Sequence[bytes]
    values: Sequence[ValueOf]

    @classmethod
    def of(cls, objects: dict[Arcs, ValueOf]) -> "Layout":
        """Return the layout of objects given by their names (first two arcs joined, as on the wire)."""
        names = sorted(objects)
        return cls(names, [encode_tlv(0x06, encode_arcs(name)) for name in names], [objects[name] for name in names])


@dataclass(frozen=True)
class _Question:
    version: int
    community: bytes
    pdu: int
    request_id: bytes
    first: int
    second: int
    names: list[Arcs]
    encoded: list[bytes]


def answer(datagram: bytes, community: bytes, layout: Layout, device: object, now_s: float) -> bytes | None:
    """Return the answer to a datagram, or None where an agent stays silent (malformed, wrong community, wrong PDU)."""
    try:
        question = _read(datagram)
    except (MalformedError, IndexError):
        return None
    if question.community != community or question.pdu not in (_GET, _GET_NEXT, _GET_BULK) or question.version > 1:
        return None
    if question.pdu == _GET_BULK and question.version == 0:
        return None
    if question.pdu == _GET_BULK:
        return _wrap(question, 0, 0, _bulk(question, layout, device, now_s))
    bindings = []
    for position, name in enumerate(question.names):
        place = _find(layout, name, question.pdu == _GET_NEXT)
        if place is None and question.version == 0:
            nothing = [encode_tlv(0x30, encoded + b"\x05\x00") for encoded in question.encoded]
            return _wrap(question, _NO_SUCH_NAME, position + 1, nothing)
        absent = _END_OF_MIB_VIEW if question.pdu == _GET_NEXT else _NO_SUCH_OBJECT
        bindings.append(_bind(layout, place, question.encoded[position], absent, device, now_s))
    return _wrap(question, 0, 0, bindings)


def _read(datagram: bytes) -> _Question:
    _, at, end = read_header(datagram, 0, len(datagram))
    _, start, at = read_header(datagram, at, end)
    version = int.from_bytes(datagram[start:at])
    _, start, at = read_header(datagram, at, end)
    community = datagram[start:at]
    pdu, at, end = read_header(datagram, at, end)
    integers = []
    for _ in range(3):
        _, start, at = read_header(datagram, at, end)
        integers.append(datagram[start:at])
    _, at, end = read_header(datagram, at, end)
    names: list[Arcs] = []
    encoded: list[bytes] = []
    while at < end and len(names) < _MOST_QUESTIONS:
        _, start, at = read_header(datagram, at, end)
        _, first, last = read_header(datagram, start, at)
        names.append(decode_arcs(datagram[first:last]))
        encoded.append(datagram[start:last])
    first_n, second_n = (int.from_bytes(octets, signed=True) for octets in integers[1:])
    return _Question(version, community, pdu, integers[0], max(0, first_n), max(0, second_n), names, encoded)


def _find(layout: Layout, name: Arcs, after: bool) -> int | None:
    place = bisect_right(layout.names, name) if after else bisect_left(layout.names, name)
    if place >= len(layout.names) or (not after and layout.names[place] != name):
        return None
    return place


def _bind(layout: Layout, place: int | None, asked: bytes, absent: bytes, device: object, now_s: float) -> bytes:
    if place is None:
        return encode_tlv(0x30, asked + absent)
    return encode_tlv(0x30, layout.encoded[place] + layout.values[place](device, now_s))


def _bulk(question: _Question, layout: Layout, device: object, now_s: float) -> list[bytes]:
    """Fill an answer row by row until it is as long as a datagram may be."""
    places = [_find(layout, name, after=True) for name in question.names]
    bindings: list[bytes] = []
    size = 0
    end = len(layout.names)
    for repetition in range(min(_MOST_REPETITIONS, max(1, question.second))):
        for position, start in enumerate(places):
            if position < question.first and repetition:
                continue
            place = None if start is None or start + repetition >= end else start + repetition
            bindings.append(_bind(layout, place, question.encoded[position], _END_OF_MIB_VIEW, device, now_s))
            size += len(bindings[-1])
            if size > _MOST_OCTETS:
                return bindings[:-1] or bindings
        if not question.second or all(start is None or start + repetition >= end for start in places):
            break
    return bindings


def _wrap(question: _Question, status: int, index: int, bindings: Sequence[bytes]) -> bytes:
    head = encode_tlv(0x02, question.request_id) + encode_integer(status) + encode_integer(index)
    pdu = encode_tlv(_RESPONSE, head + encode_tlv(0x30, b"".join(bindings)))
    return encode_tlv(0x30, encode_integer(question.version) + encode_tlv(0x04, question.community) + pdu)
