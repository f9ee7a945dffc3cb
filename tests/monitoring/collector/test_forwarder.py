import sqlite3
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from monitoring.collector import forwarder as forwarder_module
from monitoring.collector.forwarder import Forwarder
from monitoring.collector.spool import Spool
from monitoring.errors import StoreError
from monitoring.telemetry.influx import InfluxStore
from monitoring.telemetry.store import Selection
from monitoring.telemetry.writer import UNREACHABLE, Destination, Writer
from tests.waiting import until

NOW_S = int(time.time()) // 3600 * 3600


def destination(database: Any, **change: Any) -> Destination:
    given = {"url": database.url, "token": SecretStr(database.token), "org": database.org, "bucket": database.bucket}
    return Destination(**(given | change))


def stored(database: Any, measurement: str) -> list[float]:
    """Return every value of field f, read by another way than it was written."""
    if type(database).__name__ == "Influxd":
        store = InfluxStore(destination(database))
        found = [
            v
            for s in store.points(Selection("raw", measurement, "f", NOW_S - 86400, NOW_S + 86400))
            for v in s.values.tolist()
        ]
        store.close()
        return sorted(found)
    import httpx2

    headers = {"Authorization": f"Bearer {database.token}"}
    params = {"measurement": measurement, "field": "f", "start_s": NOW_S - 7200, "stop_s": NOW_S + 7200, "every_s": 1}
    items = httpx2.get(f"{database.url}/api/v1/telemetry/series", params=params, headers=headers, timeout=60).json()[
        "items"
    ]
    return sorted(v for item in items for v in item["values"] if v is not None)


@pytest.fixture
def measurement() -> str:
    return f"m{uuid.uuid4().hex[:8]}"


@pytest.fixture
def spool(tmp_path: Path) -> Any:
    opened = Spool(tmp_path / "spool")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("_GATHER_S", 0.05), ("_FIRST_WAIT_S", 0.05), ("_LONGEST_WAIT_S", 0.2)):
        monkeypatch.setattr(forwarder_module, name, seconds)


def test_what_is_spooled_arrives_and_leaves_the_spool(database: Any, spool: Spool, measurement: str) -> None:
    for k in range(30):
        spool.append(f"{measurement} f={k} {NOW_S + k}\n".encode(), now_s=k)
    sender = Forwarder(spool, destination(database))
    sender.start()
    until(lambda: spool.state().points == 0)
    sender.stop()
    assert stored(database, measurement) == [float(k) for k in range(30)]
    assert sender.state.sent_points == 30


def test_a_database_that_is_away_for_an_hour_gets_everything_when_it_is_back(
    database: Any, spool: Spool, measurement: str
) -> None:
    sender = Forwarder(spool, destination(database))
    sender.start()
    database.stop()
    for minute in range(60):  # an hour of slots, one after the other without waiting
        lines = "".join(f"{measurement},port=p{p} f={minute * 100 + p} {NOW_S + minute * 60}\n" for p in range(10))
        spool.append(lines.encode(), now_s=minute)
    until(lambda: sender.state.trouble is not None)
    assert spool.state().points == 600
    database.start()
    if hasattr(database, "home"):  # a restarted centre has a new administrator's token; collectors keep theirs
        sender.stop()
        sender = Forwarder(spool, destination(database))
        sender.start()
    until(lambda: spool.state().points == 0)
    sender.stop()
    assert stored(database, measurement) == sorted(float(m * 100 + p) for m in range(60) for p in range(10))
    assert sender.state.trouble is None


@pytest.mark.parametrize(
    ("change", "status"),
    [({"token": SecretStr("revoked")}, 401), ({"bucket": "nowhere"}, 404), ({"org": "nobody"}, 404)],
    ids=["token revoked", "bucket missing", "organisation missing"],
)
def test_a_refusal_that_a_person_can_mend_loses_nothing(
    database: Any, spool: Spool, measurement: str, change: Any, status: int
) -> None:
    spool.append(f"{measurement} f=1 {NOW_S}\n".encode(), now_s=0)
    sender = Forwarder(spool, destination(database, **change))
    sender.start()
    until(lambda: sender.state.is_refused)
    sender.stop()
    assert str(status) in (sender.state.trouble or "")
    assert spool.state().points == 1
    sender = Forwarder(spool, destination(database))
    sender.start()
    until(lambda: spool.state().points == 0)
    sender.stop()
    assert stored(database, measurement) == [1.0]


def test_a_line_that_is_refused_for_good_is_put_aside_with_the_reason_and_the_others_arrive(
    database: Any, spool: Spool, measurement: str
) -> None:
    spool.append(f"{measurement} f=1 {NOW_S}\n".encode(), now_s=0)
    sender = Forwarder(spool, destination(database))
    first = spool.oldest(10**6)
    assert first is not None
    sender.send(first)
    lines = [f"{measurement} f={k} {NOW_S + k}" for k in range(2, 40)]
    lines[7], lines[20] = f"{measurement} f=9i {NOW_S + 9}", "this is no line"
    spool.append(("\n".join(lines) + "\n").encode(), now_s=1)
    batch = spool.oldest(10**6)
    assert batch is not None
    sender.send(batch)
    assert stored(database, measurement) == [1.0, *(float(k) for k in range(2, 40) if k not in (9, 22))]
    refused = {line.decode().strip(): reason for line, reason in spool.quarantined()}
    assert set(refused) == {lines[7], lines[20]}
    assert "field type conflict" in refused[lines[7]]
    assert spool.state().points == 0


