"""The fast codec against pysnmp's, which is independent of it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitoring.errors import MalformedError
from monitoring.snmp.ber import encode_integer, encode_oid, encode_tlv
from monitoring.snmp.messages import NativeCodec
from monitoring.snmp.pysnmp_codec import PysnmpCodec
from monitoring.snmp.types import Answer, PduType, Request, Version
from tests.soak import times

native, oracle = NativeCodec(), PysnmpCodec()
names = st.lists(st.integers(0, 2**32 - 1), max_size=12).map(lambda rest: encode_oid(".".join(map(str, (1, 3, *rest)))))
values = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(encode_integer),
    st.binary(max_size=300).map(lambda b: encode_tlv(0x04, b)),
    st.integers(0, 2**32 - 1).map(lambda n: encode_integer(n, 0x41)),
    st.integers(0, 2**64 - 1).map(lambda n: encode_integer(n, 0x46)),
    st.sampled_from([b"\x05\x00", b"\x80\x00", b"\x81\x00", b"\x82\x00", b"\x40\x04\x7f\x00\x00\x01"]),
)
requests = st.builds(
    Request,
    st.sampled_from([PduType.GET, PduType.GET_NEXT]),
    st.integers(0, 2**31 - 1),
    st.just(0),
    st.just(0),
    st.lists(names, min_size=1, max_size=8).map(tuple),
)


def message(bindings: list[tuple[bytes, bytes]], *, request_id: int = 5, version: int = 1) -> bytes:
    listed = b"".join(encode_tlv(0x30, encode_tlv(0x06, name) + value) for name, value in bindings)
    pdu = encode_tlv(
        0xA2, encode_integer(request_id) + encode_integer(0) + encode_integer(0) + encode_tlv(0x30, listed)
    )
    return encode_tlv(0x30, encode_integer(version) + encode_tlv(0x04, b"public") + pdu)


@given(requests, st.sampled_from(Version), st.binary(max_size=20))
@settings(max_examples=times(60), deadline=None)
def test_both_codecs_write_the_same_questions(request: Request, version: Version, community: bytes) -> None:
    assert native.encode(version, community, request) == oracle.encode(version, community, request)


def test_both_codecs_write_the_same_bulk_question() -> None:
    request = Request(PduType.GET_BULK, 77, 1, 25, (encode_oid("1.3.6.1.2.1.1.3"), encode_oid("1.3.6.1.2.1.2.2.1.10")))
    assert native.encode(Version.V2C, b"c", request) == oracle.encode(Version.V2C, b"c", request)


@given(st.lists(st.tuples(names, values), max_size=20))
@settings(max_examples=times(60), deadline=None)
def test_both_codecs_read_the_same_answers(bindings: list[tuple[bytes, bytes]]) -> None:
    assert native.decode(message(bindings)) == oracle.decode(message(bindings))


@given(st.lists(st.tuples(names, values), min_size=1, max_size=5), st.data())
@settings(max_examples=times(200), deadline=None)
def test_what_the_fast_codec_reads_of_a_damaged_message_the_other_reads_alike(
    bindings: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    damaged = bytearray(message(bindings))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        expected: Answer | None = oracle.decode(bytes(damaged))
    except MalformedError:
        expected = None
    try:
        found: Answer | None = native.decode(bytes(damaged))
    except MalformedError:
        found = None
    if found is not None and expected is not None and found.pdu == PduType.RESPONSE:
        assert found[:6] == expected[:6]


@given(st.binary(max_size=2000))
@example(b"\x30\x80")
@example(b"\x30" * 2000)
@settings(max_examples=times(300), deadline=None)
def test_octets_from_anywhere_are_refused_or_read_and_nothing_else(octets: bytes) -> None:
    for codec in (native, oracle):
        try:
            codec.decode(octets)
        except MalformedError:
            continue


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_truncated_answer_is_refused(cut: int) -> None:
    whole = message([(encode_oid("1.3.6.1.2.1.1.3.0"), b"\x43\x02\x10\x00")])
    with pytest.raises(MalformedError):
        native.decode(whole[:-cut])


def test_lengths_in_long_form_are_read() -> None:
    name = encode_oid("1.3.6.1.2.1.1.5.0")
    binding = b"\x30\x82\x00\x0f\x06\x81\x08" + name + b"\x04\x82\x00\x00"
    pdu = encode_tlv(
        0xA2, encode_integer(1) + encode_integer(0) + encode_integer(0) + b"\x30\x81" + bytes([len(binding)]) + binding
    )
    found = native.decode(encode_tlv(0x30, encode_integer(1) + encode_tlv(0x04, b"c") + pdu))
    assert (found.oids, found.tags, found.contents) == ([name], [4], [b""])


def test_the_largest_datagram_is_read_whole() -> None:
    name = encode_oid("1.3.6.1.2.1.31.1.1.1.6.1")
    whole = message([(name, encode_integer(7, 0x46))] * 3600)
    assert 60_000 < len(whole) < 65_508
    assert len(native.decode(whole).oids) == 3600
