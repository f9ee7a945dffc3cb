"""The wire: SNMP messages, questions and answers, walks."""

from monitoring.snmp.ber import (
    decode_arcs,
    decode_oid,
    encode_arcs,
    encode_integer,
    encode_oid,
    encode_tlv,
    read_header,
)
from monitoring.snmp.engine import Engine, UdpEngine, name_of, open_engine
from monitoring.snmp.rows import Cells, Rows, expect, read_rows
from monitoring.snmp.types import Address, Pace, PduType, Target, Version
from monitoring.snmp.values import (
    ABSENT_TAGS,
    TIME_TICKS,
    InvalidValueError,
    read_number,
    read_text,
    read_unsigned_cells,
)
from monitoring.snmp.walks import Column, Table, align, read_next, walk_columns

__all__ = [
    "ABSENT_TAGS",
    "TIME_TICKS",
    "Address",
    "Cells",
    "Column",
    "Engine",
    "InvalidValueError",
    "Pace",
    "PduType",
    "Rows",
    "Table",
    "Target",
    "UdpEngine",
    "Version",
    "align",
    "decode_arcs",
    "decode_oid",
    "encode_arcs",
    "encode_integer",
    "encode_oid",
    "encode_tlv",
    "expect",
    "name_of",
    "open_engine",
    "read_header",
    "read_next",
    "read_number",
    "read_rows",
    "read_text",
    "read_unsigned_cells",
    "walk_columns",
]
