"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Where the centre keeps its files.", envvar="VENTSPILS_HOME", show_envvar=True),
]
