"""Kinds of tests, and real parts for them: each fixture starts one, or skips and says what brings it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import kinds
from tests.soak import times
from tests.waiting import until
from tests.workers import TownScheduling
from ventspils.core.database.engine import close_registry, open_registry

PARTS = Path(os.environ.get("VENTSPILS_PARTS", Path.home() / ".cache/ventspils-ict/parts"))
MUST_BE_REAL = os.environ.get("VENTSPILS_REAL") == "1"

# How long one example takes says nothing on a machine that runs other tests beside.
settings.register_profile("town", max_examples=times(100), deadline=None)
settings.load_profile("town")


def pytest_configure(config: pytest.Config) -> None:
    kinds.watch(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    kinds.mark(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TownScheduling:
    return TownScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with kinds.running(item):
        return (yield)


def missing(what: str, target: str) -> None:
    """Skip, or fail where every part was promised."""
    message = f"{what} is not here; `make {target}` brings it"
    if MUST_BE_REAL:
        pytest.fail(message)
    pytest.skip(message)


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def answers(url: str) -> Callable[[], bool]:
    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=1) as response:
                return bool(response.status < 400)
        except OSError:
            return False

    return is_ready


class Influxd:
    """A real InfluxDB 2 with its first organisation."""

    token, org, bucket = "token-of-the-test", "town", "raw"

    def __init__(self, program: Path, folder: Path) -> None:
        self._program, self._folder, self._port = program, folder, free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()
        self.call(
            "/api/v2/setup",
            username="admin",
            password="password-of-the-test",
            org=self.org,
            bucket="raw",
            token=self.token,
        )

    def start(self) -> None:
        f = self._folder
        self._process = subprocess.Popen(
            [self._program, "--bolt-path", f / "bolt", "--engine-path", f / "engine", "--sqlite-path", f / "sqlite",
             "--http-bind-address", f"127.0.0.1:{self._port}", "--reporting-disabled", "--log-level", "error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(answers(self.url + "/health"))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)

    def call(self, path: str, **body: object) -> dict[str, object]:
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {"Authorization": f"Token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            found: dict[str, object] = json.loads(response.read())
        return found


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    program = PARTS / "influxd-2.9.1"
    if not program.exists():
        missing("InfluxDB 2.9", "influxd")
    server = Influxd(program, tmp_path_factory.mktemp("influxd"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def telegraf() -> Path:
    program = PARTS / "telegraf-1.37.2"
    if not program.exists():
        missing("Telegraf", "telegraf")
    return program


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with recorded devices, which is no part of the repository."""
    folder = os.environ.get("VENTSPILS_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("VENTSPILS_TEST_DATA does not name a folder with recorded devices")
    return Path(folder)


@pytest.fixture
def snmpd(tmp_path: Path) -> Iterator[str]:
    """A real net-snmp agent on a free loopback port; gives HOST:PORT, community `public`."""
    program = shutil.which("snmpd") or shutil.which("/usr/sbin/snmpd")
    if program is None:
        missing("net-snmp's snmpd", "debian-parts")
    port = free_port(socket.SOCK_DGRAM)
    settings = tmp_path / "snmpd.conf"
    settings.write_text(f"agentaddress udp:127.0.0.1:{port}\nrocommunity public 127.0.0.1\nsysname test-agent\n")
    log = (tmp_path / "snmpd.log").open("w")
    process = subprocess.Popen(
        [str(program), "-f", "-Lo", "-C", "-c", str(settings), "-I", "-smux", "-p", str(tmp_path / "pid")],
        stdout=log, stderr=log, env=os.environ | {"SNMP_PERSISTENT_DIR": str(tmp_path)},
    )  # fmt: skip
    time.sleep(1)
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
    log.close()


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL in a folder of the test; gives the first part of a database URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        missing("PostgreSQL", "debian-parts")
    folder, port = tmp_path_factory.mktemp("postgresql"), free_port()
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        folder.chmod(0o700)
        for parent in folder.parents:
            if parent != Path("/tmp") and str(parent).startswith("/tmp"):
                parent.chmod(0o755)
        as_user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    data = str(folder / "data")
    subprocess.run([*as_user, programs[-1] / "initdb", "-D", data, "-A", "trust", "-U", "town"], check=True, **quiet)
    command = [
        *as_user,
        programs[-1] / "postgres",
        "-D",
        data,
        "-p",
        str(port),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "fsync=off",  # what a test wrote need not outlive the machine
        "-k",
        str(folder),
    ]
    process = subprocess.Popen(command, **quiet)
    ready = [programs[-1] / "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-q"]
    until(lambda: subprocess.run(ready, check=False).returncode == 0)
    yield f"postgresql+psycopg://town@127.0.0.1:{port}"
    stop_postgresql(process)


def stop_postgresql(process: "subprocess.Popen[bytes]") -> None:
    """Stop a server without waiting for its clients, as a usual stop would; at once where even that takes long."""
    for order in (signal.SIGINT, signal.SIGQUIT):  # "fast" and "immediate"
        process.send_signal(order)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def tell_postgresql(server: str, command: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres".replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(command)  # type: ignore[arg-type]


@pytest.fixture
def postgresql(postgresql_server: str) -> Iterator[str]:
    """The URL of a fresh database."""
    name = f"t{time.monotonic_ns()}"
    tell_postgresql(postgresql_server, f'CREATE DATABASE "{name}"')
    yield f"{postgresql_server}/{name}"
    tell_postgresql(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: str) -> str:
    """The name of a database that was migrated once."""
    tell_postgresql(postgresql_server, "CREATE DATABASE migrated")
    close_registry(open_registry(f"{postgresql_server}/migrated"))
    return "migrated"


@pytest.fixture
def migrated_postgresql(postgresql_server: str, _postgresql_template: str) -> Iterator[str]:
    """The URL of a database with the registry's tables, copied instead of migrated."""
    name = f"t{time.monotonic_ns()}"
    tell_postgresql(postgresql_server, f'CREATE DATABASE "{name}" TEMPLATE "{_postgresql_template}"')
    yield f"{postgresql_server}/{name}"
    tell_postgresql(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def _registry_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry file that was migrated once."""
    file = tmp_path_factory.mktemp("registry") / "registry.sqlite"
    close_registry(open_registry(f"sqlite:///{file}"))
    return file


@pytest.fixture
def copy_registry(_registry_template: Path) -> Callable[[Path], str]:
    """Give a function that puts a registry with its tables at a path, copied instead of migrated, and gives its URL."""

    def copy(file: Path) -> str:
        shutil.copyfile(_registry_template, file)
        return f"sqlite:///{file}"

    return copy


class CentreProcess:
    """`ventspils centre serve` as a process of its own, on a port that it keeps over restarts."""

    org, bucket = "ventspils", "raw"

    def __init__(self, home: Path) -> None:
        self.home, self._port = home, free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    @property
    def token(self) -> str:
        return str(json.loads((self.home / "contact.json").read_text())["token"])

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "ventspils.cli.main",
            "centre",
            "serve",
            "--home",
            str(self.home),
            "--port",
            str(self._port),
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        until(answers(self.url + "/readyz"))
        until((self.home / "contact.json").exists)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture
def centre_settings() -> str:
    """What `ventspils.toml` says in the home of `centre_process`; a file of tests may have its own."""
    return ""


@pytest.fixture
def centre_process(tmp_path: Path, centre_settings: str) -> Iterator[CentreProcess]:
    home = tmp_path / "centre"
    home.mkdir(mode=0o700)
    (home / "ventspils.toml").write_text(centre_settings)
    centre = CentreProcess(home)
    yield centre
    centre.stop()


@pytest.fixture(scope="session")
def shared_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    """A centre for tests that write under names of their own."""
    centre = CentreProcess(tmp_path_factory.mktemp("shared") / "centre")
    yield centre
    centre.stop()


@pytest.fixture(
    params=[
        pytest.param("embedded", marks=pytest.mark.process),
        pytest.param("influxdb", marks=pytest.mark.peer),
    ]
)
def database(request: pytest.FixtureRequest) -> CentreProcess | Influxd:
    """A write endpoint that can be stopped and started again: the centre's own, and InfluxDB's."""
    found: CentreProcess | Influxd = request.getfixturevalue(
        "shared_centre" if request.param == "embedded" else "influxd"
    )
    return found


@pytest.fixture
def toxiproxy() -> Iterator[str]:
    """A real proxy for TCP faults; gives the address of its API."""
    program = PARTS / "toxiproxy-2.5.0"
    if not program.exists():
        missing("toxiproxy", "toxiproxy")
    port = free_port()
    process = subprocess.Popen(
        [program, "-host", "127.0.0.1", "-port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until(answers(f"http://127.0.0.1:{port}/version"))
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
