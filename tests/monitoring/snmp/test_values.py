import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.snmp.values import (
    COUNTER32,
    COUNTER64,
    GAUGE32,
    INTEGER,
    NO_SUCH_INSTANCE,
    OCTET_STRING,
    OPAQUE,
    TIME_TICKS,
    InvalidValueError,
    read_number,
    read_text,
    read_unsigned_cells,
)


@pytest.mark.parametrize(
    ("tag", "octets", "number"),
    [
        (INTEGER, "ff", -1), (INTEGER, "7f", 127), (INTEGER, "", None),
        (COUNTER32, "00ffffffff", 2**32 - 1), (COUNTER32, "ffffffff", 2**32 - 1), (COUNTER32, "", None),
        (COUNTER64, "00ffffffffffffffff", 2**64 - 1), (COUNTER64, "ffffffffffffffff", 2**64 - 1),
        (TIME_TICKS, "0100", 256), (NO_SUCH_INSTANCE, "", None), (OCTET_STRING, "31", None),
        (OPAQUE, "9f7804" + struct.pack(">f", 23.5).hex(), 23.5), (OPAQUE, "9f7908" + struct.pack(">d", -0.1).hex(),
        -0.1),
        (OPAQUE, "9f7804", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_were_meant(tag: int, octets: str, number: float | None) -> None:
    assert read_number(tag, bytes.fromhex(octets)) == number


@pytest.mark.parametrize(
    ("tag", "octets"),
    [
        (COUNTER32, "0100000000"), (COUNTER32, "000000000001"), (COUNTER64, "01" + "00" * 8), (GAUGE32, "01" * 9),
        (INTEGER, "00" * 9),
        (OPAQUE, "9f7804" + struct.pack(">f", math.nan).hex()),
        (OPAQUE, "9f7804" + struct.pack(">f", math.inf).hex()),
    ],
)  # fmt: skip
def test_an_impossible_number_is_invalid_and_never_clipped(tag: int, octets: str) -> None:
    with pytest.raises(InvalidValueError):
        read_number(tag, bytes.fromhex(octets))


cell = st.one_of(
    st.tuples(st.sampled_from([COUNTER32, GAUGE32, TIME_TICKS, COUNTER64, INTEGER]), st.binary(max_size=10)),
    st.tuples(st.just(NO_SUCH_INSTANCE), st.just(b"")),
    st.tuples(st.just(OCTET_STRING), st.binary(max_size=3)),
)


@given(st.lists(cell, max_size=30))
def test_cells_together_are_read_like_each_alone(cells: list[tuple[int, bytes]]) -> None:
    numbers, valid = read_unsigned_cells([tag for tag, _ in cells], [content for _, content in cells])
    for (tag, content), number, is_valid in zip(cells, numbers.tolist(), valid.tolist(), strict=True):
        try:
            expected = read_number(tag, content)
        except InvalidValueError:
            expected = None
        assert (number if is_valid else None) == (expected if isinstance(expected, int) and expected >= 0 else None)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"plain", "plain"),
        ("šķūnis".encode(), "šķūnis"),
        (b"caf\xe9", "café"),
        (b"a\x00b", "a"),
        (b"a\x1b[31mb\r\n", "a [31mb"),
        (b"", ""),
    ],
)
def test_text_of_a_device_is_shown_without_control_characters(octets: bytes, text: str) -> None:
    assert read_text(OCTET_STRING, octets) == text


def test_endless_text_is_cut() -> None:
    assert len(read_text(OCTET_STRING, b"x" * 60_000) or "") == 1024
