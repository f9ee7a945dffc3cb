"""`ventspils savings verify`: the ledger of a centre recomputed by a command."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main", "savings", "verify", "--json"]
ENTRY = """INSERT INTO ledger_entries (subject, year, stage, title, alone, joint, saving, due, parts, sections, bills,
 talking_eur, sources, disruption_days, document, at, actor, reason, is_unusual, is_withdrawal)
 VALUES ('dig', 2027, 'planned', 'Pipe + fibre', '{"A": {"low": 9, "mid": 10, "high": 12}}',
 '{"low": 9, "mid": 10, "high": 12, "lead": "A"}', '{"low": 0, "mid": 5, "high": 9}', '{}', '{}', '[]', '[]', 0, '[]',
 0, '',
 '2027-01-01 00:00:00', 'centre', '', 0, 0)"""


def verify(home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, "--home", str(home)], capture_output=True, text=True, timeout=120, check=False)


def test_an_empty_ledger_is_right_and_one_that_does_not_add_up_fails(tmp_path: Path) -> None:
    empty = verify(tmp_path)
    assert (empty.returncode, json.loads(empty.stdout)["is_right"]) == (0, True)
    with sqlite3.connect(tmp_path / "registry.sqlite") as registry:
        registry.execute(ENTRY)  # it would save 5 EUR of 10, and cost 10
    wrong = verify(tmp_path)
    assert wrong.returncode == 1
    told = json.loads(wrong.stdout)
    assert {d["what"] for d in told["differences"]} >= {"saving, all parties", "alone less together"}
