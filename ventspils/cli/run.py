"""`ventspils run`: centre and collector on one machine under one supervisor."""

import json
import signal
import sys
import threading
from typing import Annotated

import structlog
import typer

from ventspils.cli.options import HomeOption
from ventspils.cli.output import speaking_errors
from ventspils.cli.supervisor import Supervisor, enrol_own_collector, wait_until_ready
from ventspils.core.home import Home, default_home
from ventspils.core.logs import configure_logs

log = structlog.get_logger()

PortOption = Annotated[int | None, typer.Option(min=0, max=65535, help="port of the API; 0 takes a free one")]
ForOption = Annotated[float | None, typer.Option("--for", min=0, help="seconds after which it stops by itself")]


def run(home: HomeOption = None, port: PortOption = None, for_s: ForOption = None) -> None:
    """Run centre and collector until stopped."""
    with speaking_errors():
        configure_logs()
        run_centre(Home(home or default_home()), port, for_s)


def run_centre(home: Home, port: int | None, for_s: float | None, *, show: bool = False) -> None:
    """Start the processes of a home, print one line once they are ready, and watch them until stopped."""
    home.acquire()  # refuses at once where another centre owns it
    home.release()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with Supervisor() as supervisor:
        place = ["--home", str(home.path)]
        supervisor.start("centre", "centre", "serve", *place, *(["--port", str(port)] if port is not None else []))
        contact = wait_until_ready(home, supervisor)
        enrol_own_collector(home, contact)
        supervisor.start("collector", "collector", "run", *place, *(["--show"] if show else []))
        sys.stdout.write(json.dumps({"url": contact.api, "api": f"{contact.api}/api/v1", "accounts": []}) + "\n")
        sys.stdout.flush()
        left_s = for_s
        while not stopping.wait(1.0 if left_s is None else min(1.0, max(0.0, left_s))):
            supervisor.watch()
            if left_s is not None:
                left_s -= 1.0
                if left_s <= 0:
                    break
