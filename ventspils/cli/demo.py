"""`ventspils demo`: a small town of simulated devices with its centre and collector."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ventspils.cli.options import HomeOption
from ventspils.cli.output import errors, speaking_errors
from ventspils.cli.run import ForOption, PortOption, run_centre
from ventspils.core.errors import UsageError
from ventspils.core.extras import Extra, require
from ventspils.core.home import VARIABLE, Home, default_home
from ventspils.core.logs import configure_logs
from ventspils.core.settings import load_settings

if TYPE_CHECKING:
    from ventspils.demo.digging import Files

DevicesOption = Annotated[
    int, typer.Option(min=1, max=1000, help="how many devices the town has; fixed at its first start")
]


def demo_home(named: Path | None) -> Home:
    """Return the home of the demo, which is never that of a real centre."""
    if named is None and VARIABLE not in os.environ:
        named = default_home().with_name("ventspils-ict-demo")
    return Home(named or default_home())


def demo(
    home: HomeOption = None,
    port: PortOption = None,
    for_s: ForOption = None,
    devices: DevicesOption = 60,
    streets: Annotated[
        Path | None, typer.Option(help="streets of a real town to build the digging on, with --works")
    ] = None,
    works: Annotated[Path | None, typer.Option(help="works of that town")] = None,
    sites: Annotated[Path | None, typer.Option(help="sites that want fibre, and places that have it")] = None,
    feed: Annotated[str, typer.Option(help="descriptor of the works' feed")] = "",
    scene: Annotated[
        str | None,
        typer.Option(help="let a scene of the running town happen now: reboot, uplink, ups, building, evening"),
    ] = None,
) -> None:
    """Run the demo town: simulated devices, centre, collector and pages, until stopped."""
    with speaking_errors():
        configure_logs()
        if scene is not None:
            _order(demo_home(home), {"scene": scene})
            return
        require(Extra.CENTRE)
        _run_town(demo_home(home), port, for_s, devices, _real_files(streets, works, sites, feed))


def _run_town(home: Home, port: int | None, for_s: float | None, devices: int, files: "Files | None") -> None:
    from ventspils.demo.assembly import found_town, has_town, populate, read_choice, refuse_real_centre

    for name in [n for n in os.environ if n.startswith(("VENTSPILS_REGISTRY__", "VENTSPILS_TELEMETRY__"))]:
        del os.environ[name]  # the town keeps its own registry and points, whatever a real centre uses
    refuse_real_centre(home)
    if files and has_town(home):
        raise UsageError(f"The demo in {home.path} has its town already; name another home with --home.")
    if not has_town(home):
        found_town(home, files, devices, _tell)
    _tell(f"Starting a town of {read_choice(home).devices} devices in {home.path} ...")
    run_centre(
        home,
        port,
        for_s,
        show=True,
        before=("simulator", "simulate", "--home", str(home.path)),
        prepare=lambda contact: populate(home, contact, files, _tell),
    )


def _tell(sentence: str) -> None:
    errors.print(sentence, markup=False, soft_wrap=True)


def _real_files(streets: Path | None, works: Path | None, sites: Path | None, feed: str) -> "Files | None":
    from ventspils.demo.digging import Files

    if streets is None and works is None and sites is None:
        return None
    if streets is None or works is None:
        raise UsageError("Building on a real town needs both --streets and --works.")
    for file in (streets, works, *([sites] if sites else [])):
        if not file.is_file():
            raise UsageError(f"File {str(file)!r} cannot be read.")
    return Files(streets, works, sites, feed)


def simulate(home: HomeOption = None) -> None:
    """Answer for the devices of the demo town until stopped."""
    import uvloop

    from ventspils.demo.assembly import read_choice
    from ventspils.demo.simulator import run_simulator
    from ventspils.demo.town import kinds

    with speaking_errors():
        configure_logs()
        place = demo_home(home)
        town, zone = read_choice(place), load_settings(place.path).collector.timezone
        uvloop.run(run_simulator(kinds(town.devices), port=town.port, home=place.path, zone=zone))


def fault(
    device: Annotated[str, typer.Argument(help="name of a simulated device, such as switch-3")],
    name: Annotated[
        str, typer.Argument(help="loss, delay_s, silent, malformed, index_shift, ports_down, reboot, jump, ...")
    ],
    value: Annotated[str, typer.Argument(help="a value as JSON")] = "true",
    home: HomeOption = None,
) -> None:
    """Let something go wrong with a device of the running demo town."""
    with speaking_errors():
        try:
            parsed = json.loads(value)
        except ValueError:
            raise UsageError(f"Value {value!r} is not JSON; write true, 0.3 or [1, 2].") from None
        _order(demo_home(home), {"device": device, "fault": name, "value": parsed})


def _order(home: Home, order: dict[str, object]) -> None:
    from ventspils.demo.simulator import give_order

    asyncio.run(give_order(home.path, order))
