"""A centre in the test's own process, over an empty home."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from monitoring.telemetry.duck import DuckStore
from tests.ventspils.digs import collection, named, place, sites, street, take, work
from ventspils.api.app import create_app
from ventspils.centre import opportunity_watch
from ventspils.centre.state import Centre, open_centre
from ventspils.core.home import Home
from ventspils.core.security import people, sessions
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
            return sessions.open_session(session, person, now)

    def look(self) -> None:
        """Let chances to dig once be looked for now, as housekeeping does within a second."""
        opportunity_watch.bring_up_to_date(self.centre)

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", f"/api/v1{path}", **options)


class StoreOnDemand(DuckStore):
    """The embedded store, opened once a test writes to it or looks at it; most do neither."""

    def __init__(self, folder: Path) -> None:
        self._unopened: tuple[Path, dict[str, int]] | None = (folder, {})
        self._opening = Lock()

    def __getattr__(self, name: str) -> Any:
        """Open the store where something of it is missing, which is as long as it is not open."""
        with self._opening:
            if self._unopened is not None:
                (folder, buckets), self._unopened = self._unopened, None
                super().__init__(folder)
                for bucket, retention_s in buckets.items():
                    super().ensure_bucket(bucket, retention_s)
        return object.__getattribute__(self, name)

    def ensure_bucket(self, name: str, retention_s: int) -> None:
        if (unopened := self._unopened) is not None:
            unopened[1][name] = retention_s
        else:
            super().ensure_bucket(name, retention_s)

    def maintain(self, now_s: int) -> None:
        if self._unopened is None:
            super().maintain(now_s)

    def close(self) -> None:
        if self._unopened is None:
            super().close()


@pytest.fixture(scope="session")
def _application() -> FastAPI:
    """The application, whose routes are put together once; every test puts a centre of its own behind them."""
    return create_app(cast(Centre, None))


@contextmanager
def opened(path: Path, application: FastAPI) -> Iterator[Api]:
    """Open the centre of a home behind the application."""
    home = Home(path)
    home.acquire()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("ventspils.centre.state.DuckStore", StoreOnDemand)
        centre = open_centre(home, load_settings(home.path))
    centre.url = "http://testserver"
    application.state.centre = centre
    with TestClient(application) as http:
        yield Api(centre, http, centre.process_token.get_secret_value())
    centre.close()
    home.release()


def _add_town(api: Api) -> None:
    """An agency, a credential and a parent and child device."""
    place = {"agency": "School 1", "site": "Main", "credential": "ro"}
    api.post("/agencies", {"name": "School 1"})
    api.post("/credentials", {"name": "ro", "community": "very-secret-community"})
    api.post("/devices", {"name": "core", "address": "10.0.0.1"} | place)
    api.post("/devices", {"name": "edge", "address": "10.0.0.2:1161", "parent": "core"} | place)


def _add_digs(town: Api) -> None:
    """One street, a root at its western and a school at its eastern end, and a pipe in its eastern half."""
    lines = collection(street((0, 0), (100, 0), (200, 0)), street((100, 0), (100, 50)))
    assert take(town, "streets", lines).status_code == 201
    assert take(town, "works", collection(work(1)), "works.geojson").status_code == 201
    rows = sites(f"centre,{place(0, 0)},yes,0,", f"school,{place(200, 10)},no,2000,2027-12-31")
    assert take(town, "sites", rows, "sites.csv").status_code == 201


def _add_streets(town: Api) -> None:
    """Ostas iela, 300 m, crossed by Jāņa iela at 100 and Dārza iela at 200 m."""
    lines = [
        named("Ostas iela", (0, 0), (100, 0), (200, 0), (300, 0)),
        named("Jāņa iela", (100, 0), (100, 80)),
        named("Dārza iela", (200, 0), (200, 80)),
    ]
    assert take(town, "streets", collection(*lines)).status_code == 201


# What is added to an empty home, one after the other; a test names the last.
HOMES = {"dug": (_add_town, _add_digs), "streets": (_add_town, _add_streets), "town": (_add_town,)}


@pytest.fixture(scope="session")
def _homes(
    tmp_path_factory: pytest.TempPathFactory, _application: FastAPI, _registry_template: Path
) -> Callable[[str], Path]:
    """Give a function that gives the folder of a home by its name; each is made once, and copied by tests."""
    folder = tmp_path_factory.mktemp("homes")

    def home_of(name: str) -> Path:
        if not (path := folder / name).exists():
            path.mkdir(mode=0o700)
            shutil.copyfile(_registry_template, path / "registry.sqlite")
            with opened(path, _application) as api:
                for add in HOMES.get(name, ()):
                    add(api)
        return path

    return home_of


@pytest.fixture
def api(
    request: pytest.FixtureRequest, tmp_path: Path, _application: FastAPI, _homes: Callable[[str], Path]
) -> Iterator[Api]:
    """A centre with an empty home, or with the town that the test takes as well."""
    name = next((name for name in HOMES if name in request.fixturenames), "empty")
    shutil.copytree(_homes(name), tmp_path / "home")
    with opened(tmp_path / "home", _application) as found:
        yield found


@pytest.fixture
def town(api: Api) -> Api:
    """The same with an agency, a credential and a parent and child device."""
    return api


@pytest.fixture
def dug(town: Api) -> Api:
    """A town with one street, a root at its western and a school at its eastern end, and a pipe in its eastern half."""
    return town


@pytest.fixture
def streets(town: Api) -> Api:
    """The town with Ostas iela, 300 m, crossed by Jāņa iela at 100 and Dārza iela at 200 m."""
    return town


@pytest.fixture
def joining(dug: Any) -> Any:
    """The small town on 15 January 2027, where a pipe is to come on 1 August, and fibre and heat would join."""
    dug.centre.now = lambda: datetime(2027, 1, 15, 12, tzinfo=UTC)
    return dug
