import socket

import pytest

from monitoring.device.reachability import Prober, _checksum


def test_the_checksum_is_that_of_rfc_1071() -> None:
    # The worked example of RFC 1071, section 3: the sum of these octets is ddf2, the checksum its complement.
    assert _checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


async def test_a_refused_connection_is_an_answer() -> None:
    prober = Prober()
    found = await prober.probe("127.0.0.1", tcp_port=9)
    prober.close()
    assert (found.is_reachable, found.method, found.loss_pct) == (True, "tcp", 0.0)


async def test_silence_is_loss_of_everything() -> None:
    prober = Prober()
    with socket.socket() as deaf:  # a listener whose queue is full takes no further connection
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        waiting = [socket.create_connection(deaf.getsockname()) for _ in range(1)]
        found = await prober.probe("127.0.0.1", tcp_port=deaf.getsockname()[1], timeout_s=0.2)
        for one in waiting:
            one.close()
    prober.close()
    assert (found.is_reachable, found.loss_pct, found.rtt_ms, found.sent) == (False, 100.0, None, 3)


async def test_an_echo_comes_back_where_the_system_allows_it() -> None:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()
    except OSError:
        pytest.skip("net.ipv4.ping_group_range does not allow echoes here")
    prober = Prober()
    found = await prober.probe("127.0.0.1")
    prober.close()
    assert (found.is_reachable, found.method) == (True, "icmp")
