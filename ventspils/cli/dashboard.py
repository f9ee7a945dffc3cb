"""`ventspils dashboard`: the pages, as a process of their own."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ventspils.cli.output import speaking_errors
from ventspils.core.errors import UsageError


def dashboard(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="port to listen on")] = 8501,
) -> None:
    """Serve the pages; VENTSPILS_DASHBOARD_API and VENTSPILS_DASHBOARD_TOKEN say from where they read."""
    with speaking_errors():
        found, streamlit = find_spec("dashboard"), find_spec("streamlit")
        if streamlit is None or found is None or found.origin is None:
            raise UsageError("The pages need the extra `dashboard`: pip install 'ventspils-ict[dashboard]'.")
        script = Path(found.origin).with_name("app.py")
        settings = {
            "server.address": host,
            "server.port": port,
            "server.headless": "true",
            "browser.gatherUsageStats": "false",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
        os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and our own script
