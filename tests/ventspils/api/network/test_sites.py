"""Buildings over HTTP: added, changed, moved with all that is in them."""

from datetime import timedelta
from typing import Any

import pytest


@pytest.fixture
def places(town: Any) -> Any:
    """The town with a second institution; `school` and `library` are their ids, `main` the building of the devices."""
    town.library = town.post("/agencies", {"name": "Library"}).json()["id"]
    town.main = town.get("/sites").json()["items"][0]
    town.school = town.main["agency_id"]
    return town


def change(api: Any, site: Any, body: Any, **options: Any) -> Any:
    headers = {"If-Match": f'"{site["version"]}"'}
    return api.call("PATCH", f"/api/v1/sites/{site['id']}", json=body, headers=headers, **options)


def test_a_building_is_added_with_all_that_is_known_of_it(places: Any) -> None:
    body = {"agency_id": places.library, "name": "Branch", "address": "Akmeņu iela 2", "opening_hours": "Mon-Fri 9-18",
            "longitude": 21.5647, "latitude": 57.3894}  # fmt: skip
    added = places.post("/sites", body)
    assert (added.status_code, added.headers["ETag"]) == (201, '"1"')
    found = places.get(f"/sites/{added.json()['id']}").json()
    assert {name: found[name] for name in body} == body
    assert (found["agency"], found["contacts"]) == ("Library", [])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"name": "Main"}, 409, "has a building 'Main' already"),
        ({"name": " "}, 422, "printable characters"),
        ({"name": "New", "longitude": 21.5}, 422, "go together"),
        ({"name": "New", "latitude": 91, "longitude": 0}, 422, "latitude"),
        ({"name": "New", "address": "x" * 201}, 422, "address"),
        ({"name": "New", "agency_id": "nonsense"}, 404, "Institution 'nonsense' is unknown"),
    ],
)
def test_a_building_that_cannot_be_is_refused_with_one_sentence(
    places: Any, body: Any, status: int, words: str
) -> None:
    refused = places.post("/sites", {"agency_id": places.school} | body)
    assert refused.status_code == status
    assert words in refused.json()["detail"]
    assert places.get("/sites").json()["total"] == 1


def test_a_building_is_renamed_and_its_position_taken_away(places: Any) -> None:
    here = change(places, places.main, {"name": "House", "longitude": 21.5, "latitude": 57.3}).json()
    assert (here["name"], here["longitude"], here["latitude"]) == ("House", 21.5, 57.3)
    nowhere = change(places, here, {"longitude": None, "latitude": None}).json()
    assert (nowhere["longitude"], nowhere["latitude"]) == (None, None)
    assert {d["site"] for d in places.get("/devices").json()["items"]} == {"House"}


def test_two_edits_of_one_building_do_not_overwrite_each_other(places: Any) -> None:
    path = f"/api/v1/sites/{places.main['id']}"
    assert places.call("PATCH", path, json={"address": "a"}).status_code == 428
    assert change(places, places.main, {"address": "a"}).status_code == 200
    second = change(places, places.main, {"address": "b"})
    assert second.status_code == 412
    assert second.json()["present"]["address"] == "a"


def test_devices_contacts_and_maintenance_move_with_their_building(places: Any) -> None:
    contact = {"kind": "caretaker", "name": "Porter's desk", "site_id": places.main["id"]}
    places.post(f"/agencies/{places.school}/contacts", contact)
    places.post(f"/agencies/{places.school}/contacts", {"kind": "head", "name": "Office"})
    now = places.centre.now()
    window = {
        "title": "new switch",
        "agency_id": places.school,
        "site_id": places.main["id"],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=1)).isoformat(),
    }
    places.post("/maintenance", window)
    moved = change(places, places.main, {"agency_id": places.library})
    assert (moved.status_code, moved.json()["agency"]) == (200, "Library")
    assert {d["agency"] for d in places.get("/devices").json()["items"]} == {"Library"}
    assert [c["name"] for c in places.get(f"/sites/{places.main['id']}").json()["contacts"]] == ["Porter's desk"]
    assert [c["name"] for c in places.get(f"/agencies/{places.school}").json()["contacts"]] == ["Office"]
    assert [m["agency_id"] for m in places.get("/maintenance").json()["items"]] == [places.library]


def test_a_building_does_not_move_away_from_the_credentials_of_its_devices(places: Any) -> None:
    places.post("/credentials", {"name": "own", "community": "c", "agency": "School 1"})
    device = {"name": "n", "agency": "School 1", "site": "Main", "address": "10.0.0.9", "credential": "own"}
    assert places.post("/devices", device).status_code == 201
    refused = change(places, places.main, {"agency_id": places.library})
    assert refused.status_code == 409
    assert "'n' in building 'Main' need credentials that serve 'School 1' alone" in refused.json()["detail"]
    assert places.get(f"/sites/{places.main['id']}").json()["agency"] == "School 1"


def test_one_institutions_administrator_moves_nothing_out_or_in(places: Any) -> None:
    token = places.sign_in("admin", "Library")
    assert places.get(f"/sites/{places.main['id']}", token=token).status_code == 404
    assert change(places, places.main, {"agency_id": places.library}, token=token).status_code == 404
    own = places.post("/sites", {"agency_id": places.library, "name": "Branch"}, token=token)
    assert own.status_code == 201
    assert change(places, own.json(), {"agency_id": places.school}, token=token).status_code == 404
    assert places.post("/sites", {"agency_id": places.school, "name": "x"}, token=token).status_code == 404


def test_a_building_that_moves_brings_collectors_a_new_assignment(places: Any) -> None:
    before = places.centre.assignment_cache.changes
    change(places, places.main, {"agency_id": places.library})
    assert places.centre.assignment_cache.changes > before
