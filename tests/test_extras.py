"""
The wheel with some of its extras: what is there works, what is not is named in one sentence.

Each environment is a real one with the built wheel in it; the libraries are linked from the environment of the tests.
"""

import ast
import json
import os
import socket
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import httpx2
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.waiting import until
from ventspils.core.extras import MODULES, Extra

ROOT = Path(__file__).parent.parent
OWN = ("ventspils", "monitoring", "gis", "dashboard")


def needed(wheel: Path, extras: set[str]) -> set[str]:
    """Return the names of the packages that the wheel needs with some extras, and all that those need."""
    with zipfile.ZipFile(wheel) as packed:
        (metadata,) = (name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        lines = packed.read(metadata).decode().splitlines()
    told = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]
    waiting, found = [("ventspils-ict", frozenset(extras))], set()
    while waiting:
        name, wanted = waiting.pop()
        for text in told if name == "ventspils-ict" else distribution(name).requires or ():
            asked = Requirement(text)
            if asked.marker and not any(asked.marker.evaluate({"extra": extra}) for extra in (*wanted, "")):
                continue
            following = (canonicalize_name(asked.name), frozenset(asked.extras))
            if following not in found:
                found.add(following)
                waiting.append(following)
    return {name for name, _ in found} - {"ventspils-ict"}


class Installed:
    """An environment of its own with the wheel and the packages that some of its extras need."""

    def __init__(self, folder: Path, wheel: Path, extras: set[str]) -> None:
        venv.create(folder, symlinks=True)
        (site,) = folder.glob("lib/python*/site-packages")
        for name in needed(wheel, extras):
            for file in distribution(name).files or ():
                top = file.parts[0]
                if top != ".." and not (site / top).exists():
                    (site / top).symlink_to(Path(str(distribution(name).locate_file(top))))
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(site)
        self.python, self.home = folder / "bin" / "python", folder / "home"
        self.place = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self.place["VENTSPILS_HOME"] = str(self.home)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [self.python, "-m", "ventspils.cli.main", *words]
        return subprocess.run(
            command, env=self.place, cwd=self.python.parent, capture_output=True, text=True, timeout=60, check=False
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [self.python, "-m", "ventspils.cli.main", *words]
        return subprocess.Popen(command, env=self.place, cwd=self.python.parent, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel without any extra."""
    return Installed(tmp_path_factory.mktemp("bare"), wheel, set())


@pytest.fixture(scope="module")
def network_only(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel with the extra `centre` alone."""
    return Installed(tmp_path_factory.mktemp("network"), wheel, {"centre"})


@pytest.fixture
def device(bare: Installed) -> Iterator[str]:
    """A simulated device, answered for by the wheel without any extra."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    bare.home.mkdir(exist_ok=True)
    (bare.home / "town.json").write_text(json.dumps({"devices": 1, "port": port, "middle": None}))
    process = bare.start("simulate")
    until((bare.home / "simulator.socket").exists)
    from ventspils.demo.simulator import address_of

    yield f"{address_of(0)}:{port}"
    process.terminate()
    process.wait(20)


def test_without_extras_a_device_is_inspected_and_a_list_swept(bare: Installed, device: str, tmp_path: Path) -> None:
    assert "device" in bare.run("--help").stdout
    inspected = bare.run("device", "inspect", device, "--json")
    assert json.loads(inspected.stdout)["ports"], inspected.stderr
    (tmp_path / "targets").write_text(f"{device} public\n")
    swept = bare.run("sweep", "once", "--targets", str(tmp_path / "targets"), "--json")
    assert json.loads(swept.stdout)["answered"] == 1, swept.stderr


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["run"], "centre"),
        (["centre", "serve"], "centre"),
        (["demo"], "centre"),
        (["device", "list"], "centre"),
        (["works", "import", "works.geojson"], "centre"),
        (["person", "list"], "centre"),
        (["plan", "solve", "street.json"], "planner"),
        (["dashboard", "--api", "http://127.0.0.1:9/api/v1"], "dashboard"),
    ],
    ids=lambda found: " ".join(found) if isinstance(found, list) else found,
)
def test_a_command_says_which_extra_it_needs(bare: Installed, words: list[str], extra: str) -> None:
    for name in ("works.geojson", "street.json"):
        (bare.python.parent / name).write_text("{}")
    done = bare.run(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"This needs the extra '{extra}', which is not installed: pip install 'ventspils-ict[{extra}]'.\n"
    )


def test_a_registry_on_postgresql_says_which_extra_it_needs(network_only: Installed) -> None:
    network_only.place["VENTSPILS_REGISTRY__URL"] = "postgresql+psycopg://town@127.0.0.1:9/town"
    done = network_only.run("device", "list")
    del network_only.place["VENTSPILS_REGISTRY__URL"]
    assert (done.returncode, done.stdout) == (1, "")
    assert "the extra 'postgres'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def centre_without_planner(network_only: Installed) -> Iterator[httpx2.Client]:
    process = network_only.start("centre", "serve", "--port", "0")
    contact = network_only.home / "contact.json"
    until(contact.exists)
    told = json.loads(contact.read_text())
    headers = {"Authorization": f"Bearer {told['token']}"}
    with httpx2.Client(base_url=told["api"], headers=headers, timeout=20, trust_env=False) as http:
        yield http
    process.terminate()
    assert process.wait(20) == 0


def test_a_centre_without_the_planner_serves_all_but_plans(centre_without_planner: httpx2.Client) -> None:
    http = centre_without_planner
    assert http.get("/readyz").status_code == 200
    assert http.post("/api/v1/agencies", json={"name": "Main Library"}).is_success
    for path in ("devices", "incidents", "works", "opportunities", "plans", "layers/works"):
        assert http.get(f"/api/v1/{path}").status_code == 200, path
    refused = http.post("/api/v1/plans", json={"start": "2027-01"})
    assert refused.status_code == 501
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"].startswith("This needs the extra 'planner', which is not installed")


def test_the_packages_of_the_extras_are_those_of_the_table(wheel: Path) -> None:
    """What is imported anywhere is of the core or in the table, under the extra that brings it."""
    brought: dict[str, set[str]] = {extra: needed(wheel, {extra}) for extra in Extra}
    core, packages = needed(wheel, set()), packages_distributions()
    extra_of = {module: extra for extra, modules in MODULES.items() for module in modules}
    for module in imported_modules():
        names = {canonicalize_name(name) for name in packages.get(module, ())}
        if module in extra_of:
            assert names & brought[extra_of[module]], module
            assert not names & core, module
        else:
            assert names & core, module


def imported_modules() -> set[str]:
    """Return the top names of all modules that the four packages import and that are not Python's or our own."""
    found = set()
    for root in OWN:
        for file in (ROOT / root).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - set(OWN)
