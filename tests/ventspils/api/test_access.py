"""
Every route x every role x every scope, against a table written by hand; and what lies outside a scope looks as if it
were not.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ventspils.core.security import people, sessions
from ventspils.core.security.roles import Action, Grant, Role, scope_of

NOBODY, ANYBODY = "needs no token", "any valid token"
# What a route needs; a star means a role over all institutions.
NEEDS = {
    "GET /healthz": NOBODY,
    "GET /readyz": NOBODY,
    "POST /api/v1/tokens": NOBODY,
    "POST /api/v1/passwords": NOBODY,
    "POST /api/v1/collectors/enrol": NOBODY,
    "GET /api/v1/collectors/assignment": "a collector",
    "POST /api/v1/collectors/report": "a collector",
    "GET /api/v1/me": ANYBODY,
    "DELETE /api/v1/me/session": ANYBODY,
    "POST /api/v1/me/totp": ANYBODY,
    "POST /api/v1/me/totp/confirm": ANYBODY,
    "GET /api/v1/words": ANYBODY,
    "POST /api/v1/first-link": "administer *",
    "GET /api/v1/agencies": "see",
    "POST /api/v1/agencies": "configure *",
    "GET /api/v1/agencies/{agency_id}": "see",
    "POST /api/v1/agencies/{agency_id}/contacts": "configure",
    "DELETE /api/v1/contacts/{contact_id}": "configure",
    "GET /api/v1/sites": "see",
    "POST /api/v1/sites": "configure",
    "GET /api/v1/sites/{site_id}": "see",
    "PATCH /api/v1/sites/{site_id}": "configure",
    "GET /api/v1/credentials": "configure",
    "POST /api/v1/credentials": "configure",
    "GET /api/v1/devices": "see",
    "POST /api/v1/devices": "configure",
    "POST /api/v1/devices/import": "configure *",
    "GET /api/v1/devices/{device_id}": "see",
    "PATCH /api/v1/devices/{device_id}": "configure",
    "DELETE /api/v1/devices/{device_id}": "configure",
    "POST /api/v1/devices/{device_id}/check": "operate",
    "GET /api/v1/port-policies": "see",
    "POST /api/v1/port-policies": "configure",
    "DELETE /api/v1/port-policies/{policy_id}": "configure",
    "GET /api/v1/incidents": "see",
    "GET /api/v1/incidents/{incident_id}": "see",
    "POST /api/v1/incidents/actions": "operate",
    "GET /api/v1/conditions": "see",
    "GET /api/v1/basemap/style.json": ANYBODY,
    "GET /api/v1/basemap/{z}/{x}/{y}.pbf": ANYBODY,
    "GET /api/v1/exports/incidents.csv": "see",
    "GET /api/v1/exports/devices.csv": "see",
    "GET /api/v1/maintenance": "see",
    "POST /api/v1/maintenance": "operate",
    "DELETE /api/v1/maintenance/{maintenance_id}": "operate",
    "GET /api/v1/availability": "see",
    "GET /api/v1/notice-rules": "configure *",
    "POST /api/v1/notice-rules": "configure *",
    "POST /api/v1/notice-rules/{rule_id}/test": "configure *",
    "DELETE /api/v1/notice-rules/{rule_id}": "configure *",
    "POST /api/v1/imports/{kind}": "plan *",
    "GET /api/v1/imports": "survey *",
    "POST /api/v1/imports/{import_id}/undo": "plan *",
    "GET /api/v1/works": "survey",
    "POST /api/v1/works": "plan",
    "GET /api/v1/works/{work_id}": "survey",
    "PATCH /api/v1/works/{work_id}": "plan",
    "DELETE /api/v1/works/{work_id}": "plan",
    "POST /api/v1/works/{work_id}/restore": "plan",
    "GET /api/v1/works/{work_id}/edges": "survey",
    "PUT /api/v1/works/{work_id}/edges": "plan",
    "GET /api/v1/works/{work_id}/routes": "survey",
    "GET /api/v1/street-edges": "survey",
    "GET /api/v1/street-names": "survey",
    "POST /api/v1/emergencies": "plan",
    "POST /api/v1/dig-requests": "plan",
    "GET /api/v1/works.ics": "survey",
    "GET /api/v1/exports/works.gpkg": "survey",
    "GET /api/v1/conflicts": "survey",
    "GET /api/v1/opportunities": "survey",
    "POST /api/v1/opportunities/{opportunity_id}/decision": "plan",
    "GET /api/v1/changes": "survey",
    "GET /api/v1/parties": "survey",
    "POST /api/v1/parties": "plan *",
    "PATCH /api/v1/parties/{party_id}": "plan *",
    "GET /api/v1/moratoria": "survey",
    "POST /api/v1/moratoria": "plan *",
    "DELETE /api/v1/moratoria/{moratorium_id}": "plan *",
    "GET /api/v1/layers/{layer}": "survey",
    "GET /api/v1/cable-routes": "survey *",
    "GET /api/v1/prices": "survey *",
    "POST /api/v1/prices": "plan *",
    "DELETE /api/v1/prices/{price_id}": "plan *",
    "GET /api/v1/savings": "survey *",
    "GET /api/v1/savings/own": "survey",
    "GET /api/v1/savings/verified": "survey *",
    "GET /api/v1/savings/{subject}/bill": "survey *",
    "POST /api/v1/savings/{subject}": "plan *",
    "POST /api/v1/savings/{subject}/withdrawal": "plan *",
    "PUT /api/v1/ledger-years/{year}": "plan *",
    "GET /api/v1/reports": "survey *",
    "POST /api/v1/reports": "report *",
    "POST /api/v1/reports/{number}/approval": "approve *",
    "DELETE /api/v1/reports/{number}": "report *",
    "GET /api/v1/reports/{number}": "survey *",
    "GET /api/v1/streets": "survey *",
    "GET /api/v1/dig-sites": "survey *",
    "POST /api/v1/dig-sites": "plan *",
    "DELETE /api/v1/dig-sites/{site_id}": "plan *",
    "GET /api/v1/joint-works": "survey",
    "POST /api/v1/plans": "plan *",
    "GET /api/v1/plans": "survey *",
    "GET /api/v1/plans/{plan_id}": "survey *",
    "GET /api/v1/plans/{plan_id}/instance": "survey *",
    "GET /api/v1/plans/{plan_id}/map": "survey *",
    "POST /api/v1/plans/{plan_id}/stop": "plan *",
    "GET /api/v1/plans/{plan_id}/today": "survey *",
    "POST /api/v1/plans/{plan_id}/repair": "plan *",
    "POST /api/v1/plans/{plan_id}/adopted": "plan *",
    "POST /api/v1/plans/{plan_id}/agreed": "plan *",
    "POST /api/v1/plans/{plan_id}/built": "plan *",
    "GET /api/v1/links": "see",
    "POST /api/v1/links": "configure *",
    "DELETE /api/v1/links/{link_id}": "configure *",
    "GET /api/v1/devices/{device_id}/links": "see",
    "GET /api/v1/notices": "see *",
    "GET /api/v1/events": "see",
    "GET /api/v1/pulse": "see",
    "GET /api/v1/system": "administer *",
    "GET /api/v1/backup": "administer *",
    "GET /api/v1/people": "administer *",
    "POST /api/v1/people": "administer *",
    "PATCH /api/v1/people/{name}": "administer *",
    "POST /api/v1/people/{name}/link": "administer *",
    "GET /api/v1/walls": "administer *",
    "POST /api/v1/walls": "administer *",
    "DELETE /api/v1/walls/{wall_id}": "administer *",
    "GET /api/v1/machine-tokens": "administer *",
    "POST /api/v1/machine-tokens": "administer *",
    "DELETE /api/v1/machine-tokens/{token_id}": "administer *",
    "GET /api/v1/audit": "audit *",
    "GET /api/v1/audit/verified": "audit *",
    "GET /api/v1/collectors": "see *",
    "POST /api/v1/collectors/codes": "administer *",
    "POST /api/v1/collectors/{name}/revoke": "administer *",
    "POST /api/v2/write": "write",
    "GET /api/v1/telemetry/series": "see",
    "GET /api/v1/telemetry/percentile": "see",
    "GET /api/v1/telemetry/latest": "see",
}
MAY = {
    "viewer": {"see"},
    "operator": {"see", "operate", "survey"},
    "planner": {"see", "survey", "plan", "report"},
    "manager": {"see", "audit", "survey", "report", "approve"},
    "partner": {"survey", "plan"},  # over its own party, which is not everything
    "admin": {"see", "operate", "configure", "administer", "audit", "write", "survey", "plan", "report", "approve"},
}
ENDLESS = "GET /api/v1/events"


def routes_of(api: Any) -> list[str]:
    paths = api.http.get("/openapi.json").json()["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def sign_in(api: Any, role: str, agency: str | None, name: str = "somebody") -> str:
    """Return the token of a person with one role."""
    now = api.centre.now()
    with api.centre.sessions.begin() as session:
        party = "a party" if role == "partner" else None
        grants = [people.NewGrant(role, agency, party)]
        person = people.add_person(session, name=name, full_name="", grants=grants, now=now)
        return sessions.open_session(session, person, now)


def status_of(api: Any, route: str, token: str) -> int:
    method, path = route.split(" ")
    path = path.replace("{z}/{x}/{y}", "9/1/1").replace("{layer}", "works").replace("{year}", "2026")
    for part in ("agency_id", "contact_id", "site_id", "device_id", "name", "policy_id", "incident_id",
        "maintenance_id",
                 "rule_id", "wall_id", "token_id", "link_id", "import_id", "work_id", "plan_id",
                 "opportunity_id", "party_id", "moratorium_id", "price_id", "subject", "number"):  # fmt: skip
        path = path.replace("{" + part + "}", "x")
    return int(api.call(method, path, token=token).status_code)


def test_the_table_names_every_route(api: Any) -> None:
    assert set(routes_of(api)) == set(NEEDS)


@pytest.mark.parametrize("agency", [None, "School 1"], ids=["everything", "one institution"])
@pytest.mark.parametrize("role", sorted(MAY))
def test_a_role_opens_the_routes_of_the_table_and_no_others(town: Any, role: str, agency: str | None) -> None:
    token = sign_in(town, role, agency)
    is_scoped = agency is not None or role == "partner"
    for route, need in NEEDS.items():
        if need in (NOBODY, ANYBODY) or route == ENDLESS:
            continue
        opens = need.removesuffix(" *") in MAY[role] and not (need.endswith("*") and is_scoped)
        expected = "open" if opens else "closed"
        status = status_of(town, route, token)
        closed = (401,) if need == "a collector" else (403,)
        assert ("closed" if status in closed else "open") == expected, (route, status)


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_valid_token_everything_else_is_closed(town: Any, token: str) -> None:
    for route, need in NEEDS.items():
        status = status_of(town, route, token)
        assert (status == 401) is (need != NOBODY), (route, status)


def test_a_session_that_is_revoked_or_idle_for_too_long_opens_nothing(town: Any) -> None:
    token = sign_in(town, "viewer", None)
    assert town.get("/me", token=token).json()["roles"] == ["viewer"]
    assert town.call("DELETE", "/api/v1/me/session", token=token).status_code == 200
    assert town.get("/me", token=token).status_code == 401
    token = sign_in(town, "viewer", None, "another")
    present = town.centre.now()
    town.centre.now = lambda: present + timedelta(hours=13)
    assert town.get("/me", token=token).status_code == 401


def test_a_foreign_institutions_device_is_not_there_by_any_way(town: Any) -> None:
    town.post("/agencies", {"name": "School 2"})
    token = sign_in(town, "admin", "School 2")
    device = town.get("/devices").json()["items"][0]
    assert town.get("/devices", token=token).json()["total"] == 0
    assert town.get("/devices?text=core", token=token).json()["items"] == []
    assert town.get(f"/devices/{device['id']}", token=token).status_code == 404
    assert town.call("DELETE", f"/api/v1/devices/{device['id']}", token=token).status_code == 404
    headers = {"If-Match": '"1"'}
    changed = town.call(
        "PATCH", f"/api/v1/devices/{device['id']}", token=token, json={"reach": "icmp"}, headers=headers
    )
    assert changed.status_code == 404
    assert town.get(f"/agencies/{device['agency_id']}", token=token).status_code == 404
    assert [a["name"] for a in town.get("/agencies", token=token).json()["items"]] == ["School 2"]
    assert device["name"] in town.get("/exports/devices.csv").text
    assert device["name"] not in town.get("/exports/devices.csv", token=token).text
    line = f"interface,device_id={device['id']},ifName=Gi1 in_bps=1 {int(datetime.now(UTC).timestamp())}"
    town.call("POST", "/api/v2/write?org=ventspils&bucket=raw&precision=s", content=line)
    question = "/telemetry/latest?measurement=interface&field=in_bps&since_s=0"
    assert town.get(question).json()["total"] == 1
    assert town.get(question, token=token).json()["total"] == 0


def test_nobody_adds_or_moves_a_device_into_a_foreign_institution(town: Any) -> None:
    town.post("/agencies", {"name": "School 2"})
    token = sign_in(town, "admin", "School 2")
    new = {"name": "n", "agency": "School 1", "site": "Main", "address": "10.0.0.9"}
    assert town.post("/devices", new, token=token).status_code == 403
    own = town.post("/devices", new | {"agency": "School 2"}, token=token)
    assert own.status_code == 201
    path, headers = f"/api/v1/devices/{own.json()['id']}", {"If-Match": '"1"'}
    moved = town.call("PATCH", path, token=token, json={"agency": "School 1"}, headers=headers)
    assert moved.status_code == 403
    assert town.get(f"/devices/{own.json()['id']}").json()["agency"] == "School 2"


def test_one_institutions_administrator_makes_no_rule_for_the_whole_town(town: Any) -> None:
    token = sign_in(town, "admin", "School 1")
    for body in ({"devices": [""]}, {"device": ""}, {}):
        answer = town.post("/port-policies", {"pattern": "x", "mode": "never"} | body, token=token)
        assert answer.status_code in (403, 422), body
    assert town.get("/port-policies").json()["total"] == 0
    assert (
        town.post("/port-policies", {"pattern": "x", "mode": "never", "devices": ["core"]}, token=token).status_code
        == 201
    )


def test_a_foreign_or_the_towns_secret_is_sent_nowhere_by_one_institutions_administrator(town: Any) -> None:
    town.post("/agencies", {"name": "School 2"})
    town.post("/credentials", {"name": "hospital", "community": "very-secret", "agency": "School 1"})
    token = sign_in(town, "admin", "School 2")
    assert [c["name"] for c in town.get("/credentials", token=token).json()["items"]] == ["ro"]
    new = {"name": "n", "agency": "School 2", "site": "Main", "address": "10.66.0.1"}
    assert town.post("/devices", new | {"credential": "hospital"}, token=token).status_code == 422
    assert town.post("/devices", new | {"credential": "ro"}, token=token).status_code == 403
    own = {"name": "own", "community": "c", "agency": "School 2"}
    assert town.post("/credentials", own, token=token).status_code == 201
    assert town.post("/credentials", {"name": "all", "community": "c"}, token=token).status_code == 403
    assert town.post("/devices", new | {"credential": "own"}, token=token).status_code == 201


def test_foreign_devices_are_not_named_by_refusals(town: Any) -> None:
    town.post("/agencies", {"name": "School 2"})
    token = sign_in(town, "admin", "School 2")
    new = {"name": "n", "agency": "School 2", "site": "Main", "address": "10.0.0.1"}
    taken = town.post("/devices", new, token=token)
    assert taken.status_code == 409
    assert "core" not in taken.json()["detail"]
    assert town.post("/devices", new | {"address": "10.9.9.9", "parent": "core"}, token=token).status_code == 422


def test_scopes_of_several_roles_add_up() -> None:
    grants = [Grant(Role.VIEWER), Grant(Role.OPERATOR, "a"), Grant(Role.OPERATOR, "b")]
    assert scope_of(grants, Action.SEE).is_all
    assert scope_of(grants, Action.OPERATE).agency_ids == {"a", "b"}
    assert not scope_of(grants, Action.OPERATE).has(None)
    assert not scope_of(grants, Action.CONFIGURE)
