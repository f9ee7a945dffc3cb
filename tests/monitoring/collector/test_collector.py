"""A collector goes on by itself: without the centre, with a centre that comes back, with a device that changes."""

import asyncio
import base64
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from monitoring.collector import collector as collector_module
from monitoring.collector.assignment import CollectorFiles
from monitoring.collector.collector import Collector, CollectorOptions, Status
from monitoring.collector.slots import End
from monitoring.collector.spool import Spool
from monitoring.telemetry.gzip import decompress
from ventspils.core.errors import UnavailableError, UsageError
from ventspils.demo.simulator import Simulator, address_of, make_devices

INTERVAL_S = 5


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector_module, "_TICK_S", 0.3)


def prepare(centre: Any, folder: Path, ports: list[int]) -> CollectorFiles:
    """Tell a centre of devices on these ports and enrol a collector."""
    files = CollectorFiles(folder)
    headers = {"Authorization": f"Bearer {centre.token}"}
    with httpx2.Client(base_url=f"{centre.url}/api/v1", headers=headers) as http:
        http.post("/agencies", json={"name": "a"}).raise_for_status()
        http.post("/credentials", json={"name": "c", "community": "public"}).raise_for_status()
        for k, port in enumerate(ports):
            body = {
                "name": f"d{k}",
                "agency": "a",
                "site": "s",
                "address": f"{address_of(k)}:{port}",
                "credential": "c",
                "reach": "none",
            }
            http.post("/devices", json=body).raise_for_status()
        code = http.post("/collectors/codes", json={}).json()["code"]
        key = base64.b64encode(files.keys.public).decode()
        token = http.post("/collectors/enrol", json={"code": code, "name": "n", "public_key": key}).json()["token"]
    files.save_enrolment(centre.url, token)
    return files


@pytest.fixture
def centre_settings() -> str:
    return f"[collector]\ninterval_s = {INTERVAL_S}\n"


@pytest.fixture
def centre(centre_process: Any) -> Any:
    """A centre whose devices are read every five seconds."""
    return centre_process


def points_of(centre: Any, measurement: str, field: str, since_s: int) -> list[Any]:
    headers = {"Authorization": f"Bearer {centre.token}"}
    params = {"measurement": measurement, "field": field, "since_s": since_s}
    return list(httpx2.get(f"{centre.url}/api/v1/telemetry/latest", params=params, headers=headers).json()["items"])


def models_of(centre: Any, since_s: int) -> set[str]:
    return {item["fields"]["model"] for item in points_of(centre, "snmp", "model", since_s)}


async def until(is_so: Any, *, seconds: float = 40) -> None:
    limit = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < limit, "it did not come to pass"
        await asyncio.sleep(0.2)


