"""The command `ventspils`: nouns and their verbs."""

import io
import logging
import sys
from typing import Annotated

import typer

from ventspils import __version__
from ventspils.cli import (
    agency,
    audit,
    backup,
    centre,
    collector,
    condition,
    credential,
    device,
    imports,
    person,
    plan,
    port_rules,
    savings,
    sweep,
)
from ventspils.cli.dashboard import dashboard
from ventspils.cli.demo import demo, fault, simulate
from ventspils.cli.output import EXIT_FAILED, errors
from ventspils.cli.run import run
from ventspils.core.extras import explain
from ventspils.core.logs import configure_logs

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The municipal ICT infrastructure management centre.",
)
app.add_typer(device.app, name="device")
app.add_typer(sweep.app, name="sweep")
app.add_typer(agency.app, name="agency")
app.add_typer(credential.app, name="credential")
app.add_typer(port_rules.app, name="policy")
app.add_typer(condition.app, name="condition")
app.add_typer(collector.app, name="collector")
app.add_typer(person.app, name="person")
app.add_typer(audit.app, name="audit")
app.add_typer(savings.app, name="savings")
app.add_typer(backup.app, name="backup")
app.add_typer(centre.app, name="centre")
app.add_typer(plan.app, name="plan")
app.add_typer(imports.works, name="works")
app.add_typer(imports.needs, name="needs")
app.add_typer(imports.routes, name="routes")
app.add_typer(imports.streets, name="streets")
app.add_typer(imports.sites, name="sites")
app.add_typer(imports.imports, name="import")
app.command()(run)
app.command()(demo)
app.command()(dashboard)
app.command()(fault)
app.command(hidden=True)(simulate)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"ventspils {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command; where it needs a part that is not installed, say which. What is logged goes to stderr."""
    configure_logs(logging.WARNING)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # what the terminal's encoding lacks is shown as a question mark
    try:
        app()
    except ModuleNotFoundError as error:
        missing = explain(error)
        if missing is None:
            raise
        errors.print(str(missing), markup=False, soft_wrap=True)
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
