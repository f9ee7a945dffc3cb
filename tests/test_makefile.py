"""The Makefile: every target is explained, a fitting Python is found, a release is refused where it must be."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
pytestmark = [pytest.mark.process, pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")]


def run_make(folder: Path, *words: str, **place: str) -> subprocess.CompletedProcess[str]:
    """Run make in a folder, apart from whatever make runs the tests."""
    kept = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = [str(shutil.which("make")), *words]
    return subprocess.run(command, cwd=folder, env=kept | place, capture_output=True, text=True, check=False)


def make_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with the Makefile and the two files that set-up looks at."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for a PATH that holds no Python of the system."""
    folder = tmp_path / "programs"
    make_program(folder, "pip-of-nobody", "exit 0")
    for name in ("sh", "touch", "sed"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def test_help_explains_every_target() -> None:
    (targets,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    shown = run_make(ROOT, "help").stdout
    explained = dict(re.findall(r"^  make (\S+) +(\S.*)$", shown, re.MULTILINE))
    assert sorted(explained) == sorted(targets.split())


def fake_python(version: str) -> str:
    """A script that judges the version test as a Python of that version would, and fails at anything else."""
    judge = f'code=$(printf "%s" "$2" | sed "s/sys.version_info/({version})/"); exec {sys.executable} -c "$code"'
    return f'if [ "$1" = -c ]; then {judge}; fi\necho "{version} was taken: $*"; exit 9'


@pytest.mark.parametrize(
    ("present", "taken"),
    [
        ({"python3.11": "3, 11, 7", "python3.13": "3, 13, 0"}, "3, 11, 7"),
        ({"python3.13": "3, 13, 0", "python3": "3, 9, 2"}, "3, 13, 0"),
        ({"python3.14": "3, 14, 0"}, "3, 14, 0"),
        ({"python3": "3, 12, 1"}, "3, 12, 1"),
    ],
    ids=["the one of the locks first", "a later one", "the latest", "the plain name"],
)
def test_set_up_takes_a_python_that_fits(sources: Path, programs: Path, present: dict[str, str], taken: str) -> None:
    for name, version in present.items():
        make_program(programs, name, fake_python(version))
    done = run_make(sources, "setup", PATH=str(programs))
    assert f"{taken} was taken: -m venv --clear .venv" in done.stdout, done.stderr


def test_set_up_passes_over_a_name_that_does_not_run(sources: Path, programs: Path) -> None:
    make_program(programs, "python3.11", 'echo "not installed here" >&2; exit 127')
    make_program(programs, "python3.12", fake_python("3, 12, 1"))
    done = run_make(sources, "setup", PATH=str(programs))
    assert "3, 12, 1 was taken: -m venv --clear .venv" in done.stdout, done.stderr


@pytest.mark.parametrize("version", ["3, 10, 13", "3, 15, 0"])
def test_set_up_says_so_where_no_python_fits(sources: Path, programs: Path, version: str) -> None:
    make_program(programs, "python3", fake_python(version))
    done = run_make(sources, "setup", PATH=str(programs))
    assert done.returncode != 0
    assert "Python 3.11 to 3.14 is needed and none is on the path" in done.stderr
    assert "was taken" not in done.stdout


def test_set_up_refuses_a_named_python_that_does_not_fit(sources: Path, programs: Path) -> None:
    make_program(programs, "old", fake_python("3, 9, 2"))
    done = run_make(sources, "setup", "PYTHON=old", PATH=str(programs))
    assert done.returncode != 0
    assert "old does not run or is not Python 3.11 to 3.14" in done.stderr


def test_an_environment_whose_python_is_gone_is_told(sources: Path) -> None:
    (sources / ".venv" / "bin").mkdir(parents=True)
    (sources / ".venv" / "bin" / "python").symlink_to("/nowhere/bin/python3.11")
    (sources / ".venv" / ".ready").touch()
    done = run_make(sources, "setup")
    assert (done.returncode, "make clean" in done.stderr) == (2, True)


@pytest.fixture
def release_tree(tmp_path: Path) -> Path:
    """A small repository that could be released as 1.2.3: clean, with a section in its changelog."""
    if shutil.which("git") is None:
        pytest.skip("git is not here; a release needs it")
    folder = tmp_path / "tree"
    (folder / "ventspils").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "ventspils" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (folder / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 - 2026-12-01\n")
    (folder / ".gitignore").write_text("bin/\ndist/\n")
    make_program(folder / "bin", "python", 'echo "built: $*"')
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def release(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Release with tests that pass and a builder that tells what it was asked."""
    who = {f"GIT_COMMITTER_{key}": "test@example.org" for key in ("NAME", "EMAIL")}
    return run_make(folder, "release", "MAKE=true", "BIN=bin", *words, **who)


def test_a_release_is_built_and_not_tagged(release_tree: Path) -> None:
    done = release(release_tree)
    assert done.returncode == 0, done.stderr
    assert "built: -m hatchling build -d dist" in done.stdout
    assert "dist/ holds version 1.2.3. Next:" in done.stdout
    assert git(release_tree, "tag") == ""


def test_a_release_is_tagged_when_asked_and_only_once(release_tree: Path) -> None:
    assert release(release_tree, "TAG=1").returncode == 0
    assert git(release_tree, "tag") == "v1.2.3\n"
    again = release(release_tree)
    assert again.returncode != 0
    assert "v1.2.3 is tagged already" in again.stderr


def test_a_release_of_changes_that_are_not_committed_is_refused(release_tree: Path) -> None:
    (release_tree / "new").write_text("")
    done = release(release_tree)
    assert done.returncode != 0
    assert "not committed" in done.stderr
    assert "built" not in done.stdout


def test_a_release_without_its_section_in_the_changelog_is_refused(release_tree: Path) -> None:
    (release_tree / "ventspils" / "__init__.py").write_text('__version__ = "1.2.4"\n')
    git(release_tree, "commit", "--quiet", "--all", "--message", "next")
    done = release(release_tree)
    assert done.returncode != 0
    assert "CHANGELOG.md has no section '## 1.2.4'" in done.stderr


def test_a_release_whose_tests_fail_is_not_built(release_tree: Path) -> None:
    done = release(release_tree, "MAKE=false")
    assert done.returncode != 0
    assert "built" not in done.stdout
