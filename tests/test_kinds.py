"""Marks of tests: derived from what they take, and held against what they do."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from tests.kinds import FIXTURES, PROCESS, SOAK, is_quick, kinds_of

COMMAND = [sys.executable, "-c", "pass"]


def test_a_test_without_a_mark_starts_no_process() -> None:
    with pytest.raises(pytest.fail.Exception, match="mark it `process`"):
        subprocess.run(COMMAND, check=True)


async def test_nor_does_it_by_way_of_asyncio() -> None:
    with pytest.raises(pytest.fail.Exception, match="mark it `process`"):
        await asyncio.create_subprocess_exec(*COMMAND)


@pytest.mark.process
def test_a_test_with_the_mark_does() -> None:
    subprocess.run(COMMAND, check=True)


def test_no_quick_test_takes_a_process_or_a_program(request: pytest.FixtureRequest) -> None:
    for item in request.session.items:
        assert kinds_of(item) <= {mark.name for mark in item.iter_markers()}, item.nodeid
        if is_quick(item):
            taken: Any = getattr(item, "fixturenames", ())
            assert not set().union(*FIXTURES.values()) & set(taken), item.nodeid


def test_every_kind_is_known_to_pytest(pytestconfig: pytest.Config) -> None:
    known = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert {*FIXTURES, PROCESS, SOAK} <= known
