"""The rules of the wire; every engine must keep each of them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from monitoring.errors import AgentError, NoAnswerError
from monitoring.snmp.ber import encode_integer, encode_oid
from monitoring.snmp.engine import UdpEngine
from monitoring.snmp.types import PduType, Target, Version

UPTIME = "1.3.6.1.2.1.1.3.0"
OID = encode_oid(UPTIME)
TICKS = encode_integer(1234, 0x43)
Answered = Callable[..., bytes]
Soon = Callable[[], float]


async def ask(engine: UdpEngine, target: Target, soon: Soon) -> list[bytes]:
    answer = await engine.ask(target, PduType.GET, (OID,), deadline=soon())
    return answer.contents


async def test_an_answer_is_read(engine: UdpEngine, agent: Any, answered: Answered, soon: Soon) -> None:
    agent.script = lambda q: [answered(q, [(UPTIME, TICKS)])]
    assert await ask(engine, agent.target(), soon) == [TICKS[2:]]


@pytest.mark.parametrize("version", list(Version))
async def test_the_question_says_version_and_community(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon, version: Version
) -> None:
    agent.script = lambda q: [answered(q, [(UPTIME, TICKS)])]
    await ask(engine, agent.target(version=version), soon)
    assert (agent.asked[0].version, agent.asked[0].community) == (version, b"public")


async def test_request_ids_are_random_over_31_bits(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon
) -> None:
    agent.script = lambda q: [answered(q, [(UPTIME, TICKS)])]
    for _ in range(40):
        await ask(engine, agent.target(), soon)
    ids = [int.from_bytes(q.request_id) for q in agent.asked]
    assert len(set(ids)) == 40
    assert max(ids) < 2**31
    assert max(ids) - min(ids) > 2**28


WRONG: dict[str, Callable[[Any, Answered], bytes]] = {
    "garbage": lambda q, answered: b"\xff" * 50,
    "nothing": lambda q, answered: b"",
    "cut short": lambda q, answered: answered(q, [(UPTIME, TICKS)])[:-3],
    "another request id": lambda q, answered: answered(q, [(UPTIME, TICKS)], request_id=b"\x01"),
    "another community": lambda q, answered: answered(q, [(UPTIME, TICKS)], community=b"private"),
    "another version": lambda q, answered: answered(q, [(UPTIME, TICKS)], version=0),
    "another object": lambda q, answered: answered(q, [("1.3.6.1.2.1.1.5.0", TICKS)]),
    "more objects": lambda q, answered: answered(q, [(UPTIME, TICKS), ("1.3.6.1.2.1.1.5.0", TICKS)]),
    "not a response": lambda q, answered: answered(q, [(UPTIME, TICKS)], pdu=0xA0),
    "a padded identifier": lambda q, answered: answered(q, [(UPTIME, TICKS)]).replace(
        OID, b"\x2b\x06\x01\x02\x01\x80\x03\x00"
    ),
}


@pytest.mark.parametrize("kind", WRONG)
async def test_a_wrong_answer_is_ignored_and_the_true_one_after_it_counts(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon, kind: str
) -> None:
    agent.script = lambda q: [WRONG[kind](q, answered), answered(q, [(UPTIME, TICKS)])]
    assert await ask(engine, agent.target(), soon) == [TICKS[2:]]
    assert len(agent.asked) == 1


@pytest.mark.parametrize("kind", [k for k in WRONG if k != "nothing"])
async def test_wrong_answers_alone_end_in_no_answer_that_says_so(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon, kind: str
) -> None:
    agent.script = lambda q: [WRONG[kind](q, answered)]
    with pytest.raises(NoAnswerError, match="ignored"):
        await ask(engine, agent.target(tries=1), soon)


async def test_an_answer_from_another_address_is_ignored(
    engine: UdpEngine, agent: Any, other_agent: Any, answered: Answered, soon: Soon
) -> None:
    target = agent.target(tries=2)
    stranger = other_agent.transport

    def script(question: Any) -> list[bytes]:
        me = engine._sockets[2].getsockname()
        stranger.sendto(answered(question, [(UPTIME, encode_integer(6, 0x43))]), ("127.0.0.1", me[1]))
        return []

    agent.script = script
    with pytest.raises(NoAnswerError, match="from another address"):
        await ask(engine, target, soon)
    assert await ask(engine, agent.target(any_source=True), soon) == [b"\x06"]


async def test_a_lost_question_is_asked_again_with_the_same_id(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon
) -> None:
    agent.script = lambda q: [answered(q, [(UPTIME, TICKS)])] if len(agent.asked) == 3 else []
    assert await ask(engine, agent.target(tries=3), soon) == [TICKS[2:]]
    assert len({q.request_id for q in agent.asked}) == 1


async def test_silence_ends_with_one_sentence_that_says_what_to_check(
    engine: UdpEngine, agent: Any, soon: Soon
) -> None:
    with pytest.raises(NoAnswerError, match="check address, version, community"):
        await ask(engine, agent.target(tries=2), soon)
    assert len(agent.asked) == 2


async def test_nothing_is_sent_after_the_deadline(engine: UdpEngine, agent: Any) -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(NoAnswerError):
        await engine.ask(agent.target(tries=50), PduType.GET, (OID,), deadline=started + 0.4)
    assert loop.time() - started < 0.7


async def test_an_error_status_is_told(engine: UdpEngine, agent: Any, answered: Answered, soon: Soon) -> None:
    agent.script = lambda q: [answered(q, [(UPTIME, b"\x05\x00")], status=5, index=1)]
    with pytest.raises(AgentError, match="genErr") as raised:
        await ask(engine, agent.target(), soon)
    assert (raised.value.status, raised.value.index) == (5, 1)


async def test_a_late_answer_harms_no_later_question(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon
) -> None:
    late: list[bytes] = []

    def script(question: Any) -> list[bytes]:
        old, late[:] = list(late), [answered(question, [(UPTIME, encode_integer(len(agent.asked), 0x43))])]
        return [*old, *(late if len(agent.asked) > 1 else [])]

    agent.script = script
    with pytest.raises(NoAnswerError):
        await ask(engine, agent.target(tries=1), soon)
    assert await ask(engine, agent.target(tries=1), soon) == [b"\x02"]


async def test_an_answer_of_64_kilobytes_is_read_whole(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon
) -> None:
    big = b"\x04\x82\xf0\x00" + b"x" * 0xF000
    agent.script = lambda q: [answered(q, [(UPTIME, big)])]
    (content,) = await ask(engine, agent.target(), soon)
    assert len(content) == 0xF000


async def test_an_address_that_cannot_be_reached_is_said_so(engine: UdpEngine, soon: Soon) -> None:
    with pytest.raises(NoAnswerError, match=r"cannot be reached|does not answer"):
        await ask(engine, Target(("255.255.255.255", 161), tries=1), soon)


async def test_many_questions_at_once_get_each_its_own_answer(
    engine: UdpEngine, agent: Any, answered: Answered, soon: Soon
) -> None:
    agent.script = lambda q: [answered(q, [(UPTIME, encode_integer(int.from_bytes(q.request_id), 0x43))])]
    answers = await asyncio.gather(
        *(engine.ask(agent.target(), PduType.GET, (OID,), deadline=soon()) for _ in range(50))
    )
    assert all(int.from_bytes(a.contents[0]) == a.request_id for a in answers)


def test_there_is_no_way_to_set_anything() -> None:
    assert {pdu.name for pdu in PduType} == {"GET", "GET_NEXT", "GET_BULK", "RESPONSE"}
