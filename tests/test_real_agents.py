"""Real input: net-snmp's agent, recorded devices, Telegraf."""

import asyncio
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from monitoring.collector.rates import CounterReadings, compute_rates
from monitoring.device.polling import PollContext, make_plan, read_ports, read_uptime
from monitoring.device.ports import COUNTERS
from monitoring.snmp.ber import encode_oid
from monitoring.snmp.engine import open_engine
from monitoring.snmp.types import PduType, Target, Version
from monitoring.telemetry.points import RATES
from tests.soak import IS_SOAK

COMMAND = [sys.executable, "-m", "ventspils.cli.main"]


def run(*arguments: str, check: bool = True) -> Any:
    done = subprocess.run([*COMMAND, *arguments, "--json"], capture_output=True, text=True, timeout=120, check=False)
    assert not check or done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def target(address: str, version: Version = Version.V2C) -> Target:
    host, _, port = address.partition(":")
    return Target((host, int(port)), version, SecretStr("public"))


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("engine", ["native", "pysnmp"])
def test_net_snmps_agent_is_inspected(snmpd: str, version: str, engine: str) -> None:
    found = run("device", "inspect", snmpd, "--snmp-version", version, "--engine", engine)
    assert found["device"]["sys_name"] == "test-agent"
    names = {line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]}
    assert {port["name"] for port in found["ports"]} == names
    loopback = next(port for port in found["ports"] if port["name"] == "lo")
    assert (loopback["admin"], loopback["oper"], loopback["type"]) == ("up", "up", "softwareLoopback")
    total = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) * 1024  # type: ignore[index]
    assert any(abs(pool["total_bytes"] - total) < 0.01 * total for pool in found["memory"])
    assert found["problems"] == []


def test_net_snmps_agent_is_swept(snmpd: str, tmp_path: Path) -> None:
    (tmp_path / "targets").write_text(f"{snmpd} public\n127.0.0.1:9 public\n")
    found = run("sweep", "once", "--targets", str(tmp_path / "targets"))
    assert (found["devices"], found["answered"], found["failed"]) == (2, 1, {"no answer": 1})
    assert found["values"] > 50


def test_a_wrong_community_is_said_to_be_one_of_the_things_to_check(snmpd: str) -> None:
    arguments = ["device", "inspect", snmpd, "--community", "wrong", "--timeout", "0.2", "--json"]
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip().count("\n") == 0
    assert "community" in done.stderr


async def test_our_engine_reads_what_pysnmps_own_manager_reads(snmpd: str) -> None:
    """The oracle: pysnmp's high-level interface, which shares nothing with our sockets, checks or walks."""
    from pysnmp.hlapi.v3arch.asyncio import (  # type: ignore[import-untyped]
        CommunityData,
        ContextData,
        ObjectIdentity,
        ObjectType,
        SnmpEngine,
        UdpTransportTarget,
        get_cmd,
    )

    oids = ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.2.1.0", "1.3.6.1.2.1.99.99.0"]
    host, _, port = snmpd.partition(":")
    oracle = SnmpEngine()
    transport = await UdpTransportTarget.create((host, int(port)))
    objects = [ObjectType(ObjectIdentity(oid)) for oid in oids]
    _, _, _, expected = await get_cmd(oracle, CommunityData("public"), transport, ContextData(), *objects)
    oracle.close_dispatcher()
    engine = open_engine()
    answer = await engine.ask(
        target(snmpd), PduType.GET, tuple(map(encode_oid, oids)), deadline=asyncio.get_running_loop().time() + 5
    )
    engine.close()
    for tag, content, (_, value) in zip(answer.tags, answer.contents, expected, strict=True):
        if tag == 0x04:
            assert content == bytes(value)
        elif tag == 0x02:
            assert int.from_bytes(content, signed=True) == int(value)
        elif tag == 0x06:
            assert content == encode_oid(str(value))
        else:
            assert (tag, type(value).__name__) == (0x81, "NoSuchInstance") or type(value).__name__.startswith("NoSuch")


def _loopback_octets() -> int:
    line = next(x for x in Path("/proc/net/dev").read_text().splitlines() if x.strip().startswith("lo:"))
    return int(line.split(":")[1].split()[0])


