"""Files of problems, whole and damaged."""

import json
from pathlib import Path
from typing import Any

import pytest

from gis.planning.instance_files import InstanceError, read_instance
from gis.planning.steiner.reductions import Problem

TRIANGLE = """SECTION Graph
Nodes 3
Edges 4
E 1 2 5
E 2 1 4
E 2 3 2
E 3 3 1
END
SECTION Terminals
Terminals 2
T 1
T 3
END
EOF
"""


def _write(folder: Path, text: str, name: str = "a.gr") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def test_of_parallel_edges_the_cheapest_counts_and_loops_do_not(tmp_path: Path) -> None:
    problem = read_instance(_write(tmp_path, TRIANGLE))
    assert isinstance(problem, Problem)
    edges = zip(problem.us.tolist(), problem.vs.tolist(), problem.costs.tolist(), strict=True)
    assert list(edges) == [(0, 1, 4.0), (1, 2, 2.0)]
    assert problem.terminals.tolist() == [0, 2]


def test_the_form_of_steinlib_is_read_too(tmp_path: Path) -> None:
    header = '33D32945 STP File, STP Format Version 1.0\nSECTION Comment\nName "a"\nEND\n'
    problem = read_instance(_write(tmp_path, header + TRIANGLE, "a.stp"))
    assert isinstance(problem, Problem)
    assert problem.nodes == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("EOF\n", "", "EOF, is missing"),
        ("E 2 3 2\n", "", "says 4 edges and holds 3"),
        ("T 3\n", "", "says 2 terminals and holds 1"),
        ("E 2 3 2", "E 2 3 -2", "from 2 to 3 costs -2"),
        ("E 2 3 2", "E 2 3 nan", "from 2 to 3 costs nan"),
        ("E 2 3 2", "E 2 9 2", "node 9 is not one of 1 to 3"),
        ("E 2 3 2", "E 2 x 2", "line 6: 'E 2 x 2' cannot be read"),
        ("E 2 3 2", "E 2", "line 6"),
        ("E 2 3 2", "A 2 3 2", "lead one way"),
        ("E 2 3 2", "E 2 2 2", "no edges join terminal 3 to terminal 1"),
        ("Nodes 3", "", "how many nodes"),
        ("Terminals 2\nT 1\nT 3\n", "", "no terminals"),
    ],
)
def test_a_damaged_steiner_file_is_refused_in_one_sentence(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InstanceError, match=said) as caught:
        read_instance(_write(tmp_path, TRIANGLE.replace(old, new, 1)))
    assert "a.gr" in str(caught.value)
    assert "\n" not in str(caught.value)


def _document() -> Any:
    return {
        "periods": [{"name": "2027", "discount": 1.0}],
        "nodes": 2,
        "roots": [1],
        "edges": [{"u": 1, "v": 2, "own": [100]}],
        "sites": [{"id": "school", "node": 2, "prize": [150], "deadline": None}],
        "works": [{"id": "pipe", "starts": [0], "shift": [0], "duration": 1, "closes": 0, "edges": [{"edge": 0,
        "joint": 20}]}],
        "budgets": None,
        "carry_over": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("sites"), "'sites' is missing"),
        (lambda d: d["edges"][0].update(u=3), "edge 0: node '3' is not a whole number from 1 to 2"),
        (lambda d: d["edges"][0].update(own=[1, 2]), "2 values for 1 periods"),
        (lambda d: d["edges"][0].update(own=[-1]), "own -1 is negative"),
        (lambda d: d["sites"][0].update(prize=["much"]), "prize 'much' is not a number"),
        (lambda d: d["sites"][0].update(deadline=-1), "deadline '-1' is not a whole number from 0 to 0"),
        (lambda d: d["works"][0].update(starts=[4]), "work pipe: start '4'"),
        (lambda d: d["works"][0].update(shift=[]), "1 starts and 0 costs of shifting"),
        (lambda d: d["works"][0]["edges"].append({"edge": 0, "joint": 1}), "edge 0 is there twice"),
        (lambda d: d["works"].append(d["works"][0]), "work 'pipe' is there twice"),
        (lambda d: d.update(roots=[]), "there is no root"),
        (lambda d: d.update(periods=[]), "no periods"),
        (lambda d: d.update(budgets=[1, 2]), "budgets: 2 values for 1 periods"),
        (lambda d: d.update(edges=None), "not what it should be"),
    ],
)
def test_a_damaged_digging_file_is_refused_in_one_sentence(tmp_path: Path, change: Any, said: str) -> None:
    document = _document()
    change(document)
    with pytest.raises(InstanceError, match=said):
        read_instance(_write(tmp_path, json.dumps(document), "a.json"))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", '{"periods": [', "not whole JSON"),
        ("a.json", "[" * 100_000, "not whole JSON"),
        ("a.json", "7", "not what it should be"),
        ("a.txt", "", "must end in .gr, .stp or .json"),
    ],
)
def test_what_is_no_instance_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(InstanceError, match=said):
        read_instance(_write(tmp_path, text, name))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match="cannot be read"):
        read_instance(tmp_path / "none.gr")
    (tmp_path / "b.gr").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InstanceError, match="is not text"):
        read_instance(tmp_path / "b.gr")
