"""A centre in the test's own process, over an empty home."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.ventspils.digs import collection, named, place, sites, street, take, work
from ventspils.api.app import create_app
from ventspils.centre import chance_watch
from ventspils.centre.state import Centre, open_centre
from ventspils.core.home import Home
from ventspils.core.security import people
from ventspils.core.settings import load_settings


@dataclass
class Api:
    centre: Centre
    http: TestClient
    token: str

    def call(self, method: str, path: str, *, token: str | None = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self.http.request(method, path, headers=headers | options.pop("headers", {}), **options)

    def post(self, path: str, body: object, **options: Any) -> Any:
        return self.call("POST", f"/api/v1{path}", json=body, **options)

    def retire(self, name: str) -> Any:
        """Take a device out of service by its name; one that is not there by a name that is no id."""
        found = [d["id"] for d in self.get("/devices?limit=1000").json()["items"] if d["name"] == name]
        return self.call("DELETE", f"/api/v1/devices/{(found or [name])[0]}")

    def sign_in(self, role: str, agency: str | None = None, name: str = "somebody") -> str:
        """Return the token of a new person with one role, over an institution or all."""
        now = self.centre.now()
        with self.centre.sessions.begin() as session:
            person = people.add_person(
                session, name=name, full_name="", grants=[people.NewGrant(role, agency)], now=now
            )
            return people.open_session(session, person, now)

    def look(self) -> None:
        """Let chances to dig once be looked for now, as housekeeping does within a second."""
        chance_watch.bring_up_to_date(self.centre)

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", f"/api/v1{path}", **options)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    home = Home(tmp_path / "home")
    home.acquire()
    centre = open_centre(home, load_settings(home.path))
    centre.url = "http://testserver"
    with TestClient(create_app(centre)) as http:
        yield Api(centre, http, centre.process_token.get_secret_value())
    centre.close()
    home.release()


@pytest.fixture
def town(api: Api) -> Api:
    """The same with an agency, a credential and a parent and child device."""
    api.post("/agencies", {"name": "School 1"})
    api.post("/credentials", {"name": "ro", "community": "very-secret-community"})
    api.post(
        "/devices", {"name": "core", "agency": "School 1", "site": "Main", "address": "10.0.0.1", "credential": "ro"}
    )
    api.post(
        "/devices",
        {
            "name": "edge",
            "agency": "School 1",
            "site": "Main",
            "address": "10.0.0.2:1161",
            "credential": "ro",
            "parent": "core",
        },
    )
    return api


@pytest.fixture
def dug(town: Any) -> Any:
    """A town with one street, a root at its western and a school at its eastern end, and a pipe in its eastern half."""
    assert (
        take(town, "streets", collection(street((0, 0), (100, 0), (200, 0)), street((100, 0), (100, 50)))).status_code
        == 201
    )
    assert take(town, "works", collection(work(1)), "works.geojson").status_code == 201
    rows = sites(f"centre,{place(0, 0)},yes,0,", f"school,{place(200, 10)},no,2000,2027-12-31")
    assert take(town, "sites", rows, "sites.csv").status_code == 201
    return town


@pytest.fixture
def streets(town: Any) -> Any:
    """Ostas iela, 300 m, crossed by Jāņa iela at 100 and Dārza iela at 200 m."""
    lines = [
        named("Ostas iela", (0, 0), (100, 0), (200, 0), (300, 0)),
        named("Jāņa iela", (100, 0), (100, 80)),
        named("Dārza iela", (200, 0), (200, 80)),
    ]
    assert take(town, "streets", collection(*lines)).status_code == 201
    return town
