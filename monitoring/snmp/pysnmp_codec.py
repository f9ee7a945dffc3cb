"""
The second codec: messages and PDUs of pysnmp, read and written by pyasn1.

Slower by two orders of magnitude, and independent: it is the oracle of the fast one and can be chosen with
`snmp.engine`. Values stay undecoded here (`Any`), so that tolerant numbers are read in one place,
`monitoring.snmp.values`.
"""

from typing import Any  # pysnmp and pyasn1 come without types

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, univ
from pysnmp.proto import rfc1905
from pysnmp.proto.api import v2c

from monitoring.errors import MalformedError
from monitoring.snmp.ber import encode_arcs, read_header
from monitoring.snmp.types import Answer, PduType, Request, Version

_PDUS = {
    PduType.GET: rfc1905.GetRequestPDU,
    PduType.GET_NEXT: rfc1905.GetNextRequestPDU,
    PduType.GET_BULK: rfc1905.GetBulkRequestPDU,
}


class _RawBinding(univ.Sequence):
    componentType = namedtype.NamedTypes(  # noqa: N815 - pyasn1's name
        namedtype.NamedType("name", univ.ObjectIdentifier()), namedtype.NamedType("value", univ.Any())
    )


class _RawBindings(univ.SequenceOf):
    componentType = _RawBinding()  # noqa: N815 - pyasn1's name


class _RawResponse(univ.Sequence):
    tagSet = rfc1905.ResponsePDU.tagSet  # noqa: N815 - pyasn1's name
    componentType = namedtype.NamedTypes(  # noqa: N815 - pyasn1's name
        namedtype.NamedType("request-id", univ.Integer()),
        namedtype.NamedType("error-status", univ.Integer()),
        namedtype.NamedType("error-index", univ.Integer()),
        namedtype.NamedType("variable-bindings", _RawBindings()),
    )


class _RawMessage(univ.Sequence):
    componentType = namedtype.NamedTypes(  # noqa: N815 - pyasn1's name
        namedtype.NamedType("version", univ.Integer()),
        namedtype.NamedType("community", univ.OctetString()),
        namedtype.NamedType("data", _RawResponse()),
    )


def _arcs_to_octets(arcs: tuple[int, ...]) -> bytes:
    if len(arcs) < 2 or len(arcs) > 128 or max(arcs) > 0xFFFFFFFF:
        raise MalformedError("An object identifier is not of 2 to 128 numbers below 2^32.")
    return encode_arcs((arcs[0] * 40 + arcs[1], *arcs[2:]))


class PysnmpCodec:
    """The codec of pysnmp, as the engine wants it."""

    def encode(self, version: Version, community: bytes, request: Request) -> bytes:
        """Return the datagram of a question."""
        pdu: Any = _PDUS[request.pdu]()
        bindings = [(_dotted_arcs(oid), v2c.Null("")) for oid in request.oids]
        if request.pdu == PduType.GET_BULK:
            v2c.apiBulkPDU.set_defaults(pdu)
            v2c.apiBulkPDU.set_non_repeaters(pdu, request.first)
            v2c.apiBulkPDU.set_max_repetitions(pdu, request.second)
            api: Any = v2c.apiBulkPDU
        else:
            api = v2c.apiPDU
            api.set_defaults(pdu)
        api.set_request_id(pdu, request.request_id)
        api.set_varbinds(pdu, bindings)
        message: Any = v2c.Message()
        v2c.apiMessage.set_defaults(message)
        message.setComponentByPosition(0, int(version))
        v2c.apiMessage.set_community(message, community)
        v2c.apiMessage.set_pdu(message, pdu)
        return bytes(encoder.encode(message))

    def decode(self, data: bytes) -> Answer:
        """Return the message in a datagram, or raise MalformedError."""
        try:
            message, _ = decoder.decode(data, asn1Spec=_RawMessage())
            response = message["data"]
            bindings = [(tuple(b["name"]), bytes(b["value"])) for b in response["variable-bindings"]]
            head = [int(response[name]) for name in ("request-id", "error-status", "error-index")]
            version, community = int(message["version"]), bytes(message["community"])
        except (PyAsn1Error, ValueError, IndexError, TypeError, OverflowError, RecursionError) as error:
            raise MalformedError("The datagram is not an SNMP response.") from error
        oids = [_arcs_to_octets(arcs) for arcs, _ in bindings]
        elements = [(value, read_header(value, 0, len(value))) for _, value in bindings]
        tags = [header[0] for _, header in elements]
        contents = [value[start:end] for value, (_, start, end) in elements]
        request_id, status, index = head
        return Answer(version, community, PduType.RESPONSE, request_id, status, index, oids, tags, contents)


def _dotted_arcs(oid: bytes) -> tuple[int, ...]:
    from monitoring.snmp.ber import decode_arcs

    first, *rest = decode_arcs(oid)
    return (min(first // 40, 2), first - 40 * min(first // 40, 2), *rest)
