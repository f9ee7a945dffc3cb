"""Kinds of simulated devices: which objects each has, and how their values move through the day."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from monitoring.snmp import encode_integer, encode_oid, encode_tlv
from ventspils.demo.responder import Arcs, Layout, ValueOf

_DAY_S = 86_400.0
SWING = 0.7
BUSIEST_S = 13 * 3600.0
COUNTER32, GAUGE32, TIME_TICKS, COUNTER64 = 0x41, 0x42, 0x43, 0x46


@dataclass(frozen=True)
class Kind:
    """What a device is: ports with their speed, and which tables it has beside them."""

    name: str
    ports: int = 0
    megabits: int = 1000
    uplinks: int = 0
    temperatures: int = 0
    disks: int = 0
    processors: int = 0
    is_ups: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("core", ports=48, megabits=10_000, uplinks=4, temperatures=6),
        Kind("switch", ports=48, uplinks=2, temperatures=2),
        Kind("router", ports=8, uplinks=1, temperatures=2, processors=1),
        Kind("wifi", ports=3, uplinks=1),
        Kind("radio", ports=2, megabits=500, uplinks=1, temperatures=1),
        Kind("ups", ports=1, megabits=100, is_ups=True),
        Kind("printer", ports=1, megabits=100, disks=1),
        Kind("server", ports=2, uplinks=1, disks=3, processors=8),
        Kind("sensor", ports=1, megabits=100, temperatures=4),
        Kind("nas", ports=2, uplinks=1, disks=5, processors=4),
    )
}


@dataclass
class Faults:
    """What is wrong with a device at the moment; every part can be set on command."""

    loss: float = 0.0
    delay_s: float = 0.0
    silent: bool = False
    malformed: bool = False
    index_shift: int = 0
    on_battery: bool = False
    ports_down: tuple[int, ...] = ()
    saturated_port: int = 0


@dataclass
class SimulatedDevice:
    """One device: its kind, and the state that its values follow."""

    name: str
    kind: Kind
    seed: int
    booted_s: float
    faults: Faults = field(default_factory=Faults)
    counter_base: int | None = None
    since_s: float = 0.0

    def counted(self, key: int, per_second: float, now_s: float) -> int:
        """Return a counter that has grown with the day's rhythm since the device started."""
        base = (
            random.Random(self.seed * 7919 + key).randrange(2**40) if self.counter_base is None else self.counter_base
        )
        return base + int(per_second * (_busy(now_s) - _busy(self.since_s)))

    def reboot(self, now_s: float) -> None:
        """Start again: uptime and counters at zero."""
        self.booted_s, self.counter_base, self.since_s = now_s, 0, now_s

    def jump(self, base: int, now_s: float) -> None:
        """Let all counters go on from a number, such as just below where they wrap."""
        self.counter_base, self.since_s = base, now_s


def _busy(t: float) -> float:
    """Return the integral of the day's shape 1 + swing x cos(2 pi (t - busiest) / day): it only ever grows."""
    angle = 2 * math.pi * (t - BUSIEST_S) / _DAY_S
    return t + SWING * _DAY_S / (2 * math.pi) * math.sin(angle)


def wave(seed: int, now_s: float, low: float, high: float) -> float:
    """Return a value that swings slowly between two bounds, each seed in its own rhythm."""
    period = 600 + seed % 1800
    return low + (high - low) * (0.5 + 0.5 * math.sin(2 * math.pi * (now_s + seed * 131) / period))


def _arcs(dotted: str, *index: int) -> Arcs:
    first, second, *rest = (int(part) for part in dotted.split("."))
    return (first * 40 + second, *rest, *index)


def _text(text: str) -> ValueOf:
    element = encode_tlv(0x04, text.encode())
    return lambda device, now_s: element


def _integer(value: int, tag: int = 0x02) -> ValueOf:
    element = encode_integer(value, tag)
    return lambda device, now_s: element


def _moving(read: Callable[[SimulatedDevice, float], int], tag: int = 0x02) -> ValueOf:
    return lambda device, now_s: encode_integer(read(device, now_s), tag)


def _counter(key: int, per_second: float, bits: int) -> ValueOf:
    tag, modulus = (COUNTER64, 2**64) if bits == 64 else (COUNTER32, 2**32)
    return lambda device, now_s: encode_integer(device.counted(key, per_second, now_s) % modulus, tag)


