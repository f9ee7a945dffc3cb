"""Compose and image files: valid, and their lines run."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
REAL = os.environ.get("VENTSPILS_REAL") == "1"


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


@pytest.mark.process
def test_the_compose_file_keeps_to_the_compose_specification() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(ROOT / "docker-compose.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_service_has_a_health_check_and_a_pinned_image(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"influxdb", "postgres", "centre", "dashboard", "collector"}
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert re.search(r":\d+(\.\d+)+$", service["image"]), name


def test_the_composed_image_has_the_version_of_the_package(compose: dict[str, Any]) -> None:
    from ventspils import __version__

    for name in ("centre", "dashboard", "collector"):
        assert compose["services"][name]["image"] == f"ventspils-ict:{__version__}", name


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for variable in re.findall(r"\$\{(\w+)([^}]*)\}", text):
        assert variable[1].startswith(":?"), variable[0]
    for service in compose["services"].values():
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key or "TOKEN" in key:
                assert value.startswith("${"), key


def test_ports_are_published_on_loopback_only(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_locks_name_no_registry_and_pin_by_hash() -> None:
    for name in ("requirements.lock", "requirements-image.lock"):
        text = (ROOT / name).read_text()
        assert "http" not in re.sub(r"^http\w+==", "", text, flags=re.MULTILINE).lower(), name
        pins = re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE)
        assert len(pins) > 30
        assert text.count("--hash=sha256:") >= len(pins)
        assert "hatchling==" in text


def test_a_change_of_the_sources_installs_no_library_anew() -> None:
    """Layers of an image are kept up to the first line whose files changed."""
    steps = re.findall(r"^(?:COPY|RUN) .*$", DOCKERFILE, re.MULTILINE)
    (libraries,) = (k for k, step in enumerate(steps) if "-r requirements-image.lock" in step)
    copied = [step for step in steps[:libraries] if step.startswith("COPY")]
    assert copied == ["COPY requirements-image.lock ./"]
    assert steps[-2].startswith("RUN python -m pip install")
    assert "--no-deps" in steps[-2]
    assert steps[-1] == "RUN python -m gis.planning --compile"


@pytest.mark.process
@pytest.mark.skipif(not REAL, reason="installs everything anew; VENTSPILS_REAL=1 runs it")
@pytest.mark.timeout(400)
def test_the_images_lines_run_in_a_clean_environment(tmp_path: Path) -> None:
    """The install, CMD and HEALTHCHECK lines of the Dockerfile, in a fresh virtual environment instead of the image."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    bin_folder = tmp_path / "venv" / "bin"
    path = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "VENTSPILS_HOME": str(tmp_path / "home")}
    place = os.environ | path | {"PIP_NO_COMPILE": "1"}  # only what is started is compiled, and when it is
    for line in re.findall(r"^RUN (python -m pip .*)$", DOCKERFILE, re.MULTILINE):
        subprocess.run(
            [bin_folder / "python", *shlex.split(line)[1:], "--quiet"], cwd=ROOT, env=place, check=True, timeout=300
        )
    (command,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    (health,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    program, *arguments = json.loads(command)
    free = ["0" if word == "8480" else word for word in arguments]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [bin_folder / program, *free], cwd=tmp_path, env=place, stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    ready = process.stdout.readline()
    try:
        assert json.loads(ready)["url"].startswith("http://127.0.0.1:"), (tmp_path / "log").read_text()
        subprocess.run(
            [bin_folder / json.loads(health)[0], *json.loads(health)[1:]],
            cwd=tmp_path,
            env=place,
            check=True,
            timeout=30,
        )
    finally:
        process.terminate()
        process.stdout.close()
        assert process.wait(30) == 0


def build(folder: Path, kind: str, into: Path) -> Path:
    """Return the wheel or sdist that is built of a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (built,) = into.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the sdist unpacks to."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(ROOT, "sdist", folder)) as packed:
        packed.extractall(folder, filter="data")
    (found,) = (path for path in folder.iterdir() if path.is_dir())
    return found


def files_of(wheel: Path) -> dict[str, int]:
    """Return the files of a wheel with their checksums; its own list of them is left out."""
    with zipfile.ZipFile(wheel) as packed:
        return {info.filename: info.CRC for info in packed.infolist() if not info.filename.endswith("/RECORD")}


def test_a_wheel_holds_the_four_packages_and_their_data(wheel: Path) -> None:
    names = set(files_of(wheel))
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {
        "ventspils",
        "monitoring",
        "gis",
        "dashboard",
    }
    assert {
        "monitoring/profiles/standard/if-mib.toml",
        "ventspils/core/database/migrations/versions/0001_first_tables.py",
    } <= names
    assert {f"{package}/py.typed" for package in ("ventspils", "monitoring", "gis", "dashboard")} <= names


def test_the_sdist_makes_the_same_wheel(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    assert files_of(build(unpacked, "wheel", tmp_path)) == files_of(wheel)


def test_the_sdist_holds_every_file_of_the_repository(unpacked: Path) -> None:
    """The list of revisions that blame looks through is of use in a repository alone."""
    if shutil.which("git") is None:
        pytest.skip("git is not here")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no repository")
    kept = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()} - {".git-blame-ignore-revs"}
    packed = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert not kept - packed
