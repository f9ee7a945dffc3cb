"""Incidents over HTTP: from a collector's report to what people do about it."""

from datetime import timedelta
from typing import Any

import pytest

from monitoring.centre.models import ConditionRow, Incident
from tests.ventspils.network import enrol_one, raise_one
from ventspils.centre.housekeeping import settle_incidents


def act(town: Any, action: str, *, ids: list[str] | None = None, **more: Any) -> Any:
    return town.post("/incidents/actions", {"ids": ids or [town.incident], "action": action, **more})


def test_an_incident_tells_where_and_since_when(standing: Any) -> None:
    (item,) = standing.get("/incidents").json()["items"]
    assert (item["device"], item["agency"], item["site"], item["state"], item["behind"]) == (
        "core",
        "School 1",
        "Main",
        "open",
        0,
    )
    assert item["raised_at"].endswith(("Z", "+00:00"))


def test_taking_releasing_and_noting_are_turns_in_its_history(standing: Any) -> None:
    assert act(standing, "acknowledge", note="on my way").status_code == 200
    assert standing.get(f"/incidents/{standing.incident}").json()["state"] == "acknowledged"
    act(standing, "note", note="spare part ordered")
    act(standing, "release")
    history = standing.get(f"/incidents/{standing.incident}").json()["history"]
    assert [(h["what"], h["note"]) for h in history] == [
        ("raised", "failed"),
        ("acknowledged", "on my way"),
        ("note", "spare part ordered"),
        ("released", ""),
    ]


def test_what_somebody_is_on_nobody_else_takes(standing: Any) -> None:
    act(standing, "acknowledge")
    with standing.centre.sessions.begin() as session:
        session.get_one(Incident, standing.incident).acknowledged_by = "berta"
    refused = act(standing, "acknowledge")
    assert refused.status_code == 409
    assert "berta is on it already" in refused.json()["detail"]


def test_putting_aside_needs_a_time_to_come(standing: Any) -> None:
    assert act(standing, "suppress").status_code == 422
    past = (standing.centre.now() - timedelta(hours=1)).isoformat()
    assert act(standing, "suppress", until=past).status_code == 422
    until = (standing.centre.now() + timedelta(hours=1)).isoformat()
    assert act(standing, "suppress", until=until).status_code == 200
    assert standing.get("/incidents?hide_quiet=true").json()["total"] == 0
    assert standing.get("/incidents").json()["items"][0]["state"] == "suppressed"
    assert act(standing, "unsuppress").status_code == 200
    assert standing.get("/incidents?hide_quiet=true").json()["total"] == 1


def clear(town: Any) -> None:
    """Let the collector say that nothing is wrong any more."""
    with town.centre.sessions.begin() as session:
        session.query(ConditionRow).delete()
    settle_incidents(town.centre)


def test_what_is_over_is_opened_again_with_a_reason_and_stays_open_until_a_person_closes_it(standing: Any) -> None:
    assert act(standing, "reopen", note="why not").json()["detail"] == "The problem is not over."
    clear(standing)
    assert act(standing, "reopen").status_code == 422
    assert act(standing, "reopen", note="the caretaker still sees no light").status_code == 200
    settle_incidents(standing.centre)
    found = standing.get(f"/incidents/{standing.incident}").json()
    assert (found["state"], found["cleared_at"]) == ("open", None)
    assert found["kept_open_by"] == found["history"][-1]["actor"]
    assert act(standing, "close").status_code == 200
    settle_incidents(standing.centre)
    assert [h["what"] for h in standing.get(f"/incidents/{standing.incident}").json()["history"]] == [
        "raised",
        "cleared",
        "opened again",
        "closed",
    ]


def test_what_is_kept_open_and_happens_again_follows_what_is_measured_from_then_on(standing: Any) -> None:
    clear(standing)
    act(standing, "reopen", note="not over")
    assert raise_one(standing) == standing.incident
    found = standing.get(f"/incidents/{standing.incident}").json()
    assert (found["kept_open_by"], found["times_raised"]) == (None, 2)
    clear(standing)
    assert standing.get(f"/incidents/{standing.incident}").json()["state"] == "cleared"


def test_what_stands_cannot_be_closed(standing: Any) -> None:
    refused = act(standing, "close")
    assert refused.status_code == 409
    assert "still stands" in refused.json()["detail"]


def test_many_at_once_end_done_or_refused_each_with_a_reason(standing: Any) -> None:
    other = raise_one(standing, "edge")
    answer = act(standing, "acknowledge", ids=[standing.incident, other, "nonsense"]).json()
    assert answer["done"] == [standing.incident, other]
    assert answer["refused"] == [{"id": "nonsense", "reason": "Problem 'nonsense' is unknown."}]


@pytest.mark.parametrize("note", ["x" * 2001, "x" * 10_000_000])
def test_a_note_that_is_too_long_is_refused_with_one_sentence(standing: Any, note: str) -> None:
    refused = act(standing, "note", note=note)
    assert refused.status_code in (413, 422)
    assert refused.json()["detail"].endswith(".")
    assert len(standing.get(f"/incidents/{standing.incident}").json()["history"]) == 1


def test_an_empty_note_is_refused(standing: Any) -> None:
    assert act(standing, "note", note="  ").status_code == 422


def test_hostile_text_of_a_device_is_given_as_it_is_and_nowhere_interpreted(town: Any) -> None:
    enrol_one(town)
    name = "<script>alert(1)</script> =cmd|'/c calc'!A1 {{7*7}} %s"
    raise_one(town, name=name)
    item = town.get("/incidents").json()["items"][0]
    assert item["object"] == name


def test_lists_are_searched_filtered_and_paged(standing: Any) -> None:
    raise_one(standing, "edge")
    assert standing.get("/incidents?text=edg").json()["total"] == 1
    assert standing.get("/incidents?text=%25").json()["total"] == 0  # a percent sign is a percent sign
    assert standing.get("/incidents?severity=warning").json()["total"] == 0
    first = standing.get("/incidents?limit=1").json()
    second = standing.get(f"/incidents?limit=1&cursor={first['next']}").json()
    assert {first["items"][0]["device"], second["items"][0]["device"]} == {"core", "edge"}
    assert second["next"] is None
