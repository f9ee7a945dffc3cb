"""`ventspils dashboard`: the pages, as a process of their own."""

import os
import socket
from typing import Annotated

import typer

from ventspils.cli.output import speaking_errors
from ventspils.core.errors import UnavailableError, UsageError
from ventspils.core.extras import Extra, require


def dashboard(
    api: Annotated[str, typer.Option(help="base of the centre's API", envvar="VENTSPILS_DASHBOARD_API")],
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to listen on")] = 8501,
    behind_proxy: Annotated[bool, typer.Option("--behind-proxy", help="A reverse proxy adds TLS.")] = False,
    language: Annotated[
        str, typer.Option(help="where the browser names none of ours", envvar="VENTSPILS_DASHBOARD_LANGUAGE")
    ] = "en",
    zone: Annotated[str, typer.Option(help="the town's time zone", envvar="VENTSPILS_DASHBOARD_ZONE")] = "Europe/Riga",
) -> None:
    """Serve the pages until stopped; people sign in on them."""
    with speaking_errors():
        require(Extra.DASHBOARD)
        if host not in ("127.0.0.1", "::1", "localhost") and not behind_proxy:
            raise UsageError(
                "The pages listen on loopback only, unless --behind-proxy says that a reverse proxy adds TLS."
            )
        os.environ |= {
            "VENTSPILS_DASHBOARD_API": api,
            "VENTSPILS_DASHBOARD_LANGUAGE": language,
            "VENTSPILS_DASHBOARD_ZONE": zone,
        }
        _serve(host, port)


def _serve(host: str, port: int) -> None:
    import uvicorn

    from ventspils.cli.servers import CalmServer

    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        raise UnavailableError(
            f"The pages cannot listen on {host}:{port}: {error.strerror}; choose another port."
        ) from None
    config = uvicorn.Config(
        "dashboard.server:create", factory=True, log_level="warning", access_log=False, loop="uvloop"
    )
    CalmServer(config).run([sock])
