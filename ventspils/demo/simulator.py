"""
The simulator: many devices in one process, each on a loopback address of its own, with faults on command.

Commands come as JSON lines over a socket in the simulator's folder: `{"device": "sw-1", "fault": "silent", "value":
true}`. Faults are those of `Faults`, and the actions `reboot` and `jump`.
"""

import asyncio
import ipaddress
import json
import random
import resource
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from ventspils.core.errors import UnavailableError, UsageError
from ventspils.demo.day import Scene, Town, scene_of, turns_between
from ventspils.demo.device_models import KINDS, Faults, SimulatedDevice, layout_of
from ventspils.demo.responder import answer
from ventspils.demo.town import place

log = structlog.get_logger()

_FIRST_ADDRESS = ipaddress.IPv4Address("127.77.0.1")
_MALFORMED = b"\x30\x82\xff\xff\x02\x01\x01\x04\x06"
_WRAP_SOON = 2**32 - 1_000_000
_ACTIONS = ("reboot", "jump")

_SOCKET = "simulator.socket"  # in the home: where orders come


def address_of(number: int) -> str:
    """Return the loopback address of the device of that number."""
    return str(_FIRST_ADDRESS + number)


class Simulator:
    """Answers for its devices until closed; one loopback address a device, all on the same port."""

    def __init__(
        self,
        devices: Sequence[SimulatedDevice],
        *,
        port: int,
        community: str = "public",
        seed: int = 1,
        parents: Mapping[str, str | None] | None = None,
    ) -> None:
        self.devices = {device.name: device for device in devices}
        self.port = port
        self.town = Town(self.devices, parents or {})
        self._community = community.encode()
        self._random = random.Random(seed)
        self._sockets: list[socket.socket] = []
        self._doors: dict[str, _Door] = {}
        self.answered = 0

    def open(self) -> None:
        """
        Bind all addresses.

        Raises:
            UnavailableError: the port is taken on one of them.
        """
        loop = asyncio.get_running_loop()
        for number, device in enumerate(self.devices.values()):
            host = address_of(number)
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setblocking(False)
            try:
                sock.bind((host, self.port))
                self._doors[device.name] = _Door(host, self.port)
            except OSError as error:
                sock.close()
                self.close()
                raise UnavailableError(f"The simulator cannot use {host}:{self.port}: {error.strerror}.") from None
            loop.add_reader(sock, self._receive, sock, device)
            self._sockets.append(sock)

    def close(self) -> None:
        """Free the addresses."""
        for sock in self._sockets:
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self._sockets.clear()
        for door in self._doors.values():
            door.close()
        self._doors.clear()

    def _receive(self, sock: socket.socket, device: SimulatedDevice) -> None:
        for _ in range(16):
            try:
                datagram, source = sock.recvfrom(4096)
            except OSError:
                return
            self._respond(sock, device, datagram, source)

    def _respond(self, sock: socket.socket, device: SimulatedDevice, datagram: bytes, source: tuple[str, int]) -> None:
        faults = device.faults
        if faults.silent or (faults.loss and self._random.random() < faults.loss):
            return
        reply = answer(datagram, self._community, layout_of(device.kind, faults.index_shift), device, time.time())
        if reply is None:
            return
        self.answered += 1
        reply = _MALFORMED if faults.malformed else reply
        if faults.delay_s:
            asyncio.get_running_loop().call_later(faults.delay_s, _send, sock, reply, source)
        else:
            _send(sock, reply, source)

    def command(self, device_name: str, fault: str, value: object) -> None:
        """
        Set a fault of a device, or let it do something.

        Raises:
            UsageError: no such device, fault or value.
        """
        device = self.devices.get(device_name)
        if device is None:
            raise UsageError(f"Simulated device {device_name!r} does not exist.")
        if fault == "reboot":
            device.reboot(time.time())
        elif fault == "jump":
            device.jump(int(value) if isinstance(value, int) else _WRAP_SOON, time.time())
        elif fault in (known := {f.name: f.type for f in fields(Faults)}):
            if fault == "ports_down" and isinstance(value, list):
                value = tuple(int(v) for v in value)
            if not isinstance(value, bool | int | float | tuple):
                raise UsageError(f"Fault {fault!r} takes a value of type {known[fault]}.")
            if fault == "saturated_port":
                device.since_s = time.time()
            device.faults = replace(device.faults, **{fault: value})  # type: ignore[arg-type] # checked above
            if fault == "silent" and (door := self._doors.get(device_name)) is not None:
                door.lock() if value else door.unlock()
        else:
            raise UsageError(f"Fault {fault!r} does not exist; known are {', '.join([*known, *_ACTIONS])}.")
        log.info("fault_set", device=device_name, fault=fault, value=value)

    def play(self, scene: Scene, *, begins: bool) -> None:
        """Let a scene begin or end."""
        log.info("scene", name=scene.name, begins=begins)
        for order in (scene.start if begins else scene.end)(self.town):
            self.command(*order)

    async def keep_the_day(self, zone: str) -> None:
        """Let the scenes of the day begin and end at their minutes, until cancelled."""
        done = datetime.now(ZoneInfo(zone))
        while True:
            await asyncio.sleep(1)
            present = datetime.now(ZoneInfo(zone))
            for _, scene, begins in turns_between(done, present):
                self.play(scene, begins=begins)
            done = present

    async def listen(self, path: Path) -> None:
        """Take commands on a socket in the file system, until cancelled."""
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._converse, path, limit=4096)
        path.chmod(0o600)
        async with server:
            await server.serve_forever()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                try:
                    order = json.loads(line)
                    if "scene" in order:
                        self.play(scene_of(str(order["scene"])), begins=True)
                    else:
                        self.command(order["device"], order["fault"], order.get("value", True))
                    reply: dict[str, object] = {"done": True}
                except (ValueError, KeyError, TypeError) as error:
                    reply = {"done": False, "why": f"not a command: {error}"}
                except UsageError as error:
                    reply = {"done": False, "why": str(error)}
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()
        finally:
            writer.close()


