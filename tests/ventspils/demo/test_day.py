"""The town's day and its made-up past."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitoring.telemetry.line_protocol import parse
from ventspils.core.errors import UsageError
from ventspils.demo.day import EVENING_PORTS, SCENES, Town, scene_of, turns_between
from ventspils.demo.history import DAYS, history_lines
from ventspils.demo.simulator import make_devices
from ventspils.demo.town import kinds, place

RIGA = ZoneInfo("Europe/Riga")


@pytest.fixture
def town() -> Town:
    devices = make_devices(kinds(60), booted_s=0)
    parents = {p.name: p.parent for p in place([(d.name, d.kind.name) for d in devices])}
    return Town({d.name: d for d in devices}, parents)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=RIGA)


def test_each_scene_begins_and_ends_once_a_day() -> None:
    turns = turns_between(local("2026-11-26T00:00"), local("2026-11-27T00:00"))
    assert sorted(scene.name for _, scene, begins in turns if begins) == sorted(SCENES)
    assert len([1 for _, _, begins in turns if not begins]) == len(SCENES)
    assert [at for at, _, _ in turns] == sorted(at for at, _, _ in turns)


def test_no_turn_is_missed_or_doubled_between_looks() -> None:
    whole = turns_between(local("2026-10-24T12:00"), local("2026-10-26T12:00"))  # over the change of the clocks
    looks = [local("2026-10-24T12:00"), local("2026-10-25T03:30"), local("2026-10-25T14:05"), local("2026-10-26T12:00")]
    parts = [turn for one, other in pairwise(looks) for turn in turns_between(one, other)]
    assert [(at, scene.name, begins) for at, scene, begins in parts] == [(at, s.name, b) for at, s, b in whole]


def test_in_the_evening_three_hundred_access_ports_go_down_and_no_uplink(town: Town) -> None:
    commands = scene_of("evening").start(town)
    assert sum(len(ports) for _, _, ports in commands) == EVENING_PORTS  # type: ignore[arg-type, misc] # lists of ports
    for name, _, ports in commands:
        kind = town.devices[name].kind
        assert max(ports) <= kind.ports - kind.uplinks  # type: ignore[call-overload]


def test_a_building_dies_with_everything_behind_its_switch(town: Town) -> None:
    names = [name for name, _, _ in scene_of("building").start(town)]
    assert names[0].startswith("switch-")
    assert len(names) > 1
    assert all(town.parents[name] == names[0] for name in names[1:])


def test_every_scene_is_undone_by_its_end(town: Town) -> None:
    for scene in SCENES.values():
        touched = {(name, fault) for name, fault, _ in scene.start(town) if fault != "reboot"}
        assert touched <= {(name, fault) for name, fault, _ in scene.end(town)}


def test_a_scene_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="known are reboot, uplink"):
        scene_of("earthquake")


def test_the_made_up_past_says_in_every_point_that_it_is() -> None:
    now_s = 1_795_000_000
    devices = [{"name": "ups-1", "id": "i", "host": "127.77.0.1", "agency": "a b", "site": "s"}]
    parts = list(history_lines(devices, now_s))
    assert len(parts) == DAYS
    for part in parts:
        for batch in parse(part, "s", 0):
            marks = next(column for (name, _), column in batch.columns.items() if name == "made_up")
            assert marks.null_count == 0
            assert batch.times_ns.max() <= now_s * 10**9
