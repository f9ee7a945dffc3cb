"""`ventspils plan solve` as it is called: what it prints, its limits, and wrong input."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

COMMAND = [sys.executable, "-m", "ventspils.cli.main", "plan", "solve"]
STREET = {
    "periods": [{"name": "2027", "discount": 1.0}, {"name": "2028", "discount": 1.0}],
    "nodes": 3,
    "roots": [1],
    "edges": [{"u": 1, "v": 2, "own": [None, 100]}, {"u": 2, "v": 3, "own": [100, 100]}],
    "sites": [{"id": "school", "node": 3, "prize": [0, 150], "deadline": 1}],
    "works": [{"id": "pipe", "starts": [0], "shift": [0], "duration": 1, "closes": 1, "edges": [{"edge": 1, "joint": 20}]}],
    "budgets": [50, 200],
    "carry_over": True,
}  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120, check=False)


def street(folder: Path, **changed: Any) -> str:
    file = folder / "street.json"
    file.write_text(json.dumps(STREET | changed))
    return str(file)


def cube(folder: Path, dimension: int) -> str:
    """A hypercube whose even corners are terminals; hard for its size, as all its edges cost nearly the same."""
    chance = np.random.default_rng(1)
    edges = [(u, u ^ 1 << k) for u in range(2**dimension) for k in range(dimension) if u < u ^ 1 << k]
    terminals = [u for u in range(2**dimension) if u.bit_count() % 2 == 0]
    lines = [f"Nodes {2**dimension}", f"Edges {len(edges)}"]
    lines += [f"E {u + 1} {v + 1} {chance.integers(100, 111)}" for u, v in edges]
    lines += [f"Terminals {len(terminals)}", *(f"T {t + 1}" for t in terminals), "EOF"]
    file = folder / "cube.gr"
    file.write_text("\n".join(lines))
    return str(file)


def test_a_plan_is_printed_as_one_document(tmp_path: Path) -> None:
    done = run(street(tmp_path), "--json")
    answer = json.loads(done.stdout)
    assert (answer["objective"], answer["lower_bound"], answer["gap"], answer["optimal"]) == (-30, -30, 0, True)
    assert sorted(answer["build"]) == [[0, 1, None], [1, 0, "pipe"]]
    assert answer["starts"] == {"pipe": 0}


def test_a_tree_is_printed_with_the_numbers_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "a.gr"
    file.write_text("Nodes 3\nEdges 3\nE 1 2 2\nE 2 3 2\nE 1 3 5\nTerminals 2\nT 1\nT 3\nEOF\n")
    answer = json.loads(run(str(file), "--json").stdout)
    assert (answer["objective"], answer["edges"], answer["optimal"]) == (4, [[1, 2], [2, 3]], True)


def test_people_read_what_it_costs_and_how_good_it_is(tmp_path: Path) -> None:
    done = run(street(tmp_path))
    assert done.stdout == "-30.00\n"
    assert "2 ducts, proven best" in done.stderr


def test_the_time_limit_holds_for_the_whole_command(tmp_path: Path) -> None:
    begun = time.monotonic()
    answer = json.loads(run(cube(tmp_path, 9), "--json", "--time-limit", "20").stdout)
    assert time.monotonic() - begun < 30
    assert answer["lower_bound"] < answer["objective"]
    assert not answer["optimal"]


def test_with_a_work_limit_the_same_seed_gives_the_same_answer(tmp_path: Path) -> None:
    file = cube(tmp_path, 6)
    first, second = (json.loads(run(file, "--json", "--work-limit", "12", "--seed", "3").stdout) for _ in range(2))
    assert {**first, "seconds": 0} == {**second, "seconds": 0}
    assert first["work"] >= 12


def test_an_interrupt_keeps_the_best(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, cube(tmp_path, 8), "--json", "--time-limit", "600"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(20)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert json.loads(out)["objective"] > 0
    assert "Stopped" in err


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"budgets": [0, 0]}, "No plan keeps all deadlines within the budgets"),
        ({"edges": [{"u": 1, "v": 2, "own": [None, 100]}, {"u": 2, "v": 1, "own": [1, 1]}]}, "site 'school'"),
        ({"sites": [{"id": "school", "node": 3, "prize": [0, 150], "deadline": -1}]}, "deadline '-1'"),
        ({"nodes": 0}, "nodes '0'"),
    ],
)
def test_what_cannot_be_solved_is_told_in_one_sentence(tmp_path: Path, changed: Any, said: str) -> None:
    done = run(street(tmp_path, **changed), "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_works_ducts_are_laid_alone(tmp_path: Path) -> None:
    answer = json.loads(run(street(tmp_path, works=[], budgets=None), "--json").stdout)
    assert answer["objective"] == 50