@cache
def layout_of(kind: Kind, index_shift: int) -> Layout:
    """Return the objects of a kind, its port indexes moved by a number; devices of a kind share them."""
    objects = _system(kind)
    _add_ports(objects, kind, index_shift)
    if kind.temperatures:
        _add_temperatures(objects, kind)
    if kind.disks or kind.processors:
        _add_host_resources(objects, kind)
    if kind.is_ups:
        _add_ups(objects)
    return Layout.of(objects)


def _system(kind: Kind) -> dict[Arcs, ValueOf]:
    system = "1.3.6.1.2.1.1"
    object_id = encode_tlv(0x06, encode_oid("1.3.6.1.4.1.8072.3.2.10"))
    return {
        _arcs(system, 1, 0): _text(f"Simulated {kind.name}"),
        _arcs(system, 2, 0): lambda device, now_s: object_id,
        _arcs(system, 3, 0): _moving(lambda d, t: int((t - d.booted_s) * 100) % 2**32, TIME_TICKS),
        _arcs(system, 5, 0): lambda device, now_s: encode_tlv(0x04, device.name.encode()),
    }


def _oper(port: int) -> ValueOf:
    return _moving(lambda d, t: 2 if port in d.faults.ports_down else 1)


def calm_bps(port: int, megabits: int) -> float:
    """Return the usual rate of a port: a few percent of its line, each port its own share."""
    return megabits * 1e6 * 0.05 * (0.2 + (port * 37 % 100) / 100)


def _octets(key: int, port: int, megabits: int) -> ValueOf:
    """Return a counter of a twentieth of the line, or of 97 % of it while the port is saturated."""
    calm, full = calm_bps(port, megabits) / 8, megabits * 1e6 / 8 * 0.97

    def read(device: SimulatedDevice, now_s: float) -> bytes:
        extra = (full - calm) * (now_s - device.since_s) if device.faults.saturated_port == port else 0.0
        return encode_integer((device.counted(key, calm, now_s) + int(max(0.0, extra))) % 2**64, COUNTER64)

    return read


def _add_ports(objects: dict[Arcs, ValueOf], kind: Kind, shift: int) -> None:
    table, extension = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
    for port in range(1, kind.ports + 1):
        index = port + shift
        objects.update({_arcs(table, column, index): v for column, v in _columns(kind, port, index).items()})
        objects.update({_arcs(extension, column, index): v for column, v in _extended_columns(kind, port).items()})


def _packets(kind: Kind, port: int) -> float:
    return calm_bps(port, kind.megabits) / 8 / 700


def _columns(kind: Kind, port: int, index: int) -> dict[int, ValueOf]:
    """Return a port's row of ifTable."""
    packets = _packets(kind, port)
    return {
        1: _integer(index),
        2: _text(f"GigabitEthernet0/{port}"),
        3: _integer(6),
        4: _integer(1500),
        5: _integer(min(kind.megabits * 1_000_000, 2**32 - 1), GAUGE32),
        6: lambda device, now_s: encode_tlv(0x04, bytes((2, 0, *device.seed.to_bytes(3), port))),
        7: _integer(1),
        8: _oper(port),
        9: _integer(0, TIME_TICKS),
        10: _counter(port * 100 + 1, packets * 700, 32),
        11: _counter(port * 100 + 3, packets, 32),
        13: _integer(0, COUNTER32),
        14: _integer(0, COUNTER32),
        16: _counter(port * 100 + 2, packets * 700, 32),
        17: _counter(port * 100 + 4, packets, 32),
        19: _integer(0, COUNTER32),
        20: _integer(0, COUNTER32),
    }


def _extended_columns(kind: Kind, port: int) -> dict[int, ValueOf]:
    """Return a port's row of ifXTable."""
    packets = _packets(kind, port)
    is_uplink = port > kind.ports - kind.uplinks
    return {
        1: _text(f"Gi0/{port}"),
        6: _octets(port * 100 + 1, port, kind.megabits),
        7: _counter(port * 100 + 3, packets, 64),
        8: _counter(port * 100 + 5, 2.0, 64),
        9: _counter(port * 100 + 6, 3.0, 64),
        10: _octets(port * 100 + 2, port, kind.megabits),
        11: _counter(port * 100 + 4, packets, 64),
        12: _counter(port * 100 + 7, 2.0, 64),
        13: _counter(port * 100 + 8, 1.0, 64),
        15: _integer(kind.megabits, GAUGE32),
        18: _text("uplink" if is_uplink else f"room {port}"),
        19: _integer(0, TIME_TICKS),
    }


