"""The command `ventspils`: nouns and their verbs."""

from typing import Annotated

import typer

from ventspils import __version__
from ventspils.cli import device, sweep

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The municipal ICT infrastructure management centre.",
)
app.add_typer(device.app, name="device")
app.add_typer(sweep.app, name="sweep")


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(f"ventspils {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command."""
    app()
