"""
What a tag and its content octets mean: numbers, text, addresses, or the absence of them.

A zero-length number is absent, never 0. A counter of more octets than its type allows is invalid, never clipped. A
counter without its leading zero octet is read as the unsigned number it is. NaN and infinity are no values.
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
_MOST_OCTETS = np.zeros(256, np.int64)
_MOST_OCTETS[[INTEGER, *_UNSIGNED_OCTETS]] = [8, *_UNSIGNED_OCTETS.values()]
_MAX_TEXT = 1024
_OPAQUE_FLOAT, _OPAQUE_DOUBLE = (b"\x9f\x78\x04", ">f"), (b"\x9f\x79\x08", ">d")


class InvalidValueError(ValueError):
    """The octets cannot be a value of their type."""


def read_number(tag: int, content: bytes) -> int | float | None:
    """
    Return the number, or None where there is none (absent, text, empty).

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
    """
    Return text of a device with control characters removed, None where there is no text. Never
    trusted, only shown.
    """
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


def read_unsigned_cells(
    tags: Sequence[int], contents: Sequence[bytes]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """
    Return unsigned numbers and which of them are valid.

    Args:
        tags: One BER tag a cell.
        contents: Content octets, cell by cell.

    Returns:
        Numbers of shape (cells,) and a mask of the same shape; where the mask is False the number is 0 and means
        nothing.
    """
    kinds = np.frombuffer(bytes(tags), np.uint8)
    sizes = np.fromiter(map(len, contents), np.int64, len(contents))
    plain = (sizes > 0) & (sizes <= _MOST_OCTETS[kinds])
    if not plain.all():
        return _read_some(tags, contents, plain)
    numbers = np.fromiter(map(int.from_bytes, contents), np.uint64, len(contents))
    negative = (kinds == INTEGER) & (numbers >> (8 * sizes - 1).astype(np.uint64) != 0)
    return np.where(negative, np.uint64(0), numbers), ~negative


def _read_some(
    tags: Sequence[int], contents: Sequence[bytes], plain: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.bool_]]:
    """Read cells of which some are absent, padded or invalid: the plain ones together, the others one by one."""
    numbers, valid = np.zeros(len(tags), np.uint64), np.zeros(len(tags), np.bool_)
    easy = np.flatnonzero(plain).tolist()
    if easy:
        numbers[plain], valid[plain] = read_unsigned_cells([tags[k] for k in easy], [contents[k] for k in easy])
    for cell in np.flatnonzero(~plain).tolist():
        try:
            number = read_number(tags[cell], contents[cell])
        except InvalidValueError:
            continue
        if isinstance(number, int) and number >= 0:
            numbers[cell], valid[cell] = number, True
    return numbers, valid
