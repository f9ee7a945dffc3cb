import asyncio
import socket
import time

from monitoring.snmp.engine import open_engine
from monitoring.snmp.types import Target
from monitoring.sweep import sweep_once
from monitoring.telemetry.line_protocol import parse
from ventspils.demo.simulator import Simulator, address_of, make_devices


async def swept(kind: str) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    simulator = Simulator(make_devices([kind], booted_s=time.time()), port=port)
    simulator.open()
    engine, lines = open_engine(), []

    async def sink(text: bytes) -> None:
        lines.append(text)
        await asyncio.sleep(0)

    await sweep_once(engine, [(Target((address_of(0), port)), "agent")], sink, budget_s=10)
    engine.close()
    simulator.close()
    return b"".join(lines)


async def names(kind: str, measurement: str, tag: str) -> set[str]:
    keys = [key for batch in parse(await swept(kind), "s", 0) for key in batch.series]
    return {dict(key.tags)[tag] for key in keys if key.measurement == measurement}


async def test_sensors_are_stored_under_the_names_that_another_table_gives_them() -> None:
    found = await names("sensor", "sensor", "name")
    assert found == {f"Temperature {k} {k + 1}" for k in range(1, 5)}  # the entity's name, and its index


async def test_processors_and_file_systems_are_stored_under_their_names() -> None:
    found = await names("router", "sensor", "class")
    assert {"temperature", "processor"} <= found
    assert {"Core 1", "/volume1 2"} <= await names("server", "sensor", "name")


async def test_every_port_of_a_device_is_stored_under_its_name() -> None:
    assert await names("switch", "interface", "ifName") == {f"Gi0/{port}" for port in range(1, 49)}
