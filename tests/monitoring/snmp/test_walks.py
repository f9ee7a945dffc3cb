import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from monitoring.snmp.ber import encode_integer, encode_oid
from monitoring.snmp.engine import UdpEngine, open_engine
from monitoring.snmp.types import Version
from monitoring.snmp.walks import Column, align, read_next, walk_columns
from ventspils.demo.responder import Layout, answer

TABLE = "1.3.6.1.2.1.2.2.1"
Answered = Callable[..., bytes]


def element(value: int) -> Callable[[object, float], bytes]:
    return lambda device, now: encode_integer(value, 0x41)


def layout(columns: dict[int, list[int]]) -> Layout:
    """A table with the given rows a column, an object before and one after it; values are column x 1000 + row."""
    head = (43, 6, 1, 2, 1)
    objects = {(*head, 1, 3, 0): element(1), (*head, 99, 1): element(2)}
    for column, rows in columns.items():
        objects |= {(*head, 2, 2, 1, column, row): element(column * 1000 + row) for row in rows}
    return Layout.of(objects)


def oids(*columns: int) -> list[bytes]:
    return [encode_oid(f"{TABLE}.{column}") for column in columns]


async def walked(
    engine: UdpEngine, target: Any, columns: list[bytes], **options: Any
) -> tuple[list[dict[int, int]], Any]:
    walk = await walk_columns(engine, target, columns, deadline=asyncio.get_running_loop().time() + 20, **options)
    found = [
        {int.from_bytes(s): int.from_bytes(c) for s, c in zip(x.suffixes, x.contents, strict=True)}
        for x in walk.columns
    ]
    return found, walk


def serve(agent: Any, what: Layout) -> None:
    def script(_: Any) -> list[bytes]:
        return []

    agent.script = script
    original = agent.datagram_received

    def received(data: bytes, source: tuple[str, int]) -> None:
        original(data, source)
        reply = answer(data, b"public", what, None, 0.0)
        if reply is not None:
            agent.transport.sendto(reply, source)

    agent.datagram_received = received


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(
    "columns",
    [
        {1: [1, 2, 3], 2: [1, 2, 3]},
        {1: list(range(1, 120)), 2: list(range(1, 120)), 7: list(range(1, 120))},
        {1: [1, 2, 3], 2: [2], 3: [1, 3]},
        {2: [5, 6]},
        {1: [], 2: [1, 2], 3: []},
        {1: [1], 2: list(range(1, 100))},
    ],
    ids=["small", "several answers", "with holes", "first column absent", "only the middle one", "of different length"],
)
async def test_columns_come_back_whole(
    engine: UdpEngine, agent: Any, version: Version, columns: dict[int, list[int]]
) -> None:
    serve(agent, layout(columns))
    asked = sorted({1, 2, 3, *columns})
    found, walk = await walked(engine, agent.target(version=version), oids(*asked))
    assert walk.stopped is None
    assert found == [{row: column * 1000 + row for row in columns.get(column, [])} for column in asked]


async def test_a_walk_goes_on_after_losses_and_never_starts_again(agent: Any) -> None:
    rows = list(range(1, 101))
    what = layout({1: rows, 2: rows})
    serve(agent, what)
    inner, count = agent.datagram_received, [0]

    def lossy(data: bytes, source: tuple[str, int]) -> None:
        count[0] += 1
        if count[0] % 3:  # every third question arrives
            agent.asked.append(None)
            return
        inner(data, source)

    agent.datagram_received = lossy
    engine = open_engine()
    found, walk = await walked(engine, agent.target(timeout_s=0.02), oids(1, 2))
    engine.close()
    assert walk.stopped is None
    assert found[0] == {row: 1000 + row for row in rows}
    starts = [q.oids[0] for q in agent.asked if q is not None]
    assert starts == sorted(starts, key=lambda o: (len(o), o))


