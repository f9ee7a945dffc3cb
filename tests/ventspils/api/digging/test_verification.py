"""The ledger recomputed from metres and prices: right as it is entered, and told where anything was altered."""

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from gis.register.models import LedgerEntry
from tests.ventspils.digs import PAID, add, chances, decide, where


@pytest.fixture
def three(joining: Any) -> Any:
    """A town where fibre and a heat pipe are dug with the water pipe, the heat pipe over half of it."""
    add(joining, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 160))
    for sort in ("need", "fibre"):
        decide(joining, next(c for c in chances(joining) if c["wanted_sort"] == sort), "accept")
    return joining


def alter(town: Any, change: Callable[[LedgerEntry], None]) -> None:
    """Change the newest entry of the ledger behind everybody's back."""
    with town.centre.sessions.begin() as session:
        entry = session.scalars(select(LedgerEntry).order_by(LedgerEntry.id.desc())).first()
        assert entry is not None
        for name in ("alone", "joint", "saving", "due", "parts", "sections", "bills"):
            setattr(entry, name, copy.deepcopy(getattr(entry, name)))
            flag_modified(entry, name)
        change(entry)


def test_every_sum_comes_from_metres_amounts_and_prices(three: Any) -> None:
    assert three.get("/savings/verified").json() | {"as_of": None} == {
        "entries": 1, "down_to_prices": 1, "differences": [], "is_right": True, "as_of": None
    }  # fmt: skip
    (entry,) = three.get("/savings").json()["entries"]
    bill = three.get(f"/savings/{entry['subject']}/bill").json()
    per_m = [math.fsum(i["amount"] * i["unit_eur"] for i in kind["items"]) for kind in bill["bills"]]
    (section,) = bill["sections"]
    # The heat pipe is drawn over 60 m, and opens what lies within 3 m of it.
    assert {c["party"]: c["metres"] for c in section["clients"]} == {
        "Ventspils siltums": 63.0, "ŪDEKA": 100.0, "Digital Centre": 100.0
    }  # fmt: skip
    assert [part["metres"] for part in section["stretches"]] == [63.0, 37.0]
    alone = math.fsum(c["metres"] * per_m[c["bill"]] for c in section["clients"])
    together = math.fsum(part["metres"] * per_m[part["bill"]] for part in section["stretches"])
    assert bill["talking_eur"] == 4000
    assert bill["alone_eur"]["mid"] == pytest.approx(alone, abs=0.02)
    assert bill["joint_eur"]["mid"] == pytest.approx(together + 4000, abs=0.02)
    assert all(i["sources"] or i["basis"] == "assumption" for kind in bill["bills"] for i in kind["items"])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda e: e.sections[0]["clients"][0].update(metres=90.0), "alone"),
        (lambda e: e.bills[0]["items"][0].update(unit_eur=1.0), "alone"),
        (lambda e: e.sections[0].update(saving_eur=e.sections[0]["saving_eur"] + 5), "saving of all sections"),
        (lambda e: e.saving.update(mid=e.saving["mid"] + 100), "saving"),
        (lambda e: e.due.update({"ŪDEKA": 0.0}), "what is due to each"),
        (lambda e: e.parts["ŪDEKA"].update(soil=0.0), "all parts"),
        (lambda e: e.joint.update(mid=e.joint["mid"] - 100), "alone less together"),
        (lambda e: e.sections.append(e.sections[0]), "trenches on street section"),
    ],
)
def test_what_was_altered_is_told(three: Any, change: Callable[[LedgerEntry], None], what: str) -> None:
    alter(three, change)
    found = three.get("/savings/verified").json()
    assert found["is_right"] is False
    assert any(what in difference["what"] for difference in found["differences"]), found["differences"]


def test_contracts_and_facts_are_recomputed_as_sums(accepted: Any) -> None:
    accepted.post(f"/savings/{accepted.subject}", PAID)
    found = accepted.get("/savings/verified").json()
    assert (found["entries"], found["down_to_prices"], found["is_right"]) == (1, 0, True)
    assert accepted.get("/savings/nothing/bill").status_code == 404