class _Door:
    """
    A TCP port of a device, for reachability checks: it takes connections, or lets them wait for ever as a dead device
    would.

    A refusal would be an answer. So a locked door still listens, takes nothing, and its queue is full: Linux drops what
    comes then.
    """

    _QUEUE_FILLERS = 3

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sock.setblocking(False)
        self._sock.bind(self._address)
        self._sock.listen(0)
        self._fillers: list[socket.socket] = []
        self.unlock()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._sock.accept()
            except OSError:
                return
            connection.close()

    def lock(self) -> None:
        """Let nobody in."""
        asyncio.get_running_loop().remove_reader(self._sock)
        for _ in range(self._QUEUE_FILLERS - len(self._fillers)):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            filler.connect_ex(self._address)
            self._fillers.append(filler)

    def unlock(self) -> None:
        """Let everybody in."""
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        asyncio.get_running_loop().add_reader(self._sock, self._take)
        self._take()

    def close(self) -> None:
        """Take the door away."""
        self.unlock()
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()


def _send(sock: socket.socket, reply: bytes, target: tuple[str, int]) -> None:
    try:
        sock.sendto(reply, target)
    except OSError:
        log.warning("answer_not_sent", to=f"{target[0]}:{target[1]}")


def make_devices(kinds: Sequence[str], *, booted_s: float) -> list[SimulatedDevice]:
    """Return one device for every kind named, called `KIND-NUMBER`."""
    counts: dict[str, int] = {}
    devices = []
    for seed, kind in enumerate(kinds, start=1):
        counts[kind] = counts.get(kind, 0) + 1
        devices.append(
            SimulatedDevice(f"{kind}-{counts[kind]}", KINDS[kind], seed, booted_s - seed * 977, since_s=booted_s)
        )
    return devices


async def run_simulator(kinds: Sequence[str], *, port: int, home: Path, zone: str) -> None:
    """
    Answer for the devices of a town until the process is told to stop, and take orders meanwhile.

    Args:
        kinds: The kinds of its devices, in order.
        port: The UDP port of every device.
        home: The folder of the socket on which orders come.
        zone: The zone in which its day goes by.
    """
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # two sockets a device
    devices = make_devices(kinds, booted_s=time.time())
    parents = {placed.name: placed.parent for placed in place([(d.name, d.kind.name) for d in devices])}
    simulator = Simulator(devices, port=port, parents=parents)
    simulator.open()
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    listening = asyncio.create_task(simulator.listen(home / _SOCKET))
    day = asyncio.create_task(simulator.keep_the_day(zone))
    await stopping.wait()
    listening.cancel()
    day.cancel()
    simulator.close()


async def give_order(home: Path, order: Mapping[str, object]) -> None:
    """
    Tell the simulator of a running town to do something.

    Raises:
        UsageError: no town runs there, or it knows no such device, fault or scene.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(home / _SOCKET)
    except OSError:
        raise UsageError(f"No demo town runs in {home}; start it with `ventspils demo`.") from None
    writer.write(json.dumps(order).encode() + b"\n")
    reply = json.loads(await reader.readline())
    writer.close()
    if not reply["done"]:
        raise UsageError(str(reply["why"]))
