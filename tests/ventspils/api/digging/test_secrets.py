"""What one party keeps from another, and what a partner sees."""

from typing import Any

from tests.ventspils.digs import PLANNED, add, degrees, edit, partner, where


def test_a_secret_need_is_known_to_its_own_party_alone(streets: Any) -> None:
    ours, theirs = partner(streets, "ŪDEKA"), partner(streets, "Sadales tīkls")
    secret = add(streets, ours, sort="need", is_confidential=True, title="secret plan")
    public = add(streets, theirs, title="cable", promoter="Sadales tīkls", kind="power")
    paths = [
        "/works?sort=need",
        "/layers/needs",
        "/works?sort=need&text=secret",
        "/opportunities",
        "/changes?since=2020-01-01",
    ]
    streets.look()
    for path in paths:
        assert "secret plan" not in streets.get(path, token=theirs).text, path
        assert secret["id"] not in streets.get(path, token=theirs).text, path
    assert streets.get(f"/works/{secret['id']}", token=theirs).status_code == 404
    assert streets.get(f"/works/{secret['id']}/edges", token=theirs).status_code == 404
    assert streets.get(f"/works/{secret['id']}/routes", token=theirs).status_code == 404
    assert secret["id"].encode() not in streets.get("/exports/works.gpkg", token=theirs).content
    assert edit(streets, secret, theirs, note="x").status_code == 404
    assert streets.post(f"/works/{secret['id']}/restore", {"version": 1}, token=theirs).status_code == 404
    assert streets.get("/works?sort=need", token=ours).json()["total"] == 1
    assert edit(streets, public, ours, note="x").status_code == 403  # seen, and not theirs to change
    assert (
        streets.post("/works", PLANNED | {"promoter": "Sadales tīkls", "geometry": where(0, 9)}, token=ours).status_code
        == 403
    )
    assert edit(streets, secret, ours, promoter="Sadales tīkls").status_code == 403
    for path in ("/layers/sites", "/layers/routes", "/devices", "/plans", "/savings"):
        assert streets.get(path, token=ours).status_code == 403


def test_a_secret_past_and_a_secret_partner_stay_secret(streets: Any) -> None:
    ours, theirs = partner(streets, "ŪDEKA"), partner(streets, "Sadales tīkls")
    need = add(streets, ours, sort="need", stage="idea", is_confidential=True, title="SECRET early")
    edit(streets, need, ours, is_confidential=False, title="public")
    assert "SECRET" not in streets.get(f"/works/{need['id']}", token=theirs).text
    assert "SECRET" in streets.get(f"/works/{need['id']}", token=ours).text
    assert "joint_work_id" not in streets.get(f"/works/{need['id']}", token=theirs).json()["history"][0]


def test_a_partner_learns_of_the_routes_where_it_digs_and_of_no_others(streets: Any) -> None:
    theirs = partner(streets, "Sadales tīkls")
    town = {
        "type": "Polygon",
        "coordinates": [degrees((-9000, -9000), (9000, -9000), (9000, 9000), (-9000, 9000), (-9000, -9000))],
    }
    refused = streets.post("/dig-requests", {"promoter": "Sadales tīkls", "geometry": town}, token=theirs)
    assert (refused.status_code, "reaches over 2000 m at most" in refused.json()["detail"]) == (422, True)
    near = streets.post("/dig-requests", {"promoter": "Sadales tīkls", "geometry": where(0, 100)}, token=theirs)
    assert near.json()["routes"] == []


def test_a_partner_restores_no_version_of_somebody_else(streets: Any) -> None:
    theirs = partner(streets, "Sadales tīkls")
    found = add(streets)
    edit(streets, found, promoter="Sadales tīkls")
    assert streets.post(f"/works/{found['id']}/restore", {"version": 1}, token=theirs).status_code == 403
    assert streets.post(f"/works/{found['id']}/restore", {"version": 10**30}).status_code == 422


def test_for_somebody_else_nothing_is_looked_at_before_it_is_refused(town: Any) -> None:
    theirs, nowhere = partner(town, "ŪDEKA"), {"type": "LineString", "coordinates": [[1, 2]]}
    own = add(town, theirs, promoter="ŪDEKA")
    body = {"promoter": "Somebody else", "geometry": nowhere}
    told = [town.post(path, body, token=theirs).status_code for path in ("/works", "/dig-requests")]
    assert [*told, edit(town, own, theirs, **body).status_code] == [403, 403, 403]
