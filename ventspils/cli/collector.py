"""`ventspils collector`: let collectors in, run one."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from ventspils.cli.client import call
from ventspils.cli.options import HomeOption, JsonOption
from ventspils.cli.output import errors, print_result, show_list, show_one, speaking_errors
from ventspils.core.errors import UnavailableError, UsageError
from ventspils.core.home import Home, default_home
from ventspils.core.logs import configure_logs
from ventspils.core.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Collectors: let them in, run one.")

_STALE_AFTER_S = 60.0

FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="The collector's own folder; `collector` in the home unless told.")
]


@app.command()
def code(
    zone: Annotated[str, typer.Option(help="zone whose devices it will read")] = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a one-time code that lets a collector in; run it at the centre."""
    with speaking_errors():
        print_result(call(home, "POST", "/collectors/codes", json={"zone": zone}), as_json, show_one("Enrolment code"))


@app.command()
def enrol(
    centre: Annotated[str, typer.Argument(help="address of the centre")],
    code_file: Annotated[Path, typer.Option(help="file with the one-time code in its first line")],
    name: Annotated[str, typer.Option(help="name of this collector")],
    folder: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let this collector in at a centre; run it where the collector will run."""
    from monitoring.collector.assignment import CollectorFiles
    from monitoring.collector.centre_client import CentreClient
    from ventspils.cli.targets import read_secret

    async def run() -> dict[str, str]:
        files = CollectorFiles(folder or Home(home or default_home()).collector)
        client = CentreClient(centre)
        try:
            token = await client.enrol(read_secret(code_file, "Code").get_secret_value(), name, files.keys.public)
        finally:
            await client.close()
        files.save_enrolment(centre, token.get_secret_value())
        return {"name": name, "centre": centre, "folder": str(files.folder)}

    with speaking_errors():
        if not centre.startswith(("http://", "https://")):
            raise UsageError(f"Centre {centre!r}: write its address with http:// or https://.")
        print_result(asyncio.run(run()), as_json, show_one("Collector"))


@app.command()
def run(
    folder: FolderOption = None, home: HomeOption = None, show: Annotated[bool, typer.Option(hidden=True)] = False
) -> None:
    """Read devices until stopped."""
    import uvloop

    from monitoring.collector.assignment import CollectorFiles
    from monitoring.collector.collector import Collector, CollectorOptions, Status

    def print_status(status: Status) -> None:
        ends = ", ".join(f"{count} {end}" for end, count in status.slots.items()) or "nothing due"
        reasons = "".join(f"; {count} x {reason}" for reason, count in status.reasons.items())
        waiting = f"{status.conditions} conditions, {status.sent_points} points stored, {status.waiting_points} waiting"
        errors.print(f"Readings: {ends}{reasons}. {waiting}.", markup=False, soft_wrap=True)

    async def main() -> None:
        settings = load_settings(home or default_home()).collector
        options = CollectorOptions(
            settings.budget_s, settings.timeout_s, settings.engine, settings.spool_mib << 20, settings.timezone
        )
        files = CollectorFiles(folder or Home(home or default_home()).collector)
        lock = Home(files.folder)
        lock.acquire()
        collector = Collector(files, options, on_status=print_status if show else None)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, collector.stop)
        await collector.run()
        lock.release()

    with speaking_errors():
        configure_logs()
        uvloop.run(main())


@app.command()
def health(folder: FolderOption = None, home: HomeOption = None) -> None:
    """Tell by the exit code whether the collector of this folder is at work."""
    from monitoring.collector.assignment import CollectorFiles

    with speaking_errors():
        files = CollectorFiles(folder or Home(home or default_home()).collector)
        age_s = files.heartbeat_age_s()
        if age_s is None or age_s > _STALE_AFTER_S:
            since = "never" if age_s is None else f"{age_s:.0f} s ago"
            raise UnavailableError(f"The collector in {files.folder} gave its last sign of life {since}.")


@app.command("list")
def list_collectors(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List collectors and when they last reported."""
    with speaking_errors():
        shown = show_list("Collectors", "name", "zone", "revoked", "last_report_at")
        print_result(call(home, "GET", "/collectors"), as_json, shown)


@app.command()
def revoke(name: str, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Shut a collector out, and list the credentials to change on the devices."""
    with speaking_errors():
        found = call(home, "POST", f"/collectors/{quote(name, safe='')}/revoke")
        print_result(found, as_json, show_one("Revoked"))
