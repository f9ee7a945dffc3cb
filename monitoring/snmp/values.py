"""What a tag and its content octets mean: numbers, text, addresses, or the absence of them.

A zero-length number is absent, never 0. A counter of more octets than its type allows is invalid, never clipped. A counter
without its leading zero octet is read as the unsigned number it is. NaN and infinity are no values.
"""

import struct
from collections.abc import Sequence
from math import isfinite

import numpy as np
import numpy.typing as npt

from monitoring.snmp.ber import decode_oid

INTEGER, OCTET_STRING, NULL, OBJECT_IDENTIFIER = 0x02, 0x04, 0x05, 0x06
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64, UINTEGER32 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x47
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82

ABSENT_TAGS = frozenset((NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW))
_UNSIGNED_OCTETS = {COUNTER32: 4, GAUGE32: 4, TIME_TICKS: 4, UINTEGER32: 4, COUNTER64: 8}
_MAX_TEXT = 1024
_OPAQUE_FLOAT, _OPAQUE_DOUBLE = (b"\x9f\x78\x04", ">f"), (b"\x9f\x79\x08", ">d")


class InvalidValueError(ValueError):
    """The octets cannot be a value of their type."""


def read_number(tag: int, content: bytes) -> int | float | None:
    """Return the number, or None where there is none (absent, text, empty).

    Raises:
        InvalidValueError: too many octets for the type, or not a finite number.
    """
    if tag == INTEGER:
        if len(content) > 8:
            raise InvalidValueError("an INTEGER of more than 8 octets")
        return int.from_bytes(content, signed=True) if content else None
    if tag in _UNSIGNED_OCTETS:
        return _read_unsigned(content, _UNSIGNED_OCTETS[tag])
    if tag == OPAQUE:
        return _read_opaque(content)
    return None


def _read_unsigned(content: bytes, octets: int) -> int | None:
    if len(content) > octets + 1 or (len(content) > octets and content[0] != 0):
        raise InvalidValueError(f"a counter of {len(content)} octets where {octets} are allowed")
    return int.from_bytes(content) if content else None


def _read_opaque(content: bytes) -> float | None:
    """Read the float and double that net-snmp wraps in Opaque (its NET-SNMP-TC, section on opaque types)."""
    for prefix, form in (_OPAQUE_FLOAT, _OPAQUE_DOUBLE):
        if content.startswith(prefix) and len(content) == 3 + struct.calcsize(form):
            value = float(struct.unpack(form, content[3:])[0])
            if not isfinite(value):
                raise InvalidValueError("not a finite number")
            return value
    return None


def read_text(tag: int, content: bytes) -> str | None:
    """Return text of a device with control characters removed, None where there is no text. Never trusted, only shown."""
    if tag == OBJECT_IDENTIFIER:
        return decode_oid(content)
    if tag == IP_ADDRESS:
        return ".".join(map(str, content)) if len(content) == 4 else None
    if tag != OCTET_STRING:
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if text.isprintable():
        return text.strip()[:_MAX_TEXT]
    text = text.partition("\0")[0]
    return "".join(c if c.isprintable() else " " for c in text).strip()[:_MAX_TEXT]


def read_unsigned_column(
    tags: Sequence[int], contents: Sequence[bytes]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Return a column of unsigned numbers and which of them are valid.

    Args:
        tags: One BER tag a row.
        contents: Content octets, row by row.

    Returns:
        Numbers of shape (rows,) and a mask of the same shape; where the mask is False the number is 0 and means nothing.
    """
    kinds, sizes = set(tags), set(map(len, contents))
    if kinds == {INTEGER} and sizes == {1}:
        small = np.frombuffer(b"".join(contents), np.int8)
        return np.where(small >= 0, small, 0).astype(np.uint64), small >= 0
    longest = min((_UNSIGNED_OCTETS.get(kind, 0) for kind in kinds), default=0)
    if sizes and min(sizes) > 0 and max(sizes) <= longest:
        return np.fromiter(map(int.from_bytes, contents), np.uint64, len(contents)), np.ones(len(contents), np.bool_)
    numbers = np.zeros(len(contents), np.uint64)
    valid = np.zeros(len(contents), np.bool_)
    for row, (tag, content) in enumerate(zip(tags, contents, strict=True)):
        try:
            number = read_number(tag, content)
        except InvalidValueError:
            continue
        if isinstance(number, int) and number >= 0:
            numbers[row], valid[row] = number, True
    return numbers, valid