@pytest.mark.timeout(150)
async def test_a_collector_reads_on_while_the_centre_is_away_and_catches_up(
    centre: Any, tmp_path: Path, hurried: None
) -> None:
    simulator = Simulator(make_devices(["router", "wifi", "ups"], booted_s=time.time()), port=_free_udp_port())
    simulator.open()
    files = await asyncio.to_thread(prepare, centre, tmp_path / "collector", [simulator.port] * 3)
    seen: list[Status] = []
    started_s = int(time.time())
    first = Collector(files, CollectorOptions(timeout_s=0.3), on_status=seen.append)
    running = asyncio.create_task(first.run())
    await until(lambda: sum(s.slots.get("stored", 0) for s in seen) >= 3)
    await until(
        lambda: models_of(centre, started_s) == {"Sim router", "Sim UPS 1500"}
    )  # the third says only a sysDescr
    assert len(points_of(centre, "snmp", "sysDescr", started_s)) == 3
    await asyncio.to_thread(centre.stop)
    before = simulator.answered
    await until(lambda: simulator.answered > before + 10)  # it reads on
    first.stop()
    await running
    second = Collector(files, CollectorOptions(timeout_s=0.3), on_status=seen.append)  # a restart without a centre
    running = asyncio.create_task(second.run())
    before = simulator.answered
    await until(lambda: simulator.answered > before + 10)
    assert second._spool.state().points > 0
    await asyncio.to_thread(centre.start)
    await until(
        lambda: second._spool.state().points < 10 and len(points_of(centre, "snmp", "slot", int(time.time()) - 8)) == 3
    )
    await until(lambda: time.time() > started_s + 32)  # so that the span holds at least four whole intervals
    second.stop()
    await running
    simulator.close()
    headers = {"Authorization": f"Bearer {centre.token}"}
    device = httpx2.get(f"{centre.url}/api/v1/devices", headers=headers).json()["items"][0]["id"]
    span = {"start_s": started_s // INTERVAL_S * INTERVAL_S, "stop_s": int(time.time()) - 6, "every_s": INTERVAL_S}
    params = {"measurement": "snmp", "field": "uptime", "tag": f"device_id={device}"} | span
    (item,) = httpx2.get(f"{centre.url}/api/v1/telemetry/series", params=params, headers=headers).json()["items"]
    gaps = sum(value is None for value in item["values"][1:])
    assert len(item["values"]) >= 4
    assert gaps <= 1  # at most the slot during which the collector itself was started again


@pytest.mark.timeout(100)
async def test_a_device_that_is_retired_is_read_no_more(
    centre: Any, tmp_path: Path, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector_module, "_ASSIGNMENT_EVERY_S", 1.0)
    simulator = Simulator(make_devices(["wifi", "ups"], booted_s=time.time()), port=_free_udp_port())
    simulator.open()
    files = await asyncio.to_thread(prepare, centre, tmp_path / "collector", [simulator.port] * 2)
    one = Collector(files, CollectorOptions(timeout_s=0.3))
    running = asyncio.create_task(one.run())
    await until(lambda: len(one._watches) == 2)
    headers = {"Authorization": f"Bearer {centre.token}"}
    devices = httpx2.get(f"{centre.url}/api/v1/devices", headers=headers).json()["items"]
    gone = next(d["id"] for d in devices if d["name"] == "d0")
    httpx2.delete(
        f"{centre.url}/api/v1/devices/{gone}", headers={"Authorization": f"Bearer {centre.token}"}
    ).raise_for_status()
    await until(lambda: len(one._watches) == 1)
    one.stop()
    await running
    simulator.close()


def test_a_collector_that_is_not_enrolled_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not enrolled"):
        Collector(CollectorFiles(tmp_path), CollectorOptions())


def test_a_kept_assignment_holds_no_open_secret(centre: Any, tmp_path: Path) -> None:
    files = prepare(centre, tmp_path / "collector", [1161])
    headers = {"Authorization": f"Bearer {files.enrolment()[1].get_secret_value()}"}  # type: ignore[index]
    document = httpx2.get(f"{centre.url}/api/v1/collectors/assignment", headers=headers).json()
    files.save_assignment(document, "t")
    kept = json.loads((tmp_path / "collector" / "assignment.json").read_text())
    assert "public" not in json.dumps(kept)
    assignment = files.assignment()
    assert assignment is not None
    assert [s.get_secret_value() for s in assignment.communities.values()] == ["public"]


def _free_udp_port() -> int:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.timeout(100)
async def test_every_slot_has_its_end_over_a_stop_and_a_time_without_a_collector(
    centre: Any, tmp_path: Path, hurried: None
) -> None:
    simulator = Simulator(make_devices(["wifi"], booted_s=time.time()), port=_free_udp_port())
    simulator.open()
    simulator.command("wifi-1", "silent", True)
    files = await asyncio.to_thread(prepare, centre, tmp_path / "collector", [simulator.port])
    first = Collector(files, CollectorOptions(timeout_s=2))
    running = asyncio.create_task(first.run())
    await until(lambda: first._watches)
    await asyncio.to_thread(centre.stop)  # so that everything measured stays in the spool
    (watch, _) = next(iter(first._watches.values()))
    await until(lambda: first._spool.ended())  # one slot ended
    await until(lambda: first._gate._value + first._slow_gate._value < 800)  # and one is under way
    first.stop()
    await running
    stopped_s = int(time.time())
    await asyncio.sleep(2 * INTERVAL_S + 1)
    simulator.command("wifi-1", "silent", False)
    second = Collector(files, CollectorOptions(timeout_s=2))
    running = asyncio.create_task(second.run())
    await until(lambda: second._spool.ended()[watch.device.device_id] > stopped_s + 2 * INTERVAL_S + 1)
    second.stop()
    await running
    simulator.close()
    lines = _waiting_lines(files)
    ends = sorted((int(x.rsplit(" ", 1)[1]), x) for x in lines if x.startswith("snmp,") and "slot=" in x)
    times = [time_s for time_s, _ in ends]
    assert [b - a for a, b in pairwise(times)] == [INTERVAL_S] * (len(times) - 1)
    assert sum("the collector was stopped" in text for _, text in ends) == 1
    assert sum("the collector was not running" in text for _, text in ends) >= 2


def _waiting_lines(files: CollectorFiles) -> list[str]:
    spool = Spool(files.spool)
    lines = []
    while (batch := spool.oldest(1)) is not None:
        lines += decompress(batch.body).decode().splitlines()
        spool.acknowledge(batch)
    spool.close()
    return lines


async def test_a_report_whose_answer_was_lost_comes_again_as_it_was(centre: Any, tmp_path: Path) -> None:
    files = await asyncio.to_thread(prepare, centre, tmp_path / "collector", [1161])
    one = Collector(files, CollectorOptions())
    sent: list[dict[str, Any]] = []
    answers: list[Exception | None] = [UnavailableError("lost"), UnavailableError("lost"), None, None]

    async def report(document: dict[str, Any]) -> bool:
        sent.append(document)
        if (answer := answers[len(sent) - 1]) is not None:
            raise answer
        return False

    one._centre.report = report  # type: ignore[method-assign] # the wire; the centre's side has its own tests
    for count in (5, 7, 2):
        one._ledger.add(End.STORED, count=count)
        await one._report()
    assert [d["sequence"] - sent[0]["sequence"] for d in sent] == [0, 0, 0, 2]
    assert [d["ends"] for d in sent] == [{"stored": 5}, {"stored": 5}, {"stored": 5}, {"stored": 9}]
    one._spool.close()


def test_many_slots_that_never_were_are_one_count_and_few_are_each_their_own(centre: Any, tmp_path: Path) -> None:
    one = Collector(prepare(centre, tmp_path / "collector", [1161]), CollectorOptions())
    watch: Any = object()
    one._miss(watch, range(0, 3 * 60, 60), "why")
    assert [outcome.slot_s for outcome in one._outcomes] == [0, 60, 120]
    one._miss(watch, range(0, 10**9, 60), "why")
    assert len(one._outcomes) == 3
    assert sum(one._ledger.ends.values()) == -(-(10**9) // 60)
    one._spool.close()
