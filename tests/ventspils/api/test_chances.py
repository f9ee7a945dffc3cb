"""Chances over HTTP: found, decided, missed on their day; parties' rules, protected surfaces, and what moved since."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from gis.sharing import opportunities as found
from tests.ventspils.digs import PLANNED, add, collection, degrees, edit, partner, take, where, work
from ventspils.centre.owner_notices import tell_owners

BEFORE = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def joining(dug: Any) -> Any:
    """The small town on 15 January 2027, where a pipe is to come on 1 August, and fibre and heat would join."""
    dug.centre.now = lambda: BEFORE
    return dug


def chances(town: Any, query: str = "", token: str | None = None) -> list[Any]:
    town.look()
    return list(town.get(f"/opportunities{query}", token=token).json()["items"])


def decide(town: Any, chance: Any, decision: str, token: str | None = None, **said: Any) -> Any:
    headers = {"If-Match": f'"{chance["version"]}"'}
    path = f"/api/v1/opportunities/{chance['id']}/decision"
    return town.call("POST", path, json={"decision": decision} | said, headers=headers, token=token)


def test_the_fibre_that_sites_want_and_a_pipe_are_a_chance_with_its_money_and_last_day(joining: Any) -> None:
    (chance,) = chances(joining)
    assert (chance["wanted_sort"], chance["owner"], chance["work_title"]) == ("fibre", "Digital Centre", "Pipe")
    assert chance["length_m"] == 100.0
    # 100 m: alone 60, 100, 160 EUR, joining 35, 15, 8 EUR a metre, and 8,000, 2,000, 500 EUR once.
    assert (chance["low_eur"], chance["mid_eur"], chance["high_eur"]) == (-5500.0, 6500.0, 14700.0)
    assert chance["last_day"] == "2027-06-06"
    assert chance["state"] == "open"


def test_a_change_that_comes_while_chances_are_looked_for_is_looked_at_the_next_time(
    joining: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def look(*given: Any) -> None:
        found.look(*given)
        looked.append(joining.centre.digs.count)
        if len(looked) == 1:
            joining.centre.digs.count += 1  # as a change does that somebody else commits now

    monkeypatch.setattr("ventspils.centre.chance_watch.opportunities", SimpleNamespace(**vars(found) | {"look": look}))
    joining.centre.digs.count += 1
    for _ in range(3):
        chances(joining)
    assert looked == [looked[0], looked[0] + 1]


def test_a_chance_that_nobody_decides_by_its_last_day_is_missed_with_its_euro(joining: Any) -> None:
    chances(joining)
    joining.centre.now = lambda: datetime(2027, 6, 6, 12, tzinfo=UTC)
    assert chances(joining)[0]["state"] == "open"  # the last day itself
    joining.centre.now = lambda: datetime(2027, 6, 7, 12, tzinfo=UTC)
    (missed,) = chances(joining)
    assert (missed["state"], missed["mid_eur"]) == ("missed", 6500.0)
    assert joining.get("/savings").json()["missed"]["saving_eur"]["mid"] == 6500.0
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
    # Two pipes over 100 m at 100 EUR each: 28 % of 20,000 EUR less 2,000 EUR of coordination.
    assert chance["mid_eur"] == pytest.approx(3600)
    decide(joining, chance, "accept")
    joint = {joining.get(f"/works/{w}").json()["joint_work_id"] for w in (need["id"], chance["work_id"])}
    assert joint == {chance["id"]}
    (entry,) = joining.get("/savings").json()["entries"]
    assert (entry["stage"], entry["title"]) == ("planned", "Pipe + Heat pipe")
    assert entry["alone_eur"]["mid"] == 20_000
    assert entry["saving_eur"]["mid"] == pytest.approx(3600)


def test_when_a_work_moves_its_chance_says_so_and_what_is_at_stake(joining: Any) -> None:
    (chance,) = chances(joining)
    decide(joining, chance, "accept")
    take(joining, "works", collection(work(1, start="2027-10-01", end="2027-11-30")), "works.geojson")
    (moved,) = chances(joining)
    assert moved["moved"] == "last day 2027-06-06 → 2027-08-06"
    (change,) = joining.get("/changes?since=2027-01-15").json()["items"]
    assert (change["was"]["starts_on"], change["now"]["starts_on"], change["days"]) == ("2027-08-01", "2027-10-01", 61)
    assert change["at_stake_eur"] == 6500.0
    take(joining, "works", collection(work(1, start="2027-10-01", end="2027-11-30", title="Pipe")), "works.geojson")
    found = joining.get("/works").json()["items"][0]
    joining.call("DELETE", f"/api/v1/works/{found['id']}")
    assert joining.get("/changes?since=2027-01-15").json()["items"][0]["removed"] is True


def test_parties_have_their_own_rules(joining: Any) -> None:
    assert chances(joining)
    body = {"name": "ŪDEKA", "join_weeks": 30}
    made = joining.post("/parties", body)
    assert made.json()["within_m"] == 5.0
    assert chances(joining)[0]["state"] == "missed"  # thirty weeks before 1 August lie behind
    assert joining.post("/parties", body).status_code == 409
    path = f"/api/v1/parties/{made.json()['id']}"
    assert (
        joining.call("PATCH", path, json=body | {"join_weeks": 4}, headers={"If-Match": '"1"'}).json()["version"] == 2
    )
    assert joining.call("PATCH", path, json=body | {"name": "Other"}, headers={"If-Match": '"2"'}).status_code == 422


def test_the_surface_of_a_resurfacing_that_ended_is_protected_and_a_dig_there_is_a_conflict(joining: Any) -> None:
    add(
        joining,
        title="New surface",
        kind="resurfacing",
        promoter="Roads",
        starts_on="2026-05-01",
        ends_on="2026-06-30",
        geometry=where(100, 200),
    )
    joining.look()
    (closed,) = joining.get("/moratoria").json()["items"]
    assert (closed["since"], closed["until"], closed["reason"]) == (
        "2026-06-30",
        "2031-06-30",
        "New surface",
    )  # five years
    found = [c for c in joining.get("/conflicts").json()["items"] if c["kind"] == "moratorium"]
    assert [(c["first_title"], c["second_title"]) for c in found] == [("Pipe", "New surface")]
    assert joining.call("DELETE", f"/api/v1/moratoria/{closed['id']}").status_code == 200
    joining.look()
    assert joining.get("/moratoria").json()["items"] == []  # and is not closed again by itself


def test_a_place_is_closed_by_somebody(joining: Any) -> None:
    place = {"type": "Polygon", "coordinates": [degrees((0, -5), (200, -5), (200, 5), (0, 5), (0, -5))]}
    body = {"reason": "Square rebuilt", "since": "2027-01-01", "until": "2030-01-01", "geometry": place}
    assert joining.post("/moratoria", body).status_code == 201
    assert "before it begins" in joining.post("/moratoria", body | {"until": "2026-01-01"}).json()["detail"]


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


class Receiver:
    """Somebody's webhook on this machine; `refuses` lets it turn everything away."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refuses = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(503 if outer.refuses else 200)
                self.end_headers()
                if not outer.refuses:
                    outer.taken.append(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_an_owner_is_told_once_when_its_chance_is_due_and_again_when_it_moved(joining: Any, receiver: Receiver) -> None:
    joining.post("/parties", {"name": "Digital Centre", "address": receiver.address, "language": "en"})
    (party,) = joining.get("/parties").json()["items"]
    assert party["is_told"] is True
    assert receiver.address not in joining.get("/parties").text
    chances(joining)
    assert tell_owners(joining.centre) == 0  # the last day is months away
    joining.centre.now = lambda: datetime(2027, 5, 25, 12, tzinfo=UTC)
    chances(joining)
    receiver.refuses = True
    assert tell_owners(joining.centre) == 0
    receiver.refuses = False
    assert (tell_owners(joining.centre), tell_owners(joining.centre)) == (1, 0)
    assert receiver.taken[0]["title"] == "Last day to join is 2027-06-06: fibre + Pipe"
    take(joining, "works", collection(work(1, start="2027-10-01", end="2027-11-30")), "works.geojson")
    chances(joining)
    assert (tell_owners(joining.centre), tell_owners(joining.centre)) == (1, 0)
    assert "last day 2027-06-06 → 2027-08-06" in receiver.taken[1]["message"]
    path = f"/api/v1/parties/{party['id']}"
    refused = joining.call(
        "PATCH", path, json={"name": "Digital Centre", "address": "file:///x"}, headers={"If-Match": '"1"'}
    )
    assert refused.status_code == 422


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
        "alone_eur": {"ŪDEKA": 9, "Digital Centre": 9},
        "joint_eur": 10,
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


def test_a_secret_road_protects_its_surface_without_being_named(joining: Any) -> None:
    theirs = partner(joining, "Sadales tīkls")
    secret = add(
        joining,
        title="SECRET road",
        kind="road",
        promoter="Roads",
        starts_on="2026-05-01",
        ends_on="2026-06-30",
        geometry=where(100, 200),
        is_confidential=True,
    )
    joining.look()
    for path in ("/moratoria", "/layers/moratoria", "/conflicts"):
        told = joining.get(path, token=theirs).text
        assert "SECRET" not in told, path
        assert secret["id"] not in told, path
    assert joining.get("/moratoria", token=theirs).json()["items"][0]["reason"] == "new surface"
    assert joining.get("/moratoria").json()["items"][0]["reason"] == "SECRET road"


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2101-01-01"])
def test_a_day_outside_the_calendar_of_planning_is_refused(joining: Any, day: str) -> None:
    body = PLANNED | {"sort": "need", "stage": "idea", "latest_on": day, "geometry": where(100, 200)}
    refused = joining.post("/works", body)
    assert refused.status_code == 422
    assert "latest_on" in refused.json()["detail"]
    joining.look()
    assert joining.get("/opportunities").status_code == 200
