"""The supervisor starts our own program, whatever lies in the folder where somebody stands."""

from pathlib import Path

import pytest

from ventspils.cli.supervisor import Supervisor

pytestmark = pytest.mark.process


@pytest.mark.parametrize("name", ["dashboard.py", "monitoring.py", "ventspils/__init__.py"])
def test_no_file_of_the_current_folder_is_taken_for_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    foreign = tmp_path / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("raise SystemExit('somebody else')\n")
    monkeypatch.chdir(tmp_path)
    supervisor = Supervisor()
    supervisor.start("look", "device", "inspect", "--help")
    assert supervisor._children[0].process.wait(60) == 0
