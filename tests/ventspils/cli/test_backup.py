"""Backups as a person makes them: of a centre that runs and writes, checked, restored, damaged."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main"]


def run(*words: str, check: bool = True) -> Any:
    done = subprocess.run([*COMMAND, *words, "--json"], capture_output=True, text=True, timeout=120, check=False)
    if check:
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return done


@pytest.fixture
def saved(centre_process: Any, tmp_path: Path) -> Path:
    """A backup of a running centre with an institution, an account, a credential and points."""
    headers = {"Authorization": f"Bearer {centre_process.token}"}
    with httpx2.Client(base_url=centre_process.url, headers=headers) as http:
        http.post("/api/v1/agencies", json={"name": "School"}).raise_for_status()
        http.post("/api/v1/credentials", json={"name": "ro", "community": "very-secret"}).raise_for_status()
        write = "/api/v2/write?org=ventspils&bucket=raw&precision=s"
        present = int(time.time())
        for second in (present - 2 * 86_400, present - 86_400, present):
            http.post(write, content=f"m,device_id=d f=1 {second}").raise_for_status()
    file = tmp_path / "town.backup"
    run("backup", "save", str(file), "--home", str(centre_process.home))
    return file


def test_a_backup_of_a_running_centre_is_whole_and_for_its_owner_only(saved: Path) -> None:
    found = run("backup", "verify", str(saved))
    assert found["audit_entries"] == 3  # institution, credential, and the backup itself
    assert found["left_out"] == []
    assert saved.stat().st_mode & 0o077 == 0


def test_what_was_saved_is_there_after_restoring(saved: Path, tmp_path: Path) -> None:
    home = tmp_path / "restored"
    run("backup", "restore", str(saved), "--home", str(home))
    assert [a["name"] for a in run("agency", "list", "--home", str(home))["items"]] == ["School"]
    assert [c["name"] for c in run("credential", "list", "--home", str(home))["items"]] == ["ro"]
    assert run("audit", "verify", "--home", str(home))["entries"] == 3
    assert (home / "keys" / "registry.key").stat().st_mode & 0o077 == 0
    from monitoring.telemetry.duck import DuckStore

    store = DuckStore(home / "telemetry")
    (item,) = store.latest("raw", "m", ["f"], since_s=0, tags={"device_id": "d"})
    assert item.fields == {"f": 1.0}
    store.close()


def test_a_home_that_is_not_empty_is_not_overwritten(saved: Path, tmp_path: Path) -> None:
    home = tmp_path / "full"
    home.mkdir()
    (home / "precious").write_text("x")
    done = run("backup", "restore", str(saved), "--home", str(home), check=False)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert os.listdir(home) == ["precious"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "not a backup", "empty", "absent"])
def test_a_damaged_backup_is_refused_with_one_sentence_and_nothing_is_written(
    saved: Path, tmp_path: Path, damage: str
) -> None:
    octets = bytearray(saved.read_bytes())
    if damage == "cut":
        octets = octets[: len(octets) // 2]
    elif damage == "flipped":
        octets[octets.index(b"SQLite format 3") + 5000] ^= 1
    elif damage == "not a backup":
        octets = bytearray(b"hello" * 1000)
    elif damage == "empty":
        octets = bytearray()
    bad = tmp_path / "bad.backup"
    if damage != "absent":
        bad.write_bytes(octets)
    home = tmp_path / "new"
    for words in (("backup", "verify", str(bad)), ("backup", "restore", str(bad), "--home", str(home))):
        done = run(*words, check=False)
        assert done.returncode in (1, 2)
        assert "Traceback" not in done.stderr
        assert done.stderr.strip().count("\n") == 0
    assert not home.exists()
    assert not list(tmp_path.glob(".restore-*"))


def test_an_existing_file_is_not_overwritten(saved: Path, tmp_path: Path) -> None:
    done = run("backup", "save", str(saved), "--home", str(tmp_path / "h"), check=False)
    assert done.returncode == 2
    assert "exists already" in done.stderr
