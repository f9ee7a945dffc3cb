"""
Of which kind a test is: unmarked ones run in this process alone and are the quick ones.

What a test takes says its kind, so that nobody has to think of it; a file that calls our commands marks itself. A test
without a mark cannot start a process: it fails where it tries.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.soak import IS_SOAK

PEER, BROWSER, PROCESS, SOAK = "peer", "browser", "process", "soak"
FIXTURES = {
    PEER: {
        "influxd",
        "telegraf",
        "snmpd",
        "postgresql",
        "postgresql_server",
        "migrated_postgresql",
        "toxiproxy",
        "proxied",
    },
    BROWSER: {"open_browser"},
    PROCESS: {
        "centre_process",
        "shared_centre",
        "page_town",
        "small_disk",
        "wheel",
        "unpacked",
        "bare",
        "network_only",
    },
}
_running: list[pytest.Item] = []


def kinds_of(item: pytest.Item) -> set[str]:
    """Return the kinds that what a test takes makes it of."""
    taken = set(getattr(item, "fixturenames", ()))
    found = {kind for kind, fixtures in FIXTURES.items() if fixtures & taken}
    if IS_SOAK and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        found.add(SOAK)  # usually they are as quick as others
    return found


def is_quick(item: pytest.Item) -> bool:
    """Whether a test stays in this process."""
    return not any(item.get_closest_marker(kind) for kind in (PEER, BROWSER, PROCESS))


def mark(items: list[pytest.Item]) -> None:
    """Give every test the marks of its kinds."""
    for item in items:
        for kind in sorted(kinds_of(item)):
            item.add_marker(kind)


@contextmanager
def running(item: pytest.Item) -> Iterator[None]:
    """Watch over a test while it runs, so that a quick one starts no process."""
    _running.append(item)
    try:
        yield
    finally:
        _running.remove(item)


def watch(config: pytest.Config) -> None:
    """Refuse processes to quick tests, from now on until pytest ends."""
    begin = subprocess.Popen.__init__

    def begin_unless_quick(self: Any, *arguments: Any, **options: Any) -> None:
        if _running and is_quick(_running[-1]):
            pytest.fail(f"{_running[-1].nodeid} starts a process ({str(arguments)[:200]}): mark it `process`")
        begin(self, *arguments, **options)

    subprocess.Popen.__init__ = begin_unless_quick  # type: ignore[method-assign]
    config.add_cleanup(lambda: setattr(subprocess.Popen, "__init__", begin))