async def test_identifiers_that_do_not_increase_stop_the_walk_within_one_further_request(
    engine: UdpEngine, agent: Any, answered: Answered
) -> None:
    agent.script = lambda q: [answered(q, [(f"{TABLE}.1.{row}", encode_integer(row)) for row in (1, 2, 3)])]
    found, walk = await walked(engine, agent.target(), oids(1))
    assert "do not increase" in (walk.stopped or "")
    assert found == [{1: 1, 2: 2, 3: 3}]
    assert len(agent.asked) == 2


async def test_rows_are_capped(engine: UdpEngine, agent: Any) -> None:
    serve(agent, layout({1: list(range(1, 128))}))
    found, walk = await walked(engine, agent.target(), oids(1), max_rows=50)
    assert len(found[0]) == 50
    assert "more than 50 rows" in (walk.stopped or "")


async def test_an_endless_table_ends_at_the_cap(agent: Any, answered: Answered) -> None:
    def endless(question: Any) -> list[bytes]:
        start = int.from_bytes(question.oids[0][9:])
        return [
            answered(
                question, [(f"{TABLE}.1.{row}", encode_integer(1)) for row in range(start + 1, min(start + 21, 128))]
            )
        ]

    agent.script = endless
    engine = open_engine()
    found, _ = await walked(engine, agent.target(), oids(1), max_rows=100)
    engine.close()
    assert len(found[0]) == 100


async def test_too_big_is_answered_with_a_smaller_question(engine: UdpEngine, agent: Any, answered: Answered) -> None:
    rows = {f"{TABLE}.1.{row}": encode_integer(row) for row in range(1, 8)}

    def script(question: Any) -> list[bytes]:
        if question.repetitions > 10:
            return [answered(question, [], status=1)]
        left = [(name, value) for name, value in rows.items() if encode_oid(name)[9:] > question.oids[0][9:]]
        return [answered(question, (left or [("1.3.6.1.2.1.2.2.1.2.1", encode_integer(0))])[: question.repetitions])]

    agent.script = script
    target = agent.target()
    found, walk = await walked(engine, target, oids(1))
    assert walk.stopped is None
    assert found == [{row: row for row in range(1, 8)}]
    assert target.pace.bindings <= 12


async def test_an_agent_that_dies_leaves_what_was_read_and_the_reason(agent: Any, answered: Answered) -> None:
    agent.script = lambda q: [answered(q, [(f"{TABLE}.1.1", encode_integer(1))])] if len(agent.asked) == 1 else []
    engine = open_engine()
    loop = asyncio.get_running_loop()
    walk = await walk_columns(engine, agent.target(timeout_s=0.05), oids(1), deadline=loop.time() + 1)
    engine.close()
    assert len(walk.columns[0].names) == 1
    assert "does not answer" in (walk.stopped or "")


async def test_the_next_object_below_each_identifier_is_found(engine: UdpEngine, agent: Any) -> None:
    serve(agent, layout({1: [4]}))
    loop = asyncio.get_running_loop()
    for version in Version:
        found = await read_next(engine, agent.target(version=version), oids(1, 2, 9), deadline=loop.time() + 5)
        assert [x and x[0] for x in found] == [b"\x04", None, None]


def test_aligned_columns_have_the_rows_of_all(answered: Answered) -> None:
    first = Column(b"\x2b\x01", [b"\x2b\x01\x01", b"\x2b\x01\x03"], [2, 2], [b"\x01", b"\x03"])
    second = Column(b"\x2b\x02", [b"\x2b\x02\x02"], [2], [b"\x02"])
    table = align([first, second])
    assert table.indexes == [b"\x01", b"\x02", b"\x03"]
    assert [c.contents for c in table.columns] == [[b"\x01", b"", b"\x03"], [b"", b"\x02", b""]]
    assert [c.tags for c in table.columns] == [[2, 0x81, 2], [0x81, 2, 0x81]]
