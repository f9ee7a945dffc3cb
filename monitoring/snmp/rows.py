"""
Reading a table whose rows are known, or can be guessed from a device of the same model.

The agent's answer is held against the names that are expected, as one comparison of lists; only values are looked at
one by one. An answer that differs in anything ends the attempt, and the caller walks the table without expectations.
"""

import asyncio
from dataclasses import dataclass
from functools import lru_cache

from monitoring.errors import AgentError, NoAnswerError
from monitoring.snmp.engine import Engine
from monitoring.snmp.types import PduType, Target, Version
from monitoring.snmp.values import END_OF_MIB_VIEW

_TRIES = 2


@dataclass(frozen=True)
class Rows:
    """
    Columns over row indexes. `names` holds their identifiers row by row, which is the order in
    which agents give them.
    """

    columns: tuple[bytes, ...]
    indexes: tuple[bytes, ...]
    names: list[bytes]

    @property
    def asked(self) -> list[bytes]:
        """The identifiers to ask with: those `width` long from a position bring the names from that position on."""
        return [*self.columns, *self.names]


@lru_cache(maxsize=512)
def expect(columns: tuple[bytes, ...], indexes: tuple[bytes, ...]) -> Rows:
    """Return the rows; devices of the same model share them."""
    return Rows(columns, indexes, [column + index for index in indexes for column in columns])


@dataclass
class Cells:
    """
    Values of a table, row by row: BER tags and content octets, `len(columns)` a row.

    `scalar` holds tag and content of the scalar that was asked along, which came at `scalar_s` in loop time.
    """

    tags: list[int]
    contents: list[bytes]
    requests: int = 0
    scalar: tuple[int, bytes] | None = None
    scalar_s: float = 0.0


async def read_rows(
    engine: Engine, target: Target, rows: Rows, *, deadline: float, scalar: bytes | None = None
) -> Cells | None:
    """
    Return the cells of the expected rows, or None where the device has other rows or does not answer wide questions.

    Args:
        engine: Asks.
        target: The device; its pace bounds the size of a question.
        rows: What is expected.
        deadline: Loop time to give up.
        scalar: An object without its last arc, 0, to ask along in the first question (as non-repeater, RFC 3416,
            section 4.2.3).
    """
    if target.version == Version.V1:
        return None
    cells = Cells([], [])
    also = scalar
    width, total, asked, position = len(rows.columns), len(rows.names), rows.asked, 0
    while True:
        # One row more than is expected, so that a new one shows.
        repetitions = min(max(1, target.pace.bindings // width), (total - position) // width + 2)
        oids = tuple(asked[position : position + width]) if also is None else (also, *asked[:width])
        cells.requests += 1
        try:
            answer = await engine.ask(
                target,
                PduType.GET_BULK,
                oids,
                first=0 if also is None else 1,
                second=repetitions,
                tries=_TRIES,
                deadline=deadline,
            )
        except (NoAnswerError, AgentError):
            return None
        if also is not None:
            if answer.oids[0] != also + b"\0":
                return None
            cells.scalar, cells.scalar_s = (answer.tags[0], answer.contents[0]), asyncio.get_running_loop().time()
            del answer.oids[0], answer.tags[0], answer.contents[0]
            also = None
        count = min(len(answer.oids), total - position)
        if answer.oids[:count] != rows.names[position : position + count]:
            return None
        cells.tags += answer.tags[:count]
        cells.contents += answer.contents[:count]
        position += count
        if position == total and len(answer.oids) > count:
            return None if _has_more(rows, answer.oids[count:], answer.tags[count:], total) else cells


def _has_more(rows: Rows, oids: list[bytes], tags: list[int], position: int) -> bool:
    """Whether what comes after the last expected name is a further row."""
    width = len(rows.columns)
    return any(
        oid.startswith(rows.columns[(position + k) % width]) and tag != END_OF_MIB_VIEW
        for k, (oid, tag) in enumerate(zip(oids, tags, strict=True))
        if k < width
    )
