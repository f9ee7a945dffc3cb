"""
A day of the demo town: what goes wrong at which minute, and for how long. It touches devices only, as a real day would.

Times are those of the town's zone, written as HH:MM.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ventspils.core.errors import UsageError
from ventspils.demo.device_models import SimulatedDevice

EVENING_PORTS = 300
Command = tuple[str, str, object]


@dataclass(frozen=True)
class Scene:
    """Something that happens: its name, what it does to the town, what ends it, and when by itself."""

    name: str
    begins: str
    minutes: int
    start: Callable[["Town"], list[Command]]
    end: Callable[["Town"], list[Command]]


@dataclass(frozen=True)
class Town:
    """The devices, and which device each hangs on."""

    devices: Mapping[str, SimulatedDevice]
    parents: Mapping[str, str | None]

    def first(self, kind: str, number: int = 0) -> str:
        """Return the name of a device of a kind, the first that there is if there are not so many."""
        found = [name for name, device in self.devices.items() if device.kind.name == kind]
        if not found:
            raise UsageError(f"The town has no {kind}; start it with more devices.")
        return found[number % len(found)]

    def behind(self, name: str) -> list[str]:
        """Return a device and everything that hangs on it."""
        found = [name]
        for parent in found:
            found += [child for child, its in self.parents.items() if its == parent and child not in found]
        return found


def _uplink_port(town: Town, name: str) -> int:
    return town.devices[name].kind.ports


def _saturate(town: Town) -> list[Command]:
    switch = town.first("switch", 2)
    return [(switch, "saturated_port", _uplink_port(town, switch))]


def _evening(town: Town) -> list[Command]:
    """Return commands that take access ports down, switch by switch, until enough people have gone home."""
    left, commands = EVENING_PORTS, list[Command]()
    for name, device in town.devices.items():
        if device.kind.name != "switch" or left <= 0:
            continue
        access = range(1, device.kind.ports - device.kind.uplinks + 1)
        ports = list(access)[:left]
        left -= len(ports)
        commands.append((name, "ports_down", ports))
    return commands


def _morning(town: Town) -> list[Command]:
    return [(name, "ports_down", []) for name, device in town.devices.items() if device.kind.name == "switch"]


def _building(town: Town, *, silent: bool) -> list[Command]:
    return [(name, "silent", silent) for name in town.behind(town.first("switch", 4))]


SCENES = {
    scene.name: scene
    for scene in (
        Scene("reboot", "06:30", 5, lambda town: [(town.first("switch", 1), "reboot", True)], lambda town: []),
        Scene("uplink", "09:10", 25, _saturate, lambda town: [(town.first("switch", 2), "saturated_port", 0)]),
        Scene(
            "ups",
            "11:40",
            20,
            lambda town: [(town.first("ups"), "on_battery", True)],
            lambda town: [(town.first("ups"), "on_battery", False)],
        ),
        Scene(
            "building",
            "14:05",
            30,
            lambda town: _building(town, silent=True),
            lambda town: _building(town, silent=False),
        ),
        Scene("evening", "22:00", 8 * 60, _evening, _morning),
    )
}


def scene_of(name: str) -> Scene:
    """
    Return a scene by its name.

    Raises:
        UsageError: there is none.
    """
    if name not in SCENES:
        raise UsageError(f"Scene {name!r} does not exist; known are {', '.join(SCENES)}.")
    return SCENES[name]


def turns_between(after: datetime, until: datetime) -> Sequence[tuple[datetime, Scene, bool]]:
    """
    Return which scenes begin (True) and end (False) after a moment and until another, in order; both in the town's
    zone.
    """
    turns = []
    day = (after - timedelta(days=1)).date()
    while day <= until.date():
        for scene in SCENES.values():
            start = datetime.combine(day, time.fromisoformat(scene.begins), after.tzinfo)
            for at, begins in ((start, True), (start + timedelta(minutes=scene.minutes), False)):
                if after < at <= until:
                    turns.append((at, scene, begins))
        day += timedelta(days=1)
    return sorted(turns, key=lambda turn: turn[0])
