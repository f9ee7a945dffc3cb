"""The solver's process as the centre starts it: one document on stdout, progress and one sentence on stderr."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gis.planning.__main__ import main

TRIANGLE = "Nodes 3\nEdges 3\nE 1 2 2\nE 2 3 2\nE 1 3 5\nTerminals 2\nT 1\nT 3\nEOF\n"


@pytest.mark.process
def test_the_process_prints_one_document_and_tells_of_itself_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.gr").write_text(TRIANGLE)
    words = [sys.executable, "-m", "gis.planning", str(tmp_path / "a.gr"), "--time-limit", "60", "--progress"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    answer = json.loads(done.stdout)
    assert (answer["objective"], answer["edges"], answer["optimal"]) == (4, [[1, 2], [2, 3]], True)
    assert done.stderr.splitlines()[0] == "{}"


@pytest.mark.process
def test_a_file_that_cannot_be_solved_is_one_sentence_and_a_code(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "gis.planning", str(tmp_path / "none.gr")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path / 'none.gr'}: cannot be read: No such file or directory.\n"


STREET = {
    "periods": [{"name": "2027", "discount": 1.0}], "nodes": 2, "roots": [1],
    "edges": [{"u": 1, "v": 2, "own": [100]}], "sites": [{"id": "school", "node": 2, "prize": [150], "deadline": None}],
    "works": [], "budgets": [100], "carry_over": True,
}  # fmt: skip


@pytest.mark.process
def test_a_machine_that_is_too_slow_for_the_time_limit_gives_a_plan_later_and_not_none(tmp_path: Path) -> None:
    (tmp_path / "street.json").write_text(json.dumps(STREET))
    words = [sys.executable, "-m", "gis.planning", str(tmp_path / "street.json"), "--time-limit", "0.01"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(done.stdout)["build"] == [[0, 0, None]]
    assert done.stderr == ""


@pytest.mark.process
def test_an_end_in_the_midst_of_a_search_says_nothing_but_our_sentence(tmp_path: Path) -> None:
    """Forty sites whose deadlines and budget exclude each other in a way that is not found at once."""
    sites = [{"id": f"s{k}", "node": 2 + k, "prize": [0], "deadline": 0} for k in range(40)]
    edges = [{"u": 1 + (k * 7) % (k + 1), "v": 2 + k, "own": [100 + k]} for k in range(40)]
    document = STREET | {"nodes": 41, "edges": edges, "sites": sites, "budgets": [10]}
    (tmp_path / "town.json").write_text(json.dumps(document))
    words = [sys.executable, "-m", "gis.planning", str(tmp_path / "town.json"), "--time-limit", "0.01"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


def test_compiling_ends_without_an_instance() -> None:
    assert main(["--compile"]) == 0


def test_words_that_are_not_known_are_refused() -> None:
    with pytest.raises(SystemExit):
        main(["a.gr", "--sooner"])


def test_without_an_instance_there_is_nothing_to_solve() -> None:
    with pytest.raises(SystemExit):
        main([])
