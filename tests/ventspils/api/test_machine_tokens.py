"""Machines' tokens over HTTP."""

from typing import Any

import pytest


@pytest.mark.parametrize("scope", ["read", "write"])
def test_a_lesser_token_reaches_no_further_than_its_scope(town: Any, scope: str) -> None:
    token = town.post("/machine-tokens", {"name": "t", "scope": scope}).json()["token"]
    assert town.get("/devices", token=token).status_code == (200 if scope == "read" else 403)
    assert town.post("/agencies", {"name": "x"}, token=token).status_code == 403
    wrote = town.call("POST", "/api/v2/write?org=ventspils&bucket=raw", content="m f=1", token=token)
    assert wrote.status_code == (403 if scope == "read" else 204)


def test_a_token_is_listed_and_revoked(town: Any) -> None:
    made = town.post("/machine-tokens", {"name": "grafana", "scope": "read"}).json()
    assert [t["name"] for t in town.get("/machine-tokens").json()["items"]] == ["grafana"]
    assert made["token"] not in town.get("/machine-tokens").text
    town.call("DELETE", f"/api/v1/machine-tokens/{made['id']}")
    assert town.get("/devices", token=made["token"]).status_code == 401
