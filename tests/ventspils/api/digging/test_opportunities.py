"""Chances over HTTP: found, decided, missed on their day, gone when a work is taken back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gis.costs import Laid, PriceLevel, Surface, Utility, default_prices, trench_eur_per_m
from tests.ventspils.digs import PLANNED, add, chances, collection, decide, edit, partner, take, where, work

DUCT, WATER, HEAT = Laid(Utility.FIBRE), Laid(Utility.WATER), Laid(Utility.HEAT)
TALKING = (8000, 2000, 500)  # EUR, at each level the other way round


def one_trench(level: PriceLevel, *laid: Laid) -> float:
    """Return what a metre of one trench with all this costs in asphalt."""
    return trench_eur_per_m(default_prices(), level, Surface.CARRIAGEWAY_ASPHALT, laid).eur_per_m


def a_metre(level: PriceLevel, *laid: Laid) -> float:
    """Return what a metre of each of these costs alone, added up."""
    return sum(one_trench(level, each) for each in laid)


def common_eur(level: PriceLevel, *laid: Laid) -> float:
    """Return what 100 m cost less in one trench than in one each."""
    return 100 * (a_metre(level, *laid) - one_trench(level, *laid))


def test_the_fibre_that_sites_want_and_a_pipe_are_a_chance_with_its_money_and_last_day(joining: Any) -> None:
    (chance,) = chances(joining)
    assert (chance["wanted_sort"], chance["owner"], chance["work_title"]) == ("fibre", "Digital Centre", "Pipe")
    assert chance["length_m"] == 100.0
    # 100 m of what both trenches have in common, and 8,000, 2,000, 500 EUR once for talking.
    expected = [common_eur(level, DUCT, WATER) - talking for level, talking in zip(PriceLevel, TALKING, strict=True)]
    around = [min(expected[:2]), expected[1], max(expected[1:])]
    assert [chance["low_eur"], chance["mid_eur"], chance["high_eur"]] == pytest.approx(around, abs=0.01)
    assert (len(chance["edges"]), chance["priced_on"], chance["is_estimate"]) == (1, "2027-01-15", True)
    assert chance["last_day"] == "2027-06-06"
    assert chance["state"] == "open"


def test_a_chance_that_nobody_decides_by_its_last_day_is_missed_with_its_euro(joining: Any) -> None:
    chances(joining)
    joining.centre.now = lambda: datetime(2027, 6, 6, 12, tzinfo=UTC)
    assert chances(joining)[0]["state"] == "open"  # the last day itself
    joining.centre.now = lambda: datetime(2027, 6, 7, 12, tzinfo=UTC)
    (missed,) = chances(joining)
    expected = pytest.approx(common_eur(PriceLevel.MID, DUCT, WATER) - 2000, abs=0.01)
    assert (missed["state"], missed["mid_eur"]) == ("missed", expected)
    assert joining.get("/savings").json()["missed"]["saving_eur"]["mid"] == expected
    assert decide(joining, missed, "accept").status_code == 409


@pytest.mark.parametrize(
    ("decision", "said", "state"),
    [
        ("accept", {}, "accepted"), ("decline", {"reason": "no money this year"}, "declined"),
        ("postpone", {"until": "2027-05-01"}, "postponed"), ("hand_to", {"to": "ŪDEKA"}, "open"),
    ],
)  # fmt: skip
def test_a_chance_is_decided_and_the_decision_can_be_taken_back(
    joining: Any, decision: str, said: dict[str, str], state: str
) -> None:
    (chance,) = chances(joining)
    done = decide(joining, chance, decision, **said).json()
    assert (done["state"], done["decided_by"]) == (state, "centre")
    assert decide(joining, chance, "accept").status_code == 412  # somebody else decided meanwhile
    (kept,) = chances(joining)
    assert kept["state"] == state
    assert decide(joining, kept, "reopen").json()["state"] == "open"
    assert joining.get("/savings").json()["entries"] == []


@pytest.mark.parametrize(
    ("decision", "said", "why"),
    [
        ("decline", {}, "Say why"), ("decline", {"reason": " "}, "Say why"), ("postpone", {}, "Say until when"),
        ("postpone", {"until": "2027-06-07"}, "at the latest 2027-06-06"), ("hand_to", {}, "Say to whom"), ("forget",
        {}, "decision"),
    ],
)  # fmt: skip
def test_a_decision_says_what_it_needs(joining: Any, decision: str, said: dict[str, str], why: str) -> None:
    (chance,) = chances(joining)
    refused = decide(joining, chance, decision, **said)
    assert refused.status_code == 422
    assert why in refused.json()["detail"]


def test_a_postponed_chance_comes_back_on_its_day(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "postpone", until="2027-03-01")
    joining.centre.now = lambda: datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert chances(joining)[0]["state"] == "open"


def test_an_accepted_chance_makes_a_joint_dig_in_the_ledger(joining: Any) -> None:
    need = add(
        joining,
        sort="need",
        stage="idea",
        promoter="Ventspils siltums",
        kind="heat",
        title="Heat pipe",
        geometry=where(100, 200),
    )
    chance = next(c for c in chances(joining) if c["wanted"] == need["id"])
    expected = pytest.approx(common_eur(PriceLevel.MID, HEAT, WATER) - 2000, abs=0.01)
    assert chance["mid_eur"] == expected
    decide(joining, chance, "accept")
    joint = {joining.get(f"/works/{w}").json()["joint_work_id"] for w in (need["id"], chance["work_id"])}
    assert joint == {chance["id"]}
    (entry,) = joining.get("/savings").json()["entries"]
    assert (entry["stage"], entry["title"]) == ("planned", "Pipe + Heat pipe")
    assert entry["alone_eur"]["mid"] == pytest.approx(a_metre(PriceLevel.MID, HEAT, WATER) * 100, abs=0.02)
    assert entry["saving_eur"]["mid"] == expected


def test_three_clients_of_a_street_are_one_joint_dig_and_no_metre_counts_twice(joining: Any) -> None:
    """The fibre, a heat pipe and the water pipe over the same 100 m: one trench, two joins."""
    add(joining, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 200))
    apart = {c["wanted_sort"]: c for c in chances(joining)}
    decide(joining, apart["need"], "accept")
    (fibre,) = [c for c in chances(joining) if c["wanted_sort"] == "fibre"]
    three = 100 * one_trench(PriceLevel.MID, DUCT, HEAT, WATER)
    alone = 100 * a_metre(PriceLevel.MID, DUCT, HEAT, WATER)
    joined = alone - three - 4000
    assert fibre["mid_eur"] == pytest.approx(joined - apart["need"]["mid_eur"], abs=0.02)
    assert decide(joining, fibre, "accept").json()["joint_dig"] == apart["need"]["id"]
    (entry,) = joining.get("/savings").json()["entries"]
    assert entry["saving_eur"]["mid"] == pytest.approx(joined, abs=0.02)
    assert entry["alone_eur"]["mid"] == pytest.approx(alone, abs=0.02)
    assert sorted(entry["parties"]) == ["Digital Centre", "Ventspils siltums", "ŪDEKA"]
    assert [len(section["clients"]) for section in entry["sections"]] == [3]


def test_what_is_dug_with_one_is_wanted_beside_no_other(joining: Any) -> None:
    add(joining, promoter="Roads", kind="storm water", starts_on="2027-08-20", geometry=where(100, 200))
    need = add(joining, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 200))
    mine = [c for c in chances(joining) if c["wanted"] == need["id"]]
    assert len(mine) == 2
    decide(joining, mine[0], "accept")
    (other,) = [c for c in chances(joining) if c["id"] == mine[1]["id"]]
    assert (other["state"], other["moved"]) == ("gone", "what is wanted here is dug with somebody else already")
    decide(joining, next(c for c in chances(joining) if c["id"] == mine[0]["id"]), "reopen")
    assert {c["state"] for c in chances(joining) if c["wanted"] == need["id"]} == {"open"}


def test_what_was_joined_keeps_its_sums_and_says_what_todays_prices_would(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    before = joining.get("/savings").json()["entries"][0]
    own = {
        "name": "joint.coordination_fixed",
        "value": 1500,
        "basis": "contract",
        "document": "K-1",
        "dated": "2027-01-10",
    }
    assert joining.post("/prices", own).status_code == 201
    assert chances(joining)[0]["mid_eur"] == chance["mid_eur"]
    (now,) = joining.get("/savings").json()["entries"]
    assert (now["saving_eur"], now["priced_on"]) == (before["saving_eur"], "2027-01-15")
    today = now["by_todays_prices"]["saving_eur"]["mid"]
    assert today == pytest.approx(before["saving_eur"]["mid"] + 500, abs=0.01)


def test_a_chance_is_decided_by_its_owner(joining: Any) -> None:
    ours, theirs = partner(joining, "Ventspils siltums"), partner(joining, "Sadales tīkls")
    need = add(
        joining, ours, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", is_confidential=True
    )
    (chance,) = chances(joining, "?owner=Ventspils siltums", ours)
    assert chances(joining, "?owner=Ventspils siltums", theirs) == []
    assert decide(joining, chance, "accept", theirs).status_code == 404
    edit(joining, need, ours, is_confidential=False)
    assert decide(joining, chance, "accept", theirs).status_code == 403
    assert decide(joining, chance, "accept", ours).json()["state"] == "accepted"
    assert PLANNED["kind"] == "water"


def pair(joining: Any, **changed: Any) -> Any:
    """Return the chance of a heat pipe, which is to come before the water pipe, to join it."""
    what = {
        "promoter": "Ventspils siltums",
        "kind": "heat",
        "title": "Heat pipe",
        "starts_on": "2027-06-10",
        "ends_on": "2027-07-10",
    }
    heat = add(joining, geometry=where(100, 200), **(what | changed))
    return heat, next(
        c for c in chances(joining) if heat["id"] in (c["wanted"], c["work_id"]) and c["wanted"] != "fibre"
    )


@pytest.mark.parametrize("decision", ["decline", "postpone", "hand_to"])
def test_what_was_accepted_and_is_decided_otherwise_leaves_the_ledger(joining: Any, decision: str) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    said = {"decline": {"reason": "no"}, "postpone": {"until": "2027-05-01"}, "hand_to": {"to": "ŪDEKA"}}[decision]
    assert decide(joining, chances(joining)[0], decision, **said).status_code == 200
    assert joining.get("/savings").json()["entries"] == []
    assert joining.get(f"/works/{chance['work_id']}").json()["joint_work_id"] is None


@pytest.mark.parametrize("gone", ["work", "wanted"])
def test_a_joint_dig_of_which_one_is_taken_back_is_none_any_more(joining: Any, gone: str) -> None:
    need = add(joining, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 200))
    chance = next(c for c in chances(joining) if c["wanted"] == need["id"])
    decide(joining, chance, "accept")
    joining.call("DELETE", f"/api/v1/works/{chance['work_id'] if gone == 'work' else need['id']}")
    assert [c["state"] for c in chances(joining) if c["id"] == chance["id"]] == ["gone"]
    assert joining.get("/savings").json()["entries"] == []


def test_what_was_agreed_is_not_decided_anew(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    figures = {
        "stage": "agreed",
        "alone_eur": {"ŪDEKA": 9000, "Digital Centre": 9000},
        "joint_eur": 10_000,
        "document": "Contract 1",
    }
    assert joining.post(f"/savings/{chance['id']}", figures).status_code == 201
    assert decide(joining, chances(joining)[0], "reopen").status_code == 409


def test_a_pair_that_was_accepted_is_not_missed_from_the_other_side(joining: Any) -> None:
    heat, chance = pair(joining)
    decide(joining, chance, "accept")
    joining.centre.now = lambda: datetime(2027, 6, 11, 12, tzinfo=UTC)  # heat has begun: only water could join it now
    found = [c for c in chances(joining) if heat["id"] in (c["wanted"], c["work_id"]) and c["wanted"] != "fibre"]
    assert [c["state"] for c in found] == ["accepted"]
    mine = [e for e in joining.get("/savings").json()["entries"] if e["subject"] == chance["id"]]
    assert [e["stage"] for e in mine] == ["planned"]


def test_a_missed_chance_is_open_again_when_the_work_is_put_off(joining: Any) -> None:
    chances(joining)
    joining.centre.now = lambda: datetime(2027, 6, 7, 12, tzinfo=UTC)
    assert chances(joining)[0]["state"] == "missed"
    take(joining, "works", collection(work(1, start="2028-04-01", end="2028-06-30")), "works.geojson")
    assert chances(joining)[0]["state"] == "open"
    assert joining.get("/savings").json()["missed"]["count"] == 0


def test_what_an_undone_import_brought_was_neither_missed_nor_protects_anything(joining: Any) -> None:
    road = work(9, start="2026-01-01", end="2026-06-30", title="New surface")
    road["properties"]["kind"] = "resurfacing"
    late = work(8, start="2027-02-01", end="2027-03-31", title="Late pipe")
    taken = take(joining, "works", collection(road, late), "wrong.geojson").json()
    joining.look()
    assert joining.get("/moratoria").json()["total"] == 1
    assert "missed" in {c["state"] for c in chances(joining)}
    assert joining.post(f"/imports/{taken['import_id']}/undo", {}).status_code == 200
    joining.look()
    assert joining.get("/moratoria").json()["total"] == 0
    assert joining.get("/savings").json()["missed"]["count"] == 0


def test_accepting_a_chance_does_not_block_undoing_an_import(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    made = next(i for i in joining.get("/imports").json()["items"] if i["kind"] == "works")
    assert joining.post(f"/imports/{made['id']}/undo", {}).status_code == 200


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2101-01-01"])
def test_a_day_outside_the_calendar_of_planning_is_refused(joining: Any, day: str) -> None:
    body = PLANNED | {"sort": "need", "stage": "idea", "latest_on": day, "geometry": where(100, 200)}
    refused = joining.post("/works", body)
    assert refused.status_code == 422
    assert "latest_on" in refused.json()["detail"]
    joining.look()
    assert joining.get("/opportunities").status_code == 200


def test_a_refusal_is_not_taken_back_after_the_last_day(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "decline", reason="no money")
    joining.centre.now = lambda: datetime(2027, 6, 7, 12, tzinfo=UTC)
    (declined,) = chances(joining)
    refused = decide(joining, declined, "reopen")
    assert (refused.status_code, "2027-06-06; it stays declined" in refused.json()["detail"]) == (409, True)
    assert chances(joining)[0]["state"] == "declined"


def test_a_join_taken_back_after_the_last_day_is_missed_and_says_so(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    joining.centre.now = lambda: datetime(2027, 6, 7, 12, tzinfo=UTC)
    back = decide(joining, chances(joining)[0], "reopen").json()
    assert (back["state"], back["reason"]) == ("missed", "taken back after the last day")


def test_a_missed_chance_tells_what_the_ledger_tells(joining: Any) -> None:
    """Fibre and heat both missed: each is told as the ledger counts it, and all of them add up to its sum."""
    add(joining, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 200))
    chances(joining)
    joining.centre.now = lambda: datetime(2027, 6, 7, 12, tzinfo=UTC)
    missed = [c for c in chances(joining) if c["state"] == "missed"]
    assert len(missed) == 2
    told = joining.get("/savings").json()["missed"]["saving_eur"]["mid"]
    assert round(sum(c["mid_eur"] for c in missed), 2) == told


def test_a_client_that_wants_the_same_twice_saves_nothing_by_it(joining: Any) -> None:
    """The heat client's need and its own dig are one pipe: once one of them joined, the other cannot join as well."""
    need = add(joining, sort="need", stage="idea", promoter="Ventspils siltums", kind="heat", geometry=where(100, 200))
    own = add(joining, promoter="Ventspils siltums", kind="heat", starts_on="2027-08-20", geometry=where(100, 200))
    mine = {c["wanted"]: c for c in chances(joining) if c["wanted_sort"] != "fibre"}
    assert set(mine) == {need["id"], own["id"]}
    decide(joining, mine[need["id"]], "accept")
    (other,) = [c for c in chances(joining) if c["wanted"] == own["id"]]
    assert other["state"] == "gone"
    (entry,) = joining.get("/savings").json()["entries"]
    assert [c["work_id"] for c in entry["sections"][0]["clients"]].count(own["id"]) == 0