@pytest.mark.soak
@pytest.mark.timeout(240)
@pytest.mark.parametrize("seconds", [15, 123] if IS_SOAK else [15])
async def test_rates_of_moving_counters_agree_with_the_systems_own_figures(snmpd: str, seconds: int) -> None:
    """
    The agent refreshes its counters every few seconds; each reading that counts is the first after a refresh, so that
    15 s between them are enough. Traffic goes over the loopback all the while.
    """
    engine, loop = open_engine(), asyncio.get_running_loop()
    context, stop = PollContext(engine), asyncio.Event()

    async def traffic() -> None:
        import socket

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not stop.is_set():
                sock.sendto(b"x" * 1000, ("127.0.0.1", 9))
                await asyncio.sleep(0.002)

    plan, poll = await make_plan(context, target(snmpd), deadline=loop.time() + 10)
    await read_ports(context, plan, poll, deadline=loop.time() + 10)
    assert poll.ports is not None
    row, column = poll.ports.names.index("lo"), COUNTERS.index("ifHCInOctets")

    async def after_a_refresh() -> tuple[Any, int, float]:
        """Read the ports until the agent's counter has moved; give them with the system's own figure and its time."""
        known = None
        while True:
            found = await read_uptime(engine, plan.target, deadline=loop.time() + 10)
            await read_ports(context, plan, found, deadline=loop.time() + 10)
            system, moment = _loopback_octets(), time.monotonic()
            assert found.ports is not None
            octets = int(found.ports.counters[row, column])
            if known is not None and octets != known:
                return found, system, moment
            known = octets
            await asyncio.sleep(0.02)

    sending = asyncio.create_task(traffic())
    await asyncio.sleep(4)
    first, system, started = await after_a_refresh()
    await asyncio.sleep(seconds)
    later, system_later, ended = await after_a_refresh()
    expected_bps = 8 * (system_later - system) / (ended - started)
    stop.set()
    await sending
    engine.close()
    before, now = (
        CounterReadings.of(poll.ports, time_s=poll.counted_s, asked_s=poll.received_s, uptime_s=poll.uptime_s)
        for poll in (first, later)
    )
    rates, reasons = compute_rates(before, now, later.ports.speed_bps)
    assert reasons[row] == 0
    assert expected_bps > 1_000_000
    np.testing.assert_allclose(rates[row, RATES.index("in_bps")], expected_bps, rtol=0.02)


@pytest.mark.process
def test_recorded_devices_are_read_as_expected(test_data: Path) -> None:
    """
    63 of 63 inspected, and at least 1,619 of 1,624 ports right; the five others are another program's substitutes.
    """
    score = test_data / "checks" / "score_devices.py"
    arguments = [sys.executable, str(score), str(test_data / "walks"), "--command", " ".join(COMMAND), "--missing"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=280, check=True)
    ports = re.search(r"^ports\s+(\d+) of\s+(\d+)", done.stdout, re.MULTILINE)
    devices = re.search(r"^devices\s+(\d+) of\s+(\d+)", done.stdout, re.MULTILINE)
    assert ports is not None
    assert devices is not None
    assert (int(ports[1]) >= 1619, ports[2]) == (True, "1624"), done.stdout[-3000:]
    assert devices.groups() == ("63", "63")


@pytest.mark.parametrize("name", ["airos-af-ltu", "aos6", "brother", "epmp_epmp-ap-connected-sta", "fortiswitch_424ef"])
def test_ports_that_share_a_name_do_not_overwrite_each_other(test_data: Path, tmp_path: Path, name: str) -> None:
    from monitoring.telemetry.line_protocol import parse
    from ventspils.demo.responder import Layout, answer

    objects = {}
    for text in (test_data / "walks" / f"{name}.snmprec").read_text(errors="replace").splitlines():
        oid, tag, value = text.split("|", 2)
        if oid.startswith(("1.3.6.1.2.1.1.", "1.3.6.1.2.1.2.", "1.3.6.1.2.1.31.")):
            objects[oid] = (tag, value)
    layout = Layout.of({_arcs(oid): _element(*typed) for oid, typed in objects.items()})
    rows = len({oid.rpartition(".")[2] for oid in objects if oid.startswith("1.3.6.1.2.1.2.2.1.")})

    async def sweep() -> bytes:
        from monitoring.collector.sweep import sweep_once

        lines: list[bytes] = []

        class Agent(asyncio.DatagramProtocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
                if (reply := answer(data, b"public", layout, None, 0.0)) is not None:
                    self.transport.sendto(reply, source)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Agent, local_addr=("127.0.0.1", 0))
        address = transport.get_extra_info("sockname")[:2]
        engine = open_engine()

        async def sink(text: bytes) -> None:
            lines.append(text)

        await sweep_once(engine, [(Target(address), "agent")], sink, budget_s=20)
        engine.close()
        transport.close()
        return b"".join(lines)

    keys = [
        key for batch in parse(asyncio.run(sweep()), "s", 0) for key in batch.series if key.measurement == "interface"
    ]
    assert len(set(keys)) == len(keys)
    assert len(keys) >= rows > 1


