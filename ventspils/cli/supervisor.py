"""One supervisor over the processes of a centre: starts them, starts them again when they die, stops them together."""

import base64
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import TracebackType
from typing import Self

import httpx2
import structlog

from ventspils.core.errors import UnavailableError
from ventspils.core.home import CentreAddress, Home
from ventspils.core.settings import LOOPBACK, load_settings

log = structlog.get_logger()

_READY_WITHIN_S = 60.0
_STOP_WITHIN_S = 20.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0


@dataclass
class _Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    started_s: float
    wait_s: float = _FIRST_WAIT_S
    restart_at_s: float | None = None


@dataclass
class Supervisor:
    """The children of one `ventspils run`."""

    _children: list[_Child] = field(default_factory=list)

    def start(self, name: str, *arguments: str) -> None:
        """Start a child: this same program with other arguments."""
        command = [sys.executable, "-P", "-m", "ventspils.cli.main", *arguments]  # -P: nothing of the current folder
        self._children.append(_Child(name, command, _spawn(command), time.monotonic()))

    def watch(self) -> None:
        """Start again whatever ended by itself, after a pause that grows while it keeps ending."""
        now_s = time.monotonic()
        for child in self._children:
            status = child.process.poll()
            if status is None:
                continue
            if child.restart_at_s is None:
                if now_s - child.started_s > _LONGEST_WAIT_S:
                    child.wait_s = _FIRST_WAIT_S
                child.restart_at_s = now_s + child.wait_s
                log.error("process_ended", name=child.name, status=status, again_in_s=child.wait_s)
            elif now_s >= child.restart_at_s:
                child.process, child.started_s, child.restart_at_s = _spawn(child.command), now_s, None
                child.wait_s = min(_LONGEST_WAIT_S, 2 * child.wait_s)

    def ended(self, name: str) -> int | None:
        """Return the exit code of a child that has ended, else None."""
        return next(child.process.poll() for child in self._children if child.name == name)

    def stop(self) -> None:
        """Stop the children, the last started first, and wait for them."""
        for child in reversed(self._children):
            child.process.terminate()
            try:
                child.process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                log.error("process_killed", name=child.name)
                child.process.kill()
                child.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process of its own group, so that Ctrl-C reaches the supervisor alone and everything stops in order."""
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own program


def wait_until_ready(home: Home, supervisor: Supervisor) -> CentreAddress:
    """
    Return how the centre is reached once it answers.

    Raises:
        UnavailableError: it ended, or does not answer in time.
    """
    return wait_for(lambda: _ready_contact(home), supervisor)


def wait_for(find: Callable[[], CentreAddress | None], supervisor: Supervisor) -> CentreAddress:
    """Return what `find` gives as soon as it gives something."""
    until_s = time.monotonic() + _READY_WITHIN_S
    while (found := find()) is None:
        if supervisor.ended("centre") is not None:
            raise UnavailableError("The centre ended while it was starting; its reason stands above.")
        if time.monotonic() > until_s:
            raise UnavailableError(f"The centre did not answer within {_READY_WITHIN_S:.0f} s; see its log above.")
        time.sleep(0.1)
    return found


def _ready_contact(home: Home) -> CentreAddress | None:
    contact = home.contact()
    if contact is None:
        return None
    try:
        return contact if httpx2.get(f"{contact.api}/readyz", timeout=5, trust_env=False).is_success else None
    except httpx2.HTTPError:
        return None


def start_pages(supervisor: Supervisor, home: Home, contact: CentreAddress, *, any_port: bool, may_move: bool) -> str:
    """
    Start the pages if they are installed, wait until they answer, and return the address that a person opens.

    Raises:
        UnavailableError: they did not come up, or their port is taken and they may not move to another.
    """
    if find_spec("streamlit") is None:
        return contact.api
    settings = load_settings(home.path)
    host, port = settings.dashboard.host, settings.dashboard.port
    is_taken = port != 0 and not any_port and not _can_listen(host, port)
    if is_taken and not may_move:
        raise UnavailableError(f"The pages cannot listen on {host}:{port}: another program does; set dashboard.port.")
    port = free_port(host) if any_port or port == 0 or is_taken else port
    supervisor.start(
        "dashboard",
        "dashboard",
        "--api",
        f"{contact.api}/api/v1",
        "--host",
        host,
        "--port",
        str(port),
        "--language",
        settings.dashboard.language,
        "--zone",
        settings.collector.timezone,
        *(["--behind-proxy"] if host not in LOOPBACK else []),
    )
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    until_s = time.monotonic() + _READY_WITHIN_S
    while not _is_answering(f"{url}/healthz"):
        if supervisor.ended("dashboard") is not None or time.monotonic() > until_s:
            raise UnavailableError(f"The pages did not come up at {url}; their reason stands above.")
        time.sleep(0.1)
    return url


def _can_listen(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str) -> int:
    """Return a port that is free at the moment."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])


def _is_answering(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2, trust_env=False).is_success
    except httpx2.HTTPError:
        return False


def enrol_own_collector(home: Home, contact: CentreAddress) -> None:
    """Let the collector on this machine in, unless it is already; its centre may have moved to another port since."""
    from monitoring.collector.assignment import CollectorFiles

    files = CollectorFiles(home.collector)
    headers = {"Authorization": f"Bearer {contact.token.get_secret_value()}"}
    address = f"{contact.api}/api/v1/collectors"
    with httpx2.Client(base_url=address, headers=headers, timeout=20, trust_env=False) as http:
        if (known := files.enrolment()) is not None:
            mine = {"Authorization": f"Bearer {known[1].get_secret_value()}"}
            if http.get("/assignment", headers=mine).status_code != 401:
                files.save_enrolment(contact.api, known[1].get_secret_value())
                return
        http.post("/local/revoke")  # one of that name whose folder was lost; there need not be one
        code = http.post("/codes", json={"zone": "default"}).raise_for_status().json()["code"]
        body = {"code": code, "name": "local", "public_key": base64.b64encode(files.keys.public).decode()}
        token = http.post("/enrol", json=body).raise_for_status().json()["token"]
    files.save_enrolment(contact.api, token)
