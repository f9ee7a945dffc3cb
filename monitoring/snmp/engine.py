"""
Asking agents over UDP: one socket a family, many questions at once, one at a time a device.

The rules, whichever codec reads the datagrams: an answer counts only if it comes from the address that was asked, with
the request id, version and community of the question and, for GET, with its object identifiers. Everything else is
counted and ignored while the wait goes on; nothing but the deadline ends it. Time is the event loop's monotonic clock.
"""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from monitoring.errors import AgentError, MalformedError, NoAnswerError
from monitoring.snmp.types import Address, Answer, PduType, Request, Target, Version

_RECEIVE_BUFFER_BYTES = 8 << 20
_DATAGRAMS_PER_WAKE = 256
_STATUS_NAMES = [
    "noError",
    "tooBig",
    "noSuchName",
    "badValue",
    "readOnly",
    "genErr",
    "noAccess",
    "wrongType",
    "wrongLength",
    "wrongEncoding",
]


class Codec(Protocol):
    """Turns questions into datagrams and datagrams into answers."""

    def encode(self, version: Version, community: bytes, request: Request) -> bytes:
        """Return the datagram of a question."""

    def decode(self, data: bytes) -> Answer:
        """Return the message in a datagram, or raise MalformedError."""


class Engine(Protocol):
    """What walks, inspection and sweeps need of SNMP."""

    async def ask(
        self,
        target: Target,
        pdu: PduType,
        oids: tuple[bytes, ...],
        *,
        deadline: float,
        first: int = 0,
        second: int = 0,
        tries: int | None = None,
    ) -> Answer:
        """Return the one valid answer to a question."""

    def close(self) -> None:
        """Close the sockets."""


@dataclass(slots=True, eq=False)
class _Pending:
    target: Target
    request: Request
    done: asyncio.Future[Answer]
    datagram: bytes
    tries_left: int
    deadline: float
    seen: Counter[str] | None = None
    timer: asyncio.TimerHandle | None = None


class _RandomIds:
    """Unpredictable numbers of 31 bits, fetched from the system many at a time."""

    _AT_ONCE = 1024

    def __init__(self) -> None:
        self._octets, self._used = b"", 0

    def next(self) -> int:
        """Return the next number."""
        if self._used == len(self._octets):
            self._octets, self._used = os.urandom(4 * self._AT_ONCE), 0
        start, self._used = self._used, self._used + 4
        return int.from_bytes(self._octets[start : self._used]) >> 1


