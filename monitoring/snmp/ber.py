"""
Basic Encoding Rules as far as SNMP needs them: headers, integers and object identifiers, always bounded.

Inside this package an object identifier is its BER content octets (`bytes`), so that comparing and slicing cost
nothing; dotted text appears only at the edges. Source: ITU-T X.690, RFC 3417 section 8.
"""

from functools import lru_cache

from monitoring.errors import MalformedError

MAX_ARCS = 128
MAX_ARC = 2**32 - 1


def encode_length(length: int) -> bytes:
    """Return the definite-form length octets."""
    if length < 0x80:
        return bytes((length,))
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((0x80 | len(octets),)) + octets


def encode_tlv(tag: int, content: bytes) -> bytes:
    """Return one element: tag, length, content."""
    return bytes((tag,)) + encode_length(len(content)) + content


def encode_integer(value: int, tag: int = 0x02) -> bytes:
    """Return an INTEGER (or a type tagged like one) in the fewest octets."""
    return encode_tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, signed=value < 0))


def _encode_arc(arc: int) -> bytes:
    octets = bytearray((arc & 0x7F,))
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    octets.reverse()
    return bytes(octets)


def encode_arcs(arcs: tuple[int, ...]) -> bytes:
    """Return the octets of a part of an object identifier that does not hold its first two arcs."""
    return b"".join(map(_encode_arc, arcs))


@lru_cache(maxsize=4096)
def encode_oid(dotted: str) -> bytes:
    """
    Return the content octets of a dotted object identifier.

    Raises:
        MalformedError: not dotted decimal, fewer than two arcs, or beyond 128 arcs of 32 bits (RFC 3416, section 4.1).
    """
    try:
        arcs = tuple(int(part) for part in dotted.lstrip(".").split("."))
    except ValueError:
        raise MalformedError(f"Object identifier {dotted[:80]!r}: write it as numbers with dots.") from None
    if len(arcs) < 2 or len(arcs) > MAX_ARCS or min(arcs) < 0 or max(arcs) > MAX_ARC or arcs[0] > 2:
        raise MalformedError(f"Object identifier {dotted[:80]!r}: it needs 2 to 128 numbers below 2^32.")
    return encode_arcs((arcs[0] * 40 + arcs[1], *arcs[2:]))


def decode_arcs(octets: bytes) -> tuple[int, ...]:
    """
    Return the arcs of (a part of) an object identifier; the first two arcs of a whole one stay joined.

    Raises:
        MalformedError: a truncated or padded arc, an arc beyond 32 bits, or more than 128 arcs.
    """
    if octets.isascii():  # every arc below 128: one octet each
        if len(octets) > MAX_ARCS:
            raise MalformedError("An object identifier has more than 128 arcs.")
        return tuple(octets)
    arcs, value, started = [], 0, False
    for octet in octets:
        if not started and octet == 0x80:
            raise MalformedError("An object identifier has a padded arc.")
        value = value << 7 | octet & 0x7F
        started = octet >= 0x80
        if value > MAX_ARC:
            raise MalformedError("An object identifier has an arc beyond 32 bits.")
        if not started:
            arcs.append(value)
            value = 0
    if started or len(arcs) > MAX_ARCS:
        raise MalformedError("An object identifier is cut short or has more than 128 arcs.")
    return tuple(arcs)


def decode_oid(octets: bytes) -> str:
    """
    Return an object identifier in dotted text.

    Raises:
        MalformedError: see `decode_arcs`; an empty identifier is malformed too.
    """
    arcs = decode_arcs(octets)
    if not arcs:
        raise MalformedError("An object identifier is empty.")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def read_header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """
    Return (tag, start of the content, end of the content) of the element at a position.

    Raises:
        MalformedError: indefinite form, multi-octet tag, or an element that reaches beyond `end`.
    """
    if end - at < 2:
        raise MalformedError("The message is cut short.")
    tag, length = data[at], data[at + 1]
    start = at + 2
    if tag & 0x1F == 0x1F:
        raise MalformedError("The message has a tag of several octets.")
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or end - start < count:
            raise MalformedError("The message has an unusable length.")
        length = int.from_bytes(data[start : start + count])
        start += count
    if length > end - start:
        raise MalformedError("The message is cut short.")
    return tag, start, start + length
