import asyncio
import socket
import time

from monitoring.collector.sweep import sweep_once
from monitoring.device.polling import PollContext, make_plan, read_known, read_ports, read_uptime
from monitoring.snmp.engine import open_engine
from monitoring.snmp.types import Target
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


async def test_what_is_known_is_read_in_one_go_with_the_same_result_as_step_by_step() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    simulator = Simulator(make_devices(["switch"], booted_s=time.time() - 1000), port=port)
    simulator.open()
    engine = open_engine()
    context, target = PollContext(engine), Target((address_of(0), port))
    deadline = asyncio.get_running_loop().time() + 10
    plan, first = await make_plan(context, target, deadline=deadline)
    assert await read_known(context, plan, deadline=deadline) is None  # nothing is known yet
    await read_ports(context, plan, first, deadline=deadline)
    known = await read_known(context, plan, deadline=deadline)
    steps = await read_uptime(engine, target, deadline=deadline)
    await read_ports(context, plan, steps, deadline=deadline)
    assert known is not None
    assert known.ports is not None
    assert steps.ports is not None
    assert known.ports.names == steps.ports.names
    assert known.ports.gauges.tolist() == steps.ports.gauges.tolist()
    assert (known.ports.counters <= steps.ports.counters).all()
    assert (known.values, known.requests) == (steps.values, steps.requests - 1)
    assert 0 <= (steps.uptime_s or 0) - (known.uptime_s or 0) < 5
    simulator.command("switch-1", "index_shift", 7)
    assert await read_known(context, plan, deadline=deadline) is None  # other rows: to be asked step by step
    engine.close()
    simulator.close()