def _add_temperatures(objects: dict[Arcs, ValueOf], kind: Kind) -> None:
    physical, sensor = "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.99.1.1.1"
    chassis = {2: "Chassis", 7: "Chassis 1", 10: "1.0", 11: "SIM", 12: "Simulator", 13: f"Sim {kind.name}"}
    objects.update({_arcs(physical, column, 1): _text(text) for column, text in chassis.items()})
    objects[_arcs(physical, 5, 1)] = _integer(3)
    for number in range(2, kind.temperatures + 2):
        objects[_arcs(physical, 2, number)] = _text(f"Temperature {number - 1}")
        objects[_arcs(physical, 5, number)] = _integer(8)
        objects[_arcs(physical, 7, number)] = _text(f"Temperature {number - 1}")
        readings = {1: _integer(8), 2: _integer(9), 3: _integer(1), 5: _integer(1)}
        readings[4] = _moving(lambda d, t, n=number: int(10 * wave(d.seed + n, t, 24, 41)))  # type: ignore[misc]
        objects.update({_arcs(sensor, column, number): value for column, value in readings.items()})


def _add_host_resources(objects: dict[Arcs, ValueOf], kind: Kind) -> None:
    device, load, storage = "1.3.6.1.2.1.25.3.2.1", "1.3.6.1.2.1.25.3.3.1", "1.3.6.1.2.1.25.2.3.1"
    for number in range(1, kind.processors + 1):
        objects[_arcs(device, 3, number)] = _text(f"Core {number}")
        objects[_arcs(load, 2, number)] = _moving(lambda d, t, n=number: int(wave(d.seed * 3 + n, t, 3, 60)))  # type: ignore[misc]
    for number in range(1, kind.disks + 2):
        is_memory = number == 1
        type_oid = encode_tlv(0x06, encode_oid(f"1.3.6.1.2.1.25.2.1.{2 if is_memory else 4}"))
        objects[_arcs(storage, 2, number)] = lambda d, t, oid=type_oid: oid  # type: ignore[misc]
        objects[_arcs(storage, 3, number)] = _text("Physical memory" if is_memory else f"/volume{number - 1}")
        objects[_arcs(storage, 4, number)] = _integer(4096)
        objects[_arcs(storage, 5, number)] = _integer(4_000_000 * number)
        objects[_arcs(storage, 6, number)] = _moving(
            lambda d, t, n=number: int(4_000_000 * n * wave(d.seed + 17 * n, t, 0.3, 0.6))  # type: ignore[misc]
        )


def _add_ups(objects: dict[Arcs, ValueOf]) -> None:
    ups = "1.3.6.1.2.1.33.1"
    for column, text in ((1, "Simulator"), (2, "Sim UPS 1500"), (3, "1.0"), (4, "1.0")):
        objects[_arcs(ups, 1, column, 0)] = _text(text)
    scalars: dict[tuple[int, int], ValueOf] = {
        (2, 1): _moving(lambda d, t: 3 if d.faults.on_battery else 2),
        (2, 2): _moving(lambda d, t: 60 if d.faults.on_battery else 0),
        (2, 3): _moving(lambda d, t: 12 if d.faults.on_battery else 45),
        (2, 4): _moving(lambda d, t: 55 if d.faults.on_battery else 100),
        (2, 5): _integer(547),
        (2, 7): _moving(lambda d, t: int(wave(d.seed, t, 22, 29))),
        (4, 1): _moving(lambda d, t: 5 if d.faults.on_battery else 3),
        (4, 2): _integer(500),
        (6, 1): _moving(lambda d, t: 1 if d.faults.on_battery else 0, GAUGE32),
    }
    objects.update({_arcs(ups, group, column, 0): value for (group, column), value in scalars.items()})
    for column, value in ((2, 500), (3, 231), (4, 20), (5, 410)):
        objects[_arcs(ups, 3, 3, 1, column, 1)] = _integer(value)
    for column, value in ((2, 230), (3, 19), (4, 400), (5, 27)):
        objects[_arcs(ups, 4, 4, 1, column, 1)] = _integer(value)
