"""
Long searches that run beside the API, each a process of its own that tells how far it is and can be stopped with what
it has.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any  # JSON documents

import structlog

import gis.planning
from ventspils.core.errors import VentspilsError

Json = dict[str, Any]
log = structlog.get_logger()
_TOLD = 1  # the code with which a search ends that said why it has no answer
_LEAST_S = 3.0  # for what is still to be answered of a plan that was stopped


class SolverProcesses:
    """The searches under way, by the plan that each is for; a plan has one search at a time."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopped: set[str] = set()
        self._telling: set[str] = set()
        self.progress: dict[str, Json] = {}  # of the plans under way

    def start(self, plan_id: str, task: "asyncio.Task[None]") -> None:
        """Hold on to the task of a plan until it is over."""
        self._tasks[plan_id] = task
        task.add_done_callback(lambda _: self._forget(plan_id))

    def _forget(self, plan_id: str) -> None:
        self._tasks.pop(plan_id, None)
        self._stopped.discard(plan_id)
        self.progress.pop(plan_id, None)

    def stop(self, plan_id: str) -> bool:
        """Let a plan's searches end with the best they have; return whether it was under way."""
        if plan_id not in self._tasks:
            return False
        self._stopped.add(plan_id)
        self._interrupt(plan_id)
        return True

    def _interrupt(self, plan_id: str) -> None:
        """
        Interrupt a search that has begun; one that is still starting is interrupted when it first
        tells of itself.
        """
        process = self._processes.get(plan_id)
        if process is not None and plan_id in self._telling:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)

    def is_stopped(self, plan_id: str) -> bool:
        """Whether a plan was told to end."""
        return plan_id in self._stopped

    async def close(self) -> None:
        """End all searches."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def solve(
        self, plan_id: str, file: Path, document: Json, limit_s: float, seed: int, told: Callable[[Json], None]
    ) -> Json:
        """
        Return what the planner answers about an instance, worked out in a process of lower priority.

        Raises:
            VentspilsError: it found nothing, or could not run.
        """
        file.write_text(json.dumps(document))
        process = await _start(file, _LEAST_S if self.is_stopped(plan_id) else limit_s, seed)
        self._processes[plan_id] = process
        was_stopped = self.is_stopped(plan_id)

        def heard(progress: Json) -> None:
            self._telling.add(plan_id)
            if self.is_stopped(plan_id) and not was_stopped:
                self._interrupt(plan_id)
            told(progress)

        try:
            out, last = await _hear_out(process, heard)
        except asyncio.CancelledError:
            process.kill()
            raise
        finally:
            self._processes.pop(plan_id, None)
            self._telling.discard(plan_id)
        if process.returncode:
            raise VentspilsError(_why(process.returncode, last, file))
        answer: Json = json.loads(out)
        return answer


def _why(code: int, last: str, file: Path) -> str:
    """Return why a search has no answer: its own sentence, or ours where it broke off; a library's words are logged."""
    if code == _TOLD and last:
        return last.replace(f"{file}: ", "")
    log.error("planner_broke_off", code=code, last=last)
    return "The search broke off without an answer; make the plan again, or give it a smaller area."


async def _start(file: Path, limit_s: float, seed: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-P", "-m", gis.planning.__name__),  # -P: no file of the current folder is taken for one of ours
        *(str(file), "--time-limit", str(limit_s), "--seed", str(seed), "--progress"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=_be_nice,
        limit=1 << 26,
    )


async def _hear_out(process: asyncio.subprocess.Process, told: Callable[[Json], None]) -> tuple[bytes, str]:
    """Return what a search prints, and the last sentence that was no progress, once it has ended."""
    reading = asyncio.create_task(_follow(process, told))
    assert process.stdout is not None
    out = await process.stdout.read()
    last = await reading
    await process.wait()
    return out, last


async def _follow(process: asyncio.subprocess.Process, told: Callable[[Json], None]) -> str:
    """Pass on what a search tells of its progress; return the last sentence that was no progress."""
    last = ""
    assert process.stderr is not None
    async for line in process.stderr:
        text = line.decode(errors="replace").strip()
        try:
            told(json.loads(text))
        except (ValueError, TypeError):
            last = text or last
    return last


def _be_nice() -> None:
    os.nice(10)
