"""The whole path with faults on command: simulated devices, centre and collector as processes of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from tests.waiting import until

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main"]
INTERVAL_S = 5


@dataclass
class Town:
    home: Path
    api: str
    http: httpx2.Client

    def fault(self, device: str, name: str, value: object = True) -> None:
        arguments = ["fault", device, name, json.dumps(value), "--home", str(self.home)]
        subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, timeout=30)

    def get(self, path: str, **params: Any) -> Any:
        return self.http.get(f"{self.api}{path}", params=params).raise_for_status().json()

    def conditions(self) -> set[tuple[str, str, str]]:
        return {(c["device"], c["rule"], c["object"]) for c in self.get("/conditions")["items"]}

    def id_of(self, name: str) -> str:
        return str(next(d["id"] for d in self.get("/devices", limit=1000)["items"] if d["name"] == name))

    def rates(self, name: str, port: str, since_s: int) -> list[float | None]:
        span = {"start_s": since_s // INTERVAL_S * INTERVAL_S, "stop_s": int(time.time()), "every_s": INTERVAL_S}
        tags = [f"device_id={self.id_of(name)}", f"ifName={port}"]
        items = self.get("/telemetry/series", measurement="interface", field="in_bps", tag=tags, **span)["items"]
        return list(items[0]["values"]) if items else []


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    (home / "ventspils.toml").write_text(f"[collector]\ninterval_s = {INTERVAL_S}\ntimeout_s = 0.3\n")
    (home / "town.json").write_text(json.dumps({"devices": 20, "port": 16179}))
    log = (home / "log").open("w")
    command = [*COMMAND, "demo", "--home", str(home), "--port", "0", "--devices", "20"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    started = json.loads(process.stdout.readline())
    token = json.loads((home / "contact.json").read_text())["token"]
    with httpx2.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        yield Town(home, started["api"], http)
    process.terminate()
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(30) == 0
    log.close()
    assert rest == ""  # one line once ready, then nothing


@pytest.mark.timeout(200)
def test_faults_become_conditions_and_no_fault_becomes_a_spike(town: Town) -> None:
    until(
        lambda: (
            len(
                town.get("/telemetry/latest", measurement="interface", field="in_bps", since_s=int(time.time()) - 15)[
                    "items"
                ]
            )
            > 100
        )
    )
    until(lambda: town.conditions() == set())  # while everything starts at once, an answer may be late
    started_s = int(time.time())
    town.fault("switch-1", "silent")
    town.fault("switch-2", "malformed")
    town.fault("core-1", "ports_down", [46, 3])  # an uplink, which alarms, and an access port, which does not
    town.fault("ups-1", "on_battery")
    town.fault("switch-3", "reboot")
    town.fault("switch-4", "index_shift", 100)
    town.fault("router-1", "jump", 2**32 - 1000)
    town.fault("wifi-1", "loss", 0.3)
    expected = {
        ("switch-1", "snmp_silent", ""),
        ("switch-2", "snmp_silent", ""),
        ("core-1", "port_down", "Gi0/46"),
    }
    until(lambda: expected <= town.conditions() and sum(rule == "sensor" for _, rule, _ in town.conditions()) >= 2)
    assert {d for d, rule, _ in town.conditions() if rule == "sensor"} == {"ups-1"}
    assert ("core-1", "port_down", "Gi0/3") not in town.conditions()
    for device in ("switch-3", "switch-4", "router-1"):
        values = [v for v in town.rates(device, "Gi0/1", started_s - 10) if v is not None]
        assert values, device
        assert max(values) < 1.05e9, device
    for device in ("switch-3", "switch-4"):
        until(lambda device=device: None in town.rates(device, "Gi0/1", started_s)[:-2])  # once its slot is stored
    for device, fault, value in (
        ("switch-1", "silent", False),
        ("core-1", "ports_down", []),
        ("ups-1", "on_battery", False),
    ):
        town.fault(device, fault, value)
    town.fault("switch-2", "malformed", False)
    until(lambda: not town.conditions(), seconds=120)


def test_every_slot_ends_in_a_known_state(town: Town) -> None:
    until(lambda: town.get("/collectors")["items"][0]["last_report"] is not None)
    report = town.get("/collectors")["items"][0]["last_report"]
    assert set(report["ends"]) <= {"stored", "partly stored", "failed", "not polled"}
    since_s = int(time.time()) - 30
    slots = town.get("/telemetry/latest", measurement="snmp", field="slot", since_s=since_s)["items"]
    assert len(slots) == 20


def test_a_second_owner_of_the_home_is_refused_with_one_sentence(town: Town) -> None:
    done = subprocess.run(
        [*COMMAND, "run", "--home", str(town.home)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "belongs to a centre that is running" in done.stderr
    assert done.stderr.strip().count("\n") == 0


def test_commands_talk_to_the_running_centre(town: Town) -> None:
    done = subprocess.run(
        [*COMMAND, "device", "list", "--home", str(town.home), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["total"] == 20


def test_a_fault_that_does_not_exist_is_refused(town: Town) -> None:
    done = subprocess.run(
        [*COMMAND, "fault", "core-1", "fire", "--home", str(town.home)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "Fault 'fire' does not exist" in done.stderr


def test_the_town_digs_and_one_chance_expires_today(town: Town) -> None:
    chances = town.get("/opportunities")["items"]
    today = town.get("/opportunities", state="open")["items"][0]["last_day"]
    assert today == datetime.now(ZoneInfo("Europe/Riga")).date().isoformat()
    assert {c["state"] for c in chances} == {"open", "accepted", "missed", "gone"}  # what was joined ends others
    stages = {e["stage"] for e in town.get("/savings")["entries"]}
    assert stages == {"missed", "agreed", "realised"}
    (unplaced,) = town.get("/works", sort="need", unplaced=True)["items"]
    assert unplaced["place"]["street"] == "P. Stradiņa iela 17a"
    (route,) = town.get("/cable-routes")["items"]
    assert route["free_ducts"] == 2
    assert any("Example contract 1" in " ".join(p["sources"]) for p in town.get("/prices")["items"])
    plan = until(lambda: next((p for p in town.get("/plans")["items"] if p["state"] != "running"), None))
    assert plan["certificate"]["gap"] < 0.01


@pytest.mark.timeout(180)
def test_the_digging_is_built_on_a_real_town(tmp_path: Path) -> None:
    folder = os.environ.get("VENTSPILS_TEST_DATA")
    if not folder:
        pytest.skip("VENTSPILS_TEST_DATA, with real streets and works, is not set")
    data = Path(folder) / "geo" / "karlsruhe"
    words = [
        "--streets",
        str(data / "streets.gpkg"),
        "--works",
        str(data / "works_raw_2026-08-22.geojson"),
        "--feed",
        "karlsruhe",
    ]
    done = subprocess.run(
        [*COMMAND, "demo", "--home", str(tmp_path / "home"), "--port", "0", "--devices", "5", "--for", "3", *words],
        capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout)["url"]
    assert "the town's CRS is EPSG:32632" in done.stderr  # UTM zone 32 north, where Karlsruhe lies
    again = subprocess.run(
        [*COMMAND, "demo", "--home", str(tmp_path / "home"), *words], capture_output=True, text=True, timeout=60
    )
    assert (again.returncode, "has its town already" in again.stderr) == (2, True)
