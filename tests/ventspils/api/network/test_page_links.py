"""Links on the pages of devices."""

from typing import Any

import pytest


def _device(town: Any, name: str = "core") -> Any:
    return next(d for d in town.get("/devices").json()["items"] if d["name"] == name)


def test_a_new_centre_links_to_the_web_interface_and_ssh(town: Any) -> None:
    device = _device(town)
    found = town.get(f"/devices/{device['id']}/links").json()["items"]
    assert [(link["name"], link["url"]) for link in found] == [
        ("SSH", f"ssh://{device['host']}"),
        ("Web interface", f"https://{device['host']}/"),
    ]


def test_a_link_is_added_filled_in_and_removed(town: Any) -> None:
    added = town.post("/links", {"name": "Helpdesk", "template": "https://help.example/?device={name}"}).json()
    device = _device(town)
    urls = [link["url"] for link in town.get(f"/devices/{device['id']}/links").json()["items"]]
    assert "https://help.example/?device=core" in urls
    assert town.call("DELETE", f"/api/v1/links/{added['id']}").status_code == 200
    assert town.get("/links").json()["total"] == 2


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("javascript:alert(1)", "must begin with one of"),
        ("data:text/html,x", "must begin with one of"),
        ("//elsewhere.example/", "must begin with one of"),
        ("https://a b/", "hold no blanks"),
        ("https://{secret}/", "{secret} is unknown"),
        ("https://{host.__class__}/", "is unknown"),
        ("https://{host!r}/", "is unknown"),
        ("https://{host:>99999999}/", "is unknown"),
        ("https://{host/", "brace"),
        ("https://" + "x" * 600, "must begin"),
    ],
)
def test_a_template_that_could_do_harm_is_refused(town: Any, template: str, said: str) -> None:
    refused = town.post("/links", {"name": "Bad", "template": template})
    assert refused.status_code == 422
    assert said in refused.json()["detail"]


def test_the_same_name_twice_and_an_unknown_link_are_refused(town: Any) -> None:
    assert town.post("/links", {"name": "SSH", "template": "ssh://{host}"}).status_code == 409
    assert town.call("DELETE", "/api/v1/links/none").status_code == 404
