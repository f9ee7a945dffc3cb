"""Whether an address answers at all: ICMP echo without privileges, else a TCP connection. Kept apart from SNMP."""

import asyncio
import socket
import struct
import time
from dataclasses import dataclass

_ECHO_REQUEST, _ECHO_REPLY = {socket.AF_INET: 8, socket.AF_INET6: 128}, {socket.AF_INET: 0, socket.AF_INET6: 129}
_TRIES = 3
_PAYLOAD = b"ventspils-ict"


@dataclass(frozen=True)
class Reachability:
    """What came back: shares in percent, time in milliseconds, and the way it was asked."""

    sent: int
    received: int
    rtt_ms: float | None
    method: str

    @property
    def loss_pct(self) -> float:
        """Share of lost tries in percent."""
        return 100.0 * (self.sent - self.received) / self.sent

    @property
    def is_reachable(self) -> bool:
        """Whether anything came back."""
        return self.received > 0


class Prober:
    """Sends echoes over one ICMP socket a family; where the system forbids that, it opens TCP connections."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket | None] = {}
        self._waiting: dict[tuple[str, int], asyncio.Future[float]] = {}
        self._sequence = 0

    async def probe(self, host: str, *, tcp_port: int | None = None, timeout_s: float = 1.0) -> Reachability:
        """
        Ask an address: a single try, and two more where that gets no answer.

        Args:
            host: IP address.
            tcp_port: Open a connection to this port instead of sending echoes; a refusal is an answer too.
            timeout_s: How long one try waits.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        echo = tcp_port is None and self._socket(family) is not None
        for sent in range(1, _TRIES + 1):
            if echo:
                rtt_ms = await self._echo(host, family, timeout_s)
            else:
                rtt_ms = await _connect(host, tcp_port or 443, timeout_s)
            if rtt_ms is not None:
                return Reachability(sent, 1, rtt_ms, "icmp" if echo else "tcp")
        return Reachability(_TRIES, 0, None, "icmp" if echo else "tcp")

    def close(self) -> None:
        """Close the sockets."""
        for sock in self._sockets.values():
            if sock is not None:
                asyncio.get_running_loop().remove_reader(sock)
                sock.close()
        self._sockets.clear()

    def _socket(self, family: int) -> socket.socket | None:
        if family not in self._sockets:
            protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
            try:
                sock = socket.socket(family, socket.SOCK_DGRAM, protocol)
            except OSError:  # net.ipv4.ping_group_range leaves us out
                self._sockets[family] = None
                return None
            sock.setblocking(False)
            asyncio.get_running_loop().add_reader(sock, self._receive, sock, family)
            self._sockets[family] = sock
        return self._sockets[family]

    async def _echo(self, host: str, family: int, timeout_s: float) -> float | None:
        self._sequence = (self._sequence + 1) % 65536
        key = (host, self._sequence)
        sock = self._sockets[family]
        assert sock is not None
        self._waiting[key] = waiting = asyncio.get_running_loop().create_future()
        header = struct.pack("!BBHHH", _ECHO_REQUEST[socket.AddressFamily(family)], 0, 0, 0, self._sequence)
        message = header + _PAYLOAD
        checksum = struct.pack("!H", _checksum(message))  # the kernel fills in the identifier and, for it, the sum
        started = time.monotonic()
        try:
            sock.sendto(message[:2] + checksum + message[4:], (host, 0))
            async with asyncio.timeout(timeout_s):
                return float(await waiting - started) * 1000
        except (OSError, TimeoutError):
            return None
        finally:
            del self._waiting[key]

    def _receive(self, sock: socket.socket, family: int) -> None:
        while True:
            try:
                data, source = sock.recvfrom(2048)
            except OSError:
                return
            if len(data) < 8 or data[0] != _ECHO_REPLY[socket.AddressFamily(family)]:
                continue
            waiting = self._waiting.get((source[0].partition("%")[0], int.from_bytes(data[6:8])))
            if waiting is not None and not waiting.done():
                waiting.set_result(time.monotonic())


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


async def _connect(host: str, port: int, timeout_s: float) -> float | None:
    started = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return (time.monotonic() - started) * 1000
    except (OSError, TimeoutError):
        return None
    rtt_ms = (time.monotonic() - started) * 1000
    writer.close()
    return rtt_ms
