"""`ventspils run`: centre, collector and pages on one machine under one supervisor."""

import json
import math
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

import httpx2
import structlog
import typer

from ventspils.cli.options import HomeOption
from ventspils.cli.output import errors, speaking_errors
from ventspils.cli.supervisor import Supervisor, enrol_own_collector, free_port, start_pages, wait_until_ready
from ventspils.core.extras import Extra, require
from ventspils.core.home import CentreAddress, Home, default_home
from ventspils.core.logs import configure_logs

log = structlog.get_logger()
_TICK_S = 0.2

PortOption = Annotated[int | None, typer.Option(min=0, max=65535, help="port of the API; 0 takes a free one")]
ForOption = Annotated[float | None, typer.Option("--for", min=0, help="seconds after which it stops by itself")]


def run(home: HomeOption = None, port: PortOption = None, for_s: ForOption = None) -> None:
    """Run centre, collector and pages until stopped."""
    with speaking_errors():
        configure_logs()
        run_centre(Home(home or default_home()), port, for_s)


def run_centre(
    home: Home,
    port: int | None,
    for_s: float | None,
    *,
    show: bool = False,
    before: tuple[str, ...] = (),
    prepare: Callable[[CentreAddress], Sequence[Mapping[str, str]]] = lambda contact: (),
) -> None:
    """
    Start the processes of a home, print one line once they are ready, and watch them until stopped.

    Args:
        home: The home; refused at once where another centre owns it.
        port: Port of the API; the setting's unless told.
        for_s: Seconds after which it stops by itself.
        show: It is the demo: print what the collector sees, and let the pages take another port where theirs is taken.
        before: Name and arguments of a process to start first.
        prepare: Called with the running centre before the collector starts; returns accounts to print.
    """
    require(Extra.CENTRE)
    home.acquire()  # refuses at once where another centre owns it
    home.release()
    stopping = _Stopping()
    with Supervisor() as supervisor:
        if before:
            supervisor.start(*before)
        place = ["--home", str(home.path)]
        # A port of its own choice is chosen once, so that the centre comes back at the same after a crash.
        chosen = free_port("127.0.0.1") if port == 0 else port
        supervisor.start("centre", "centre", "serve", *place, *(["--port", str(chosen)] if chosen is not None else []))
        contact = wait_until_ready(home, supervisor)
        accounts = prepare(contact)
        enrol_own_collector(home, contact)
        supervisor.start("collector", "collector", "run", *place, *(["--show"] if show else []))
        url = start_pages(supervisor, home, contact, any_port=port == 0, may_move=show)
        if not accounts:
            _tell_first_link(contact, url)
        sys.stdout.write(json.dumps({"url": url, "api": f"{contact.api}/api/v1", "accounts": list(accounts)}) + "\n")
        sys.stdout.flush()
        until_s = math.inf if for_s is None else time.monotonic() + for_s
        while not stopping.is_asked and time.monotonic() < until_s:
            time.sleep(_TICK_S)
            supervisor.watch()


class _Stopping:
    """
    Whether somebody asked to stop, by Ctrl-C or a signal.

    A plain flag: an Event has a lock, and a second signal that comes while the first one holds it would wait for
    itself.
    """

    def __init__(self) -> None:
        self.is_asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.is_asked = True


def _tell_first_link(contact: CentreAddress, url: str) -> None:
    """Say on stderr where the first password is set, as long as nobody has one."""
    headers = {"Authorization": f"Bearer {contact.token.get_secret_value()}"}
    with httpx2.Client(headers=headers, timeout=20, trust_env=False) as http:
        link = http.post(f"{contact.api}/api/v1/first-link").raise_for_status().json()["link"]
    if link is not None:
        sentence = (
            f"Nobody can sign in yet. Set the password of the account admin, within a day: {url}/set-up?link={link}"
        )
        errors.print(sentence, markup=False, soft_wrap=True)