class UdpEngine:
    """The engine: sockets, retries and checks around a codec."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._sockets: dict[int, socket.socket] = {}
        self._by_id: dict[int, _Pending] = {}
        self._by_address: dict[Address, _Pending] = {}
        self._buffer = memoryview(bytearray(65536))
        self._ids = _RandomIds()
        self.counts: Counter[str] = Counter()

    async def ask(
        self,
        target: Target,
        pdu: PduType,
        oids: tuple[bytes, ...],
        *,
        deadline: float,
        first: int = 0,
        second: int = 0,
        tries: int | None = None,
    ) -> Answer:
        """
        Return the one valid answer to a question.

        Args:
            target: The device; `pace.timeout_s` is how long a try waits.
            pdu: What kind of question.
            oids: Object identifiers as content octets.
            deadline: Loop time after which nothing more is sent or awaited.
            first: Non-repeaters of GETBULK.
            second: Max-repetitions of GETBULK.
            tries: How often the question is sent at most; the target's own number unless told.

        Raises:
            NoAnswerError: the deadline or the last try passed; the sentence says what came instead.
            AgentError: the agent answered with an error status.
        """
        loop = asyncio.get_running_loop()
        request = Request(pdu, self._new_id(), first, second, oids)
        datagram = self._codec.encode(target.version, target.community_octets, request)
        tries = target.tries if tries is None else tries
        pending = _Pending(target, request, loop.create_future(), datagram, tries, deadline)
        self._by_id[request.request_id] = self._by_address[target.address] = pending
        try:
            self._send(loop, pending)
            answer = await pending.done
        finally:
            if pending.timer:
                pending.timer.cancel()
            del self._by_id[request.request_id]
            if self._by_address.get(target.address) is pending:
                del self._by_address[target.address]
        if answer.error_status:
            raise _agent_error(target, answer)
        return answer

    def close(self) -> None:
        """Close the sockets; questions still open get no answer."""
        for sock in self._sockets.values():
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self._sockets.clear()

    def _new_id(self) -> int:
        while (request_id := self._ids.next()) in self._by_id:
            pass
        return request_id

    def _send(self, loop: asyncio.AbstractEventLoop, pending: _Pending) -> None:
        """Send the datagram (again) and set the timer for the next try, or end the wait."""
        if pending.done.done():
            return
        left_s = pending.deadline - loop.time()
        if pending.tries_left <= 0 or left_s <= 0:
            pending.done.set_exception(_no_answer(pending))
            return
        pending.tries_left -= 1
        self.counts["sent"] += 1
        try:
            self._socket(loop, pending.target.address).sendto(pending.datagram, pending.target.address)
        except BlockingIOError:
            self.counts["send_buffer_full"] += 1  # as good as lost on the way: the next try repeats it
        except OSError as error:
            pending.done.set_exception(
                NoAnswerError(f"{name_of(pending.target.address)} cannot be reached from here: {error.strerror}.")
            )
            return
        wait_s = min(pending.target.pace.timeout_s, left_s)
        pending.timer = loop.call_later(wait_s, self._send, loop, pending)

    def _socket(self, loop: asyncio.AbstractEventLoop, address: Address) -> socket.socket:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        if family not in self._sockets:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            loop.add_reader(sock, self._receive, sock)
            self._sockets[family] = sock
        return self._sockets[family]

    def _receive(self, sock: socket.socket) -> None:
        for _ in range(_DATAGRAMS_PER_WAKE):
            try:
                size, source = sock.recvfrom_into(self._buffer)
            except BlockingIOError:
                return
            except OSError:
                self.counts["receive_errors"] += 1
                return
            self._take(bytes(self._buffer[:size]), (source[0].partition("%")[0], source[1]))

    def _take(self, data: bytes, source: Address) -> None:
        """Give a datagram to the question it answers, or count why it answers none."""
        self.counts["received"] += 1
        try:
            answer = self._codec.decode(data)
        except MalformedError:
            self._ignore("malformed", self._by_address.get(source))
            return
        pending = self._by_id.get(answer.request_id)
        if pending is None or pending.done.done():
            self._ignore("late or with another request id", self._by_address.get(source))
        elif source != pending.target.address and not pending.target.any_source:
            self._ignore(f"from another address ({source[0]})", pending)
        elif (wrong := _mismatch(pending, answer)) is not None:
            self._ignore(wrong, pending)
        else:
            pending.done.set_result(answer)

    def _ignore(self, why: str, pending: _Pending | None) -> None:
        self.counts["ignored"] += 1
        if pending is not None:
            if pending.seen is None:
                pending.seen = Counter()
            pending.seen[why] += 1


def _mismatch(pending: _Pending, answer: Answer) -> str | None:
    request = pending.request
    if answer.pdu != PduType.RESPONSE:
        return "not a response"
    if answer.version != pending.target.version:
        return "in another SNMP version"
    if answer.community != pending.target.community_octets:
        return "with another community"
    if answer.error_status:
        return None
    if request.pdu == PduType.GET:
        return None if tuple(answer.oids) == request.oids else "with other object identifiers"
    limit = len(request.oids) if request.pdu == PduType.GET_NEXT else request.first + request.second * len(request.oids)
    return None if 0 < len(answer.oids) <= limit else "with another number of variable bindings"


def name_of(address: Address) -> str:
    """Return host and port as people write them."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _no_answer(pending: _Pending) -> NoAnswerError:
    where = name_of(pending.target.address)
    if not pending.seen:
        return NoAnswerError(f"{where} does not answer SNMP: check address, version, community and access list.")
    seen = ", ".join(f"{count} {why}" for why, count in pending.seen.most_common(4))
    return NoAnswerError(f"{where} gave no valid answer; ignored: {seen}.")


def _agent_error(target: Target, answer: Answer) -> AgentError:
    status = answer.error_status
    name = _STATUS_NAMES[status] if 0 <= status < len(_STATUS_NAMES) else str(status)
    message = f"{name_of(target.address)} answered with the error {name}."
    return AgentError(message, status=status, index=answer.error_index)


def open_engine(name: str = "native") -> UdpEngine:
    """Return the engine with the codec of that name: `native` (fast) or `pysnmp`."""
    makers: dict[str, Callable[[], Codec]] = {"native": _native, "pysnmp": _pysnmp}
    return UdpEngine(makers[name]())


def _native() -> Codec:
    from monitoring.snmp.messages import NativeCodec

    return NativeCodec()


def _pysnmp() -> Codec:
    from monitoring.snmp.pysnmp_codec import PysnmpCodec

    return PysnmpCodec()
