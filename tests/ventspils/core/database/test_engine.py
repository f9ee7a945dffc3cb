"""Migrations and repositories on SQLite and on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session, sessionmaker

import gis.register.models
import monitoring.centre.models
from monitoring.centre.collectors import enrol, make_code
from monitoring.centre.credentials import add_credential
from monitoring.centre.device_lists import SoughtDevices, list_devices
from monitoring.centre.devices import NewDevice, add_device
from monitoring.centre.models import Device
from ventspils.core.database import engine as engine_module
from ventspils.core.database.base import Base
from ventspils.core.database.engine import close_registry, open_registry
from ventspils.core.errors import DamagedError, UnavailableError, UsageError
from ventspils.core.home import Home
from ventspils.core.places import add_agency
from ventspils.core.security.roles import Scope
from ventspils.core.security.secrets import Vault

EVERYTHING = SoughtDevices(Scope(is_all=True))
HALVES = (gis.register.models, monitoring.centre.models)  # so that every table is known, whatever else is imported
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.sqlite'}"
    return str(request.getfixturevalue("postgresql"))


Opener = Callable[[], sessionmaker[Session]]


@pytest.fixture
def opened(url: str) -> Iterator[Opener]:
    made = []

    def open_again() -> sessionmaker[Session]:
        made.append(open_registry(url))
        return made[-1]

    yield open_again
    for sessions in made:
        close_registry(sessions)


def test_migrations_make_the_tables_that_the_models_describe(opened: Opener) -> None:
    sessions = opened()
    found = inspect(sessions.kw["bind"])
    assert set(found.get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    for name, table in Base.metadata.tables.items():
        assert {c["name"] for c in found.get_columns(name)} == {c.name for c in table.columns}


def test_opening_again_changes_nothing(opened: Opener) -> None:
    with opened().begin() as session:
        add_agency(session, "School 1")
    with opened().begin() as session:
        assert list_devices(session, EVERYTHING) == ([], 0)


def test_a_device_is_kept_with_all_that_belongs_to_it(opened: Opener, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "key")
    sessions = opened()
    with sessions.begin() as session:
        add_agency(session, "Rūķītis")
        add_credential(session, vault, name="ro", snmp_version="2c", community="s")
        add_device(session, NewDevice("sw", "Rūķītis", "Māja", "[2001:db8::1]:1161", "ro"), make_places=True)
    with sessions() as session:
        (row,), total = list_devices(session, EVERYTHING)
        assert (total, row.host, row.port, row.agency, row.credential) == (1, "2001:db8::1", 1161, "Rūķītis", "ro")
        device = session.get_one(Device, row.id)
        assert device.credential is not None
        assert vault.open(device.credential.sealed, f"credential {device.credential.id}") == "s"


def test_times_come_back_aware(opened: Opener, tmp_path: Path) -> None:
    sessions = opened()
    with sessions.begin() as session:
        code = make_code(session, zone="z", now=NOW)
    with sessions.begin() as session:
        assert enrol(session, Vault(tmp_path / "k"), code=code, name="c", public_key=b"x" * 32, now=NOW).zone == "z"


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        ("nonsense", UsageError, "cannot be used"),
        ("sqlite:////nowhere/at/all/registry", UnavailableError, "cannot be opened"),
        ("postgresql+psycopg://me:hidden@127.0.0.1:9/x", UnavailableError, "cannot be opened"),
    ],
)
def test_a_registry_that_cannot_be_opened_is_said_in_one_sentence(
    address: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as raised:
        open_registry(address)
    assert "hidden" not in str(raised.value)


def test_a_file_that_is_no_registry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"something else " * 100)
    with pytest.raises(DamagedError, match="not a registry"):
        open_registry(f"sqlite:///{tmp_path / 'r'}")


def _newest() -> str:
    return str(ScriptDirectory.from_config(engine_module._configuration()).get_current_head())


INTERRUPTED = """
import os, sys
from ventspils.core.database import engine
from alembic import command

upgrade = command.upgrade

def half(configuration, revision):
    connection = configuration.attributes["connection"]
    connection.exec_driver_sql("DROP TABLE sites")
    connection.exec_driver_sql("CREATE TABLE audit (number INTEGER)")
    os._exit(9)

command.upgrade = half
engine.open_registry(sys.argv[1])
"""


@pytest.mark.process
def test_an_upgrade_that_was_interrupted_begins_again_from_what_was_there_before(tmp_path: Path) -> None:
    import subprocess
    import sys

    from alembic import command
    from sqlalchemy import create_engine

    from ventspils.core.database.engine import _configuration

    file = tmp_path / "registry.sqlite"
    url = f"sqlite:///{file}"
    engine = create_engine(url)
    configuration = _configuration()
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
        connection.exec_driver_sql("INSERT INTO agencies (id, name) VALUES ('a', 'School 1')")
        connection.exec_driver_sql("INSERT INTO sites (id, agency_id, name) VALUES ('s', 'a', 'Main')")
    engine.dispose()
    assert subprocess.run([sys.executable, "-c", INTERRUPTED, url], check=False).returncode == 9
    sessions = open_registry(url)
    found = inspect(sessions.kw["bind"])
    assert set(found.get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    with sessions() as session:
        assert session.execute(text("SELECT name, version FROM sites")).all() == [("Main", 1)]
    close_registry(sessions)
    assert sorted(f.name for f in tmp_path.glob("*.before-*")) == [f"registry.sqlite.before-{_newest()}"]
    assert not list(tmp_path.glob("*.upgrading"))


def test_a_new_registry_leaves_no_copies(tmp_path: Path) -> None:
    close_registry(open_registry(f"sqlite:///{tmp_path / 'registry.sqlite'}"))
    assert [f.name for f in tmp_path.iterdir() if "before" in f.name or "upgrading" in f.name] == []


@pytest.mark.parametrize("name", ["a town", "100%", "50%25", "who?town", "town#1"])
def test_a_registry_lies_in_its_home_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / name)
    close_registry(open_registry(home.registry))
    assert home.registry.exists()
    assert [folder.name for folder in tmp_path.iterdir()] == [name]


def test_migrations_are_found_in_a_folder_with_a_percent_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine_module, "files", lambda _: tmp_path / "100% of a town")
    found = engine_module._configuration().get_main_option("script_location")
    assert found == str(tmp_path / "100% of a town" / "migrations")
