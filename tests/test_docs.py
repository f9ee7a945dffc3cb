"""Examples in the documentation are run; claims about files hold."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ROOTS = ("ventspils", "monitoring", "gis", "dashboard")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.process
@pytest.mark.parametrize("name", ["operations", "planning"])
def test_the_commands_of_a_page_run(tmp_path: Path, name: str) -> None:
    page = (ROOT / "docs" / f"{name}.md").read_text()
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    assert blocks
    for document in re.findall(r"```json\n(.*?)```", page, re.DOTALL):
        (tmp_path / "street.json").write_text(document)
    (tmp_path / "community.txt").write_text("public\n")
    (tmp_path / "devices.csv").write_text(
        "name,agency,site,address,credential\nlib-ap-1,Main Library,Akmeņu iela 2,127.0.0.2:1161,library\n"
    )
    for line in "".join(blocks).strip().splitlines():
        words = shlex.split(line.removeprefix("$ "))
        command, place = (
            [sys.executable, "-m", "ventspils.cli.main", *words[1:]],
            os.environ | {"VENTSPILS_HOME": str(tmp_path / "home")},
        )
        done = subprocess.run(
            command, cwd=tmp_path, env=place, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (line, done.stderr)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_changelog_names_no_number_that_readers_cannot_look_up() -> None:
    assert "issue" not in (ROOT / "CHANGELOG.md").read_text()


def test_every_setting_is_documented() -> None:
    from ventspils.core.settings import Settings

    page = (ROOT / "docs" / "operations.md").read_text()
    for section, field in Settings.model_fields.items():
        for key, value in field.annotation.model_fields.items():  # type: ignore[union-attr]
            assert value.description, (section, key)
            assert f"| `{section}.{key}` |" in page, (section, key)


def test_every_condition_and_column_is_documented() -> None:
    from monitoring.centre.device_csv import CSV_COLUMNS
    from monitoring.collector.conditions import Rule

    page = (ROOT / "docs" / "operations.md").read_text()
    for name in (*Rule, *CSV_COLUMNS):
        assert f"| `{name}` |" in page, name


def test_the_tables_of_the_operations_page_are_what_the_code_says() -> None:
    from docs.generate import PAGE, written

    assert PAGE.read_text() == written(PAGE.read_text()), "run `make docs`"


def test_every_make_target_that_the_pages_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in PAGES:
        for target in re.findall(r"`make ([\w-]+)`", page.read_text()):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_table_of_rooms_is_the_tree() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    (table,) = re.findall(r"^\| room \| what is in it \|\n(.*?)\n\n", page, re.MULTILINE | re.DOTALL)
    named = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    files = [path.relative_to(ROOT) for root in ROOTS for path in (ROOT / root).rglob("*.py")]
    rooms = {str(path.parent) for path in files} - {"ventspils/core/database/migrations/versions"}
    assert sorted(named) == sorted(rooms)


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_files_that_a_page_names_exist(name: str) -> None:
    named = re.findall(r"`((?:[\w.*-]+/)+[\w.*-]*)`", (ROOT / name).read_text())
    assert named
    for path in named:
        assert list(ROOT.glob(path)), path


def test_every_form_is_linked_from_the_page_for_contributors() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    forms = sorted((ROOT / "docs" / "forms").glob("*.md"))
    assert len(forms) == 4
    for form in forms:
        assert f"(docs/forms/{form.name})" in page


def test_hooks_before_a_commit_run_what_is_installed_and_fetch_nothing() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    assert {hook["id"] for hook in repository["hooks"]} == {"lint", "format", "types", "layers"}
    for hook in repository["hooks"]:
        program = Path(hook["entry"].split()[0])
        assert hook["language"] == "system"
        assert program.parent == Path(".venv/bin")
        assert (Path(sys.executable).parent / program.name).exists()


def test_editors_and_lint_agree_on_the_longest_line() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["line-length"]
    assert f"max_line_length = {lint}" in (ROOT / ".editorconfig").read_text()
