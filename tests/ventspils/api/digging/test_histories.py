"""Histories of a town that digs: whatever is joined, undone, moved and drawn anew, no metre counts twice."""

import random
from collections import Counter
from typing import Any

import pytest

from tests.ventspils.digs import add, chances, decide, edit, where

STEPS = 14


@pytest.fixture
def busy(joining: Any) -> Any:
    """Six clients along one street of 200 m, some of them works, some needs."""
    for client, kind, start, first, last in (
        ("Roads", "storm water", "2027-08-10", 60, 200), ("Grid", "power", "2027-09-01", 0, 140),
        ("Gas", "gas", "2027-07-15", 90, 200),
    ):  # fmt: skip
        add(joining, promoter=client, kind=kind, title=f"{client} dig", starts_on=start, geometry=where(first, last))
    for client, kind, first, last in (("Siltums", "heat", 0, 200), ("Telia", "telecom", 40, 160)):
        add(joining, promoter=client, kind=kind, title=f"{client} need", sort="need", stage="idea",
            geometry=where(first, last))  # fmt: skip
    return joining


def _act(town: Any, chance: random.Random) -> str:
    """Do one thing that people do to digs and chances; return what."""
    found = [c for c in chances(town) if c["state"] in ("open", "accepted", "declined", "postponed")]
    work = chance.choice([*town.get("/works").json()["items"], *town.get("/works?sort=need").json()["items"]])
    what = chance.choice(["accept", "accept", "accept", "reopen", "decline", "move", "draw"])
    if what == "move" and work["starts_on"]:
        month = chance.randint(2, 12)
        answer = edit(town, work, starts_on=f"2027-{month:02d}-01", ends_on=f"2028-{month:02d}-01")
    elif what == "draw":
        first = chance.choice([0, 50, 100])
        answer = edit(town, work, geometry=where(first, first + chance.choice([60, 100])))
    elif what in ("accept", "reopen", "decline") and found:
        answer = decide(town, chance.choice(found), what, reason="no money")
    else:
        return "nothing"
    assert answer.status_code == 200, answer.text
    return what


@pytest.mark.parametrize("seed", range(6))
def test_over_any_history_every_sum_adds_up_and_no_metre_counts_twice(busy: Any, seed: int) -> None:
    chance, done = random.Random(seed), Counter[str]()
    for _ in range(STEPS):
        done[_act(busy, chance)] += 1
        found = busy.get("/savings/verified").json()
        assert found["differences"] == [], (seed, done)
        _hold_against_the_ground(busy)
    assert done["accept"] > 0


def _hold_against_the_ground(town: Any) -> None:
    """No client is served on more metres of a section than it opens there, in all joint digs together."""
    served: Counter[tuple[str, int]] = Counter()
    for entry in town.get("/savings").json()["entries"]:
        if entry["stage"] != "missed":
            for section in entry["sections"]:
                for client in section["clients"]:
                    served[client["work_id"], section["edge"]] += client["metres"]
    for (wish, edge), metres in served.items():
        if wish != "fibre":
            opened = {e["edge"]: e["length_m"] * e["share"] for e in town.get(f"/works/{wish}/edges").json()["edges"]}
            assert metres <= opened[edge] + 0.01
