"""People as the command adds them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main"]


def run(*words: str, check: bool = True) -> Any:
    done = subprocess.run([*COMMAND, *words, "--json"], capture_output=True, text=True, timeout=120, check=False)
    if check:
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return done


def test_people_are_added_and_get_their_link(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    assert len(run("person", "first-link", "--home", home)["link"]) > 30
    run("agency", "add", "School", "--home", home)
    added = run("person", "add", "anna", "--role", "operator", "--agency", "School", "--home", home)
    assert added["grants"] == [{"role": "operator", "agency": "School", "party": None}]
    assert {p["name"] for p in run("person", "list", "--home", home)["items"]} == {"admin", "anna"}
    done = run("person", "add", "x y", "--role", "viewer", "--home", home, check=False)
    assert done.returncode == 2
    assert "Account name" in done.stderr
