"""The simulator at its full size: a thousand devices of every kind in one process."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ventspils.demo.simulator import address_of
from ventspils.demo.town import POPULATION

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main"]
DEVICES, PORT = 1000, 16178


def test_a_thousand_devices_of_every_kind_answer_a_sweep(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "town.json").write_text(json.dumps({"devices": DEVICES, "port": PORT}))
    targets = tmp_path / "targets"
    targets.write_text("".join(f"{address_of(k)}:{PORT} public\n" for k in range(DEVICES)))
    simulator = subprocess.Popen([*COMMAND, "simulate", "--home", str(home)])
    try:
        while not (home / "simulator.socket").exists():
            assert simulator.poll() is None
            time.sleep(0.1)
        command = [*COMMAND, "sweep", "once", "--targets", str(targets), "--json"]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=120).stdout)
    finally:
        simulator.terminate()
        simulator.wait(20)
    assert (found["devices"], found["answered"], found["failed"]) == (DEVICES, DEVICES, {})
    switches = DEVICES * POPULATION["switch"] // sum(POPULATION.values())
    assert found["points"] > switches * 48
