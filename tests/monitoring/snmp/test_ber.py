import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.errors import MalformedError
from monitoring.snmp.ber import decode_arcs, decode_oid, encode_integer, encode_length, encode_oid, read_header

arcs = st.integers(0, 2**32 - 1)
oids = st.builds(
    lambda first, second, rest: ".".join(map(str, (first, second, *rest))),
    st.integers(0, 2),
    st.integers(0, 39),
    st.lists(arcs, max_size=126),
)


@given(oids)
def test_an_object_identifier_survives_the_round_trip(dotted: str) -> None:
    assert decode_oid(encode_oid(dotted)) == dotted


@given(st.lists(arcs, min_size=1, max_size=20), st.lists(arcs, min_size=1, max_size=20))
def test_decoded_arcs_are_ordered_as_numbers_are(a: list[int], b: list[int]) -> None:
    left, right = (decode_arcs(encode_oid(".".join(map(str, (1, 3, *x))))) for x in (a, b))
    assert (left < right) == (a < b)


@pytest.mark.parametrize(
    ("dotted", "octets"),
    [  # X.690, 8.19.5 gives {2 100 3}; the others are calculated by hand
        ("2.100.3", "813403"),
        ("1.3.6.1.2.1.1.3.0", "2b06010201010300"),
        ("1.3.6.1.4.1.2636", "2b060104019" + "44c"),
    ],
)
def test_known_identifiers_have_their_octets(dotted: str, octets: str) -> None:
    assert encode_oid(dotted).hex() == octets


@pytest.mark.parametrize(
    "octets",
    ["2b8001", "2b9080808000", "2b" + "90" * 5, "2b" + "01" * 128, "2b81", "2bffffffff7f"],
    ids=["padded arc", "beyond 32 bits", "cut short", "129 arcs", "ends inside an arc", "33 bits"],
)
def test_an_unusable_identifier_is_refused(octets: str) -> None:
    with pytest.raises(MalformedError):
        decode_arcs(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (0, "020100"),
        (127, "02017f"),
        (128, "02020080"),
        (-1, "0201ff"),
        (-129, "0202ff7f"),
        (2**31 - 1, "02047fffffff"),
    ],
)
def test_integers_take_the_fewest_octets(value: int, octets: str) -> None:
    assert encode_integer(value).hex() == octets


@pytest.mark.parametrize(("length", "octets"), [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100")])
def test_lengths_are_in_definite_form(length: int, octets: str) -> None:
    assert encode_length(length).hex() == octets


@pytest.mark.parametrize("octets", ["30", "3080", "3085" + "00" * 5, "3003", "3f0100", "308200"])
def test_a_header_that_lies_is_refused(octets: str) -> None:
    data = bytes.fromhex(octets)
    with pytest.raises(MalformedError):
        read_header(data, 0, len(data))