def test_an_address_where_nothing_listens_is_said_so() -> None:
    with (
        Writer(Destination("http://127.0.0.1:9", SecretStr("t"), "o", "b")) as writer,
        pytest.raises(StoreError) as raised,
    ):
        writer.write(b"m f=1 1\n")
    assert raised.value.status == UNREACHABLE
    assert "cannot be reached" in str(raised.value)


# One process that forks a collector's sending half 200 times; each is killed between the write and its acknowledgement.
KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from pydantic import SecretStr
from monitoring.collector import forwarder
from monitoring.collector.forwarder import Destination, Forwarder
from monitoring.collector.spool import Spool

file, url, token, org, measurement, start = sys.argv[1:7]
forwarder._GATHER_S = 0.001

class Mortal(Spool):
    def acknowledge(self, *arguments):
        os.kill(os.getpid(), signal.SIGKILL)

killed = 0
for k in range(200):
    if (child := os.fork()) == 0:
        spool = Mortal(Path(file))
        spool.append(f"{measurement} f={k} {int(start) + k}\\n".encode(), now_s=k)
        Forwarder(spool, Destination(url, SecretStr(token), org, "raw")).start()
        time.sleep(30)
        os._exit(1)
    killed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
print(killed)
"""


def test_a_collector_killed_200_times_between_write_and_acknowledgement_loses_and_doubles_nothing(
    database: Any, tmp_path: Path, measurement: str
) -> None:
    arguments = [str(tmp_path / "spool"), database.url, database.token, database.org, measurement, str(NOW_S)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, timeout=200, check=True
    )
    assert done.stdout.strip() == "200"
    spool = Spool(tmp_path / "spool")
    sender = Forwarder(spool, destination(database))
    sender.start()
    until(lambda: spool.state().points == 0)
    sender.stop()
    spool.close()
    assert stored(database, measurement) == [float(k) for k in range(200)]


def test_a_spool_that_cannot_be_read_for_a_moment_does_not_stop_the_sending(
    centre_process: Any, spool: Spool, measurement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.append(f"{measurement} f=1 {NOW_S}\n".encode(), now_s=0)
    real, calls = spool.acknowledge, []

    def failing_once(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 1:
            raise sqlite3.OperationalError("disk I/O error")
        real(*arguments)

    monkeypatch.setattr(spool, "acknowledge", failing_once)
    sender = Forwarder(spool, destination(centre_process))
    sender.start()
    until(lambda: spool.state().points == 0)
    sender.stop()
    assert len(calls) == 2
    assert stored(centre_process, measurement) == [1.0]


def test_when_nothing_at_all_is_taken_the_lines_are_not_put_aside(
    centre_process: Any, spool: Spool, measurement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Writer, body: bytes, *, precision: str = "s") -> None:
        raise StoreError("400 plain HTTP request sent to HTTPS port", status=400)

    monkeypatch.setattr(Writer, "write_compressed", refuse)
    spool.append("".join(f"{measurement} f={k} {NOW_S + k}\n" for k in range(500)).encode(), now_s=0)
    batch = spool.oldest(10**6)
    assert batch is not None
    with pytest.raises(StoreError, match="Nothing at all is taken"):
        Forwarder(spool, destination(centre_process)).send(batch)
    assert spool.state().points == 500
    assert spool.quarantined() == []


@pytest.mark.parametrize(
    "toxic",
    [
        {"type": "limit_data", "attributes": {"bytes": 3000}},
        {"type": "reset_peer", "attributes": {"timeout": 50}},
        {"type": "timeout", "attributes": {"timeout": 300}},
    ],
    ids=["cut in the middle of the body", "reset", "swallowed"],
)
def test_a_connection_that_breaks_loses_nothing(
    database: Any, spool: Spool, measurement: str, toxiproxy: str, toxic: Any
) -> None:
    import socket

    import httpx2

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{sock.getsockname()[1]}"
    upstream = database.url.removeprefix("http://")
    httpx2.post(f"{toxiproxy}/proxies", json={"name": "p", "listen": listen, "upstream": upstream}).raise_for_status()
    httpx2.post(f"{toxiproxy}/proxies/p/toxics", json=toxic | {"name": "t", "stream": "upstream"}).raise_for_status()
    lines = "".join(f"{measurement},port=p{k} f={k},noise={k * 7919 % 104729}.{k} {NOW_S + k}\n" for k in range(2000))
    spool.append(lines.encode(), now_s=0)
    sender = Forwarder(spool, destination(database, url=f"http://{listen}"), timeout_s=2)
    sender.start()
    until(lambda: sender.state.trouble is not None)
    assert spool.state().points == 2000
    httpx2.delete(f"{toxiproxy}/proxies/p/toxics/t").raise_for_status()
    until(lambda: spool.state().points == 0)
    sender.stop()
    assert stored(database, measurement) == [float(k) for k in range(2000)]
