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

pytestmark = pytest.mark.process
COMMAND = [sys.executable, "-m", "ventspils.cli.main", "plan", "solve"]
STREET = {
    "periods": [{"name": "2027", "discount": 1.0}, {"name": "2028", "discount": 1.0}],
    "nodes": 3,
    "roots": [1],
    "edges": [{"u": 1, "v": 2, "own": [None, 100]}, {"u": 2, "v": 3, "own": [100, 100]}],
    "sites": [{"id": "school", "node": 3, "prize": [0, 150], "deadline": 1}],
    "works": [{"id": "pipe", "starts": [0], "shift": [0], "duration": 1, "closes": 1, "edges": [{"edge": 1,
    "joint": 20}]}],
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


def test_interrupts_that_come_early_and_often_do_not_cut_the_answer_off(tmp_path: Path) -> None:
    """Whenever they come once the search has told of itself, it says what it knows, or that it knows nothing yet."""
    words = [*COMMAND, cube(tmp_path, 8), "--json", "--progress", "--time-limit", "600"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline() == "{}\n"
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    out, err = process.communicate(timeout=30)
    assert (process.returncode == 0 and json.loads(out)["objective"] > 0) or "nothing was found" in err, err


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


def centre(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [*COMMAND[:3], *arguments, "--home", str(home)]
    return subprocess.run(words, capture_output=True, text=True, timeout=180, check=False)


def test_a_town_is_imported_planned_and_its_instance_exported_and_solved_again(tmp_path: Path) -> None:
    line = '{"type": "LineString", "coordinates": [[21.55, 57.4], [21.552, 57.4]]}'
    (tmp_path / "streets.geojson").write_text(
        f'{{"type": "Feature", "properties": {{"highway": "residential"}}, "geometry": {line}}}'
    )
    (tmp_path / "sites.csv").write_text(
        "name,longitude,latitude,has_fibre,prize_eur_per_year\ncentre,21.55,57.4,yes,\nschool,21.552,57.4,no,90000\n"
    )
    home = tmp_path / "home"
    taken = json.loads(centre(home, "streets", "import", str(tmp_path / "streets.geojson"), "--json").stdout)
    assert (taken["read"], taken["accepted"]) == (1, 1)
    assert centre(home, "sites", "import", str(tmp_path / "sites.csv")).returncode == 0
    more = ["--lay", "site:school:1", "--what-if-budget", "1"]
    set_so = json.loads(
        centre(
            home, "plan", "run", "--start", "2027-01", "--periods", "2", "--time-limit", "60", "--json", *more
        ).stdout
    )
    assert len(set_so["periods"][1]["sites_connected"]) == 1
    assert set_so["wishes_cost"]["eur"] > 0  # it earns half a year later
    # With one EUR the deadline that the wish sets cannot be kept, and that is what is answered.
    assert "No plan keeps all deadlines within the budgets" in set_so["what_if"][0]["why"]
    done = centre(home, "plan", "run", "--start", "2027-01", "--periods", "2", "--time-limit", "60", "--json")
    plan = json.loads(done.stdout)
    assert plan["certificate"]["optimal"]
    instance = tmp_path / "instance.json"
    assert centre(home, "plan", "export", plan["plan_id"], str(instance)).returncode == 0
    answer = json.loads(run(str(instance), "--json").stdout)
    assert answer["objective"] == pytest.approx(plan["certificate"]["objective"])
    undone = centre(home, "import", "undo", taken["import_id"])
    assert (undone.returncode, "undone" in undone.stdout) == (0, True)
    assert "There are no streets yet" in centre(home, "plan", "run", "--start", "2027-01").stderr


def test_what_a_centre_logs_within_a_command_is_not_in_its_document(tmp_path: Path) -> None:
    """With one EUR and a deadline the what-if's search fails, which the centre logs; stdout is still one document."""
    line = '{"type": "LineString", "coordinates": [[21.55, 57.4], [21.552, 57.4]]}'
    (tmp_path / "streets.geojson").write_text(
        f'{{"type": "Feature", "properties": {{"highway": "residential"}}, "geometry": {line}}}'
    )
    (tmp_path / "sites.csv").write_text(
        "name,longitude,latitude,has_fibre,connect_by\ncentre,21.55,57.4,yes,\nschool,21.552,57.4,no,2027-12-31\n"
    )
    home = tmp_path / "home"
    for kind, name in (("streets", "streets.geojson"), ("sites", "sites.csv")):
        assert centre(home, kind, "import", str(tmp_path / name)).returncode == 0
    asked = ["--start", "2027-01", "--periods", "2", "--time-limit", "10", "--what-if-budget", "1", "--json"]
    done = centre(home, "plan", "run", *asked)
    assert "search_failed" in done.stderr
    assert "No plan keeps all deadlines" in json.loads(done.stdout)["what_if"][0]["why"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["works", "import", "none.geojson"], 2, "cannot be read"),
        (["import", "undo", "none"], 1, "unknown"),
        (["plan", "run", "--bbox", "1,2,3"], 2, "west,south,east,north"),
        (["plan", "run", "--start", "soon"], 2, "The first month 'soon' is none"),
        (["plan", "run", "--lay", "Ostas iela"], 2, "write WHAT:PERIOD"),
        (["plan", "run"], 2, "There are no streets yet"),
        (["plan", "export", "none", "out.json"], 1, "unknown"),
    ],
)
def test_wrong_input_is_one_sentence_and_no_traceback(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    done = centre(tmp_path / "home", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
