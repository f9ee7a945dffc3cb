"""A scripted agent: a real UDP socket whose every answer the test decides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from pydantic import SecretStr

from monitoring.snmp.ber import encode_integer, encode_oid, encode_tlv, read_header
from monitoring.snmp.engine import UdpEngine, open_engine
from monitoring.snmp.types import Pace, Target, Version

Binding = tuple[str, bytes]


@dataclass
class Asked:
    """A question as the agent sees it."""

    version: int
    community: bytes
    pdu: int
    request_id: bytes
    oids: list[bytes]
    repetitions: int


def read_question(data: bytes) -> Asked:
    _, at, end = read_header(data, 0, len(data))
    _, start, at = read_header(data, at, end)
    version = int.from_bytes(data[start:at])
    _, start, at = read_header(data, at, end)
    community = data[start:at]
    pdu, at, end = read_header(data, at, end)
    integers = []
    for _ in range(3):
        _, start, at = read_header(data, at, end)
        integers.append(data[start:at])
    _, at, end = read_header(data, at, end)
    oids = []
    while at < end:
        _, start, at = read_header(data, at, end)
        _, first, last = read_header(data, start, at)
        oids.append(data[first:last])
    return Asked(version, community, pdu, integers[0], oids, int.from_bytes(integers[2]))


def build_answer(
    asked: Asked, bindings: list[Binding], *, status: int = 0, index: int = 0, request_id: bytes | None = None,
    community: bytes | None = None, version: int | None = None, pdu: int = 0xA2,
) -> bytes:  # fmt: skip
    listed = b"".join(encode_tlv(0x30, encode_tlv(0x06, encode_oid(name)) + value) for name, value in bindings)
    inner = encode_tlv(0x02, request_id or asked.request_id) + encode_integer(status) + encode_integer(index)
    inner = encode_tlv(pdu, inner + encode_tlv(0x30, listed))
    head = encode_integer(asked.version if version is None else version)
    return encode_tlv(0x30, head + encode_tlv(0x04, asked.community if community is None else community) + inner)


@dataclass
class Agent(asyncio.DatagramProtocol):
    """Answers with what `script` returns for a question: datagrams, sent in order."""

    script: Callable[[Asked], list[bytes]] = lambda asked: []
    asked: list[Asked] = field(default_factory=list)
    address: tuple[str, int] = ("", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = read_question(data)
        self.asked.append(question)
        for datagram in self.script(question):
            self.transport.sendto(datagram, addr)  # type: ignore[attr-defined]

    def target(
        self, *, version: Version = Version.V2C, tries: int = 3, timeout_s: float = 0.15, any_source: bool = False
    ) -> Target:
        return Target(self.address, version, SecretStr("public"), tries, any_source, Pace(timeout_s=timeout_s))


async def open_agent() -> Agent:
    loop = asyncio.get_running_loop()
    transport, agent = await loop.create_datagram_endpoint(Agent, local_addr=("127.0.0.1", 0))
    agent.address = transport.get_extra_info("sockname")[:2]
    return agent


@pytest_asyncio.fixture
async def agent() -> AsyncIterator[Agent]:
    opened = await open_agent()
    yield opened
    opened.transport.close()


@pytest_asyncio.fixture
async def other_agent() -> AsyncIterator[Agent]:
    opened = await open_agent()
    yield opened
    opened.transport.close()


@pytest_asyncio.fixture(params=["native", "pysnmp"])
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[UdpEngine]:
    opened = open_engine(request.param)
    yield opened
    opened.close()


@pytest.fixture
def answered() -> Callable[..., bytes]:
    return build_answer


@pytest.fixture
def soon() -> Callable[[], float]:
    return lambda: asyncio.get_running_loop().time() + 5
