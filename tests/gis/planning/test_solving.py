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


def test_words_that_are_not_known_are_refused() -> None:
    with pytest.raises(SystemExit):
        main(["a.gr", "--sooner"])
