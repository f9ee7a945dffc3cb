"""Searches beside the service: what a planner hears of one that breaks off."""

import asyncio
import sys
from pathlib import Path

import pytest

from ventspils.centre import solver_processes
from ventspils.centre.solver_processes import SolverProcesses
from ventspils.core.errors import VentspilsError

pytestmark = pytest.mark.process


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "import os, sys; sys.stderr.write('terminate called without an active exception'); os.abort()",
            "broke off",
        ),
        ("import sys; sys.exit('a.json: No plan keeps all deadlines.')", "No plan keeps all deadlines."),
    ],
)
def test_a_librarys_last_words_never_reach_a_planner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    async def start(file: Path, limit_s: float, seed: int) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, stdout=pipe, stderr=pipe, limit=1 << 16
        )

    monkeypatch.setattr(solver_processes, "_start", start)
    solving = SolverProcesses().solve("plan", tmp_path / "a.json", {}, 5.0, 0, lambda progress: None)
    with pytest.raises(VentspilsError) as error:
        asyncio.run(solving)
    assert said in str(error.value)
    assert "terminate" not in str(error.value)
