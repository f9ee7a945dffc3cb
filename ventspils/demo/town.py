"""The demo town: institutions of a place like Ventspils with their devices. Positions are schematic, drawn by rule."""

import math
from dataclasses import dataclass

# How many devices of each kind the town has: sixty.
POPULATION = {
    "core": 1,
    "switch": 12,
    "router": 4,
    "wifi": 10,
    "radio": 4,
    "ups": 6,
    "printer": 8,
    "server": 6,
    "sensor": 5,
    "nas": 4,
}
INSTITUTIONS = (
    "Digital Centre",
    "City Hall",
    "Main Library",
    "Music School",
    "State Gymnasium",
    "Creative House",
    "Museum",
    "Theatre House",
    "Sports Centre",
    "Kindergarten Rūķītis",
    "Clinic",
    "Social Service",
)
CENTRE_LONGITUDE, CENTRE_LATITUDE = MIDDLE = 21.5647, 57.3894


@dataclass(frozen=True)
class PlacedDevice:
    """A device with its place in the town."""

    name: str
    kind: str
    institution: str
    building: str
    longitude: float
    latitude: float
    parent: str | None


def kinds(count: int = 60) -> list[str]:
    """Return the kinds of the town's devices in order; for other numbers than sixty in the same shares."""
    share = [kind for kind, number in POPULATION.items() for _ in range(number)]
    return [share[position * len(share) // count] for position in range(count)]


def building_at(institution: int, middle: tuple[float, float] = MIDDLE) -> tuple[float, float]:
    """Return longitude and latitude of an institution's building: the first in the middle, the others around it."""
    angle = 2 * math.pi * institution / len(INSTITUTIONS)
    longitude, latitude = middle
    away = 1 if institution else 0
    return round(longitude + away * 0.02 * math.cos(angle), 5), round(latitude + away * 0.01 * math.sin(angle), 5)


def place(names_and_kinds: list[tuple[str, str]], middle: tuple[float, float] = MIDDLE) -> list[PlacedDevice]:
    """
    Return the devices spread over the institutions: the core in the Digital Centre, everything else
    behind its switch.
    """
    switches = [name for name, kind in names_and_kinds if kind == "switch"]
    core = next((name for name, kind in names_and_kinds if kind == "core"), None)
    placed = []
    for number, (name, kind) in enumerate(names_and_kinds):
        where = 0 if kind == "core" else (switches.index(name) if kind == "switch" else number) % len(INSTITUTIONS)
        parent = (
            None if kind == "core" else core if kind == "switch" or not switches else switches[where % len(switches)]
        )
        placed.append(
            PlacedDevice(
                name,
                kind,
                INSTITUTIONS[where],
                "Main building",
                *building_at(where, middle),
                parent,
            )
        )
    return placed