def _arcs(oid: str) -> tuple[int, ...]:
    first, second, *rest = map(int, oid.split("."))
    return (first * 40 + second, *rest)


def _element(tag: str, value: str) -> Any:
    from monitoring.snmp.ber import encode_integer, encode_tlv

    number = int(tag.rstrip("x"))
    if "x" in tag:
        element = encode_tlv(number, bytes.fromhex(value))
    elif number == 6:
        element = encode_tlv(6, encode_oid(value))
    elif number in (2, 65, 66, 67, 70) and value.lstrip("-").isdecimal():
        element = encode_integer(int(value), number)
    else:
        element = encode_tlv(number, value.encode())
    return lambda device, now_s: element


def test_telegraf_writes_into_our_endpoint(telegraf: Path, centre_process: Any, tmp_path: Path) -> None:
    import httpx2

    now_s = int(time.time())
    (tmp_path / "points").write_text(
        f'cpu,host=a usage=12.5,busy=t,note="x y" {now_s * 10**9}\ncpu,host=b usage=7 {now_s * 10**9}\n'
    )
    (tmp_path / "telegraf.conf").write_text(
        f'[agent]\nomit_hostname=true\n[[inputs.file]]\nfiles=["{tmp_path}/points"]\ndata_format="influx"\n'
        f'[[outputs.influxdb_v2]]\nurls=["{centre_process.url}"]\ntoken="{centre_process.token}"\n'
        'organization="ventspils"\nbucket="raw"\ncontent_encoding="gzip"\n'
    )
    subprocess.run(
        [telegraf, "--config", tmp_path / "telegraf.conf", "--once", "--quiet"],
        check=True,
        timeout=60,
        capture_output=True,
    )
    headers = {"Authorization": f"Bearer {centre_process.token}"}
    params = {"measurement": "cpu", "field": ["usage", "busy", "note"], "since_s": now_s - 5}
    items = httpx2.get(f"{centre_process.url}/api/v1/telemetry/latest", params=params, headers=headers).json()["items"]
    assert items[0] == {"tags": {"host": "a"}, "time_s": now_s, "fields": {"usage": 12.5, "busy": True, "note": "x y"}}


def test_telegraf_reads_our_lines_unchanged(telegraf: Path, snmpd: str, tmp_path: Path) -> None:
    from monitoring.collector.sweep import sweep_once
    from monitoring.telemetry.line_protocol import parse

    lines: list[bytes] = []

    async def sweep() -> None:
        engine = open_engine()

        async def sink(text: bytes) -> None:
            lines.append(text)

        await sweep_once(engine, [(target(snmpd), "agent")], sink, budget_s=20)
        engine.close()

    asyncio.run(sweep())
    ours = b"".join(lines)
    (tmp_path / "points").write_bytes(re.sub(rb" (\d+)\n", rb" \g<1>000000000\n", ours))
    (tmp_path / "telegraf.conf").write_text(
        f'[agent]\nomit_hostname=true\n[[inputs.file]]\nfiles=["{tmp_path}/points"]\ndata_format="influx"\n'
        f'[[outputs.file]]\nfiles=["{tmp_path}/out"]\ndata_format="influx"\n'
    )
    subprocess.run(
        [telegraf, "--config", tmp_path / "telegraf.conf", "--once", "--quiet"],
        check=True,
        timeout=60,
        capture_output=True,
    )

    def points(text: bytes, precision: str) -> set[tuple[Any, ...]]:
        found = set()
        for batch in parse(text, precision, 0):
            for k, (key, time_ns) in enumerate(zip(batch.series, batch.times_ns.tolist(), strict=True)):
                cells = {name: column[k].as_py() for name, column in batch.columns.items() if column[k].is_valid}
                found.add((key, time_ns, tuple(sorted(cells.items()))))
        return found

    assert points((tmp_path / "out").read_bytes(), "ns") == points(ours, "s")
    assert len(points(ours, "s")) > 3
