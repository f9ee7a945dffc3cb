"""`ventspils centre`: the API process by itself."""

import asyncio
import signal
import socket
import ssl
import sys
from pathlib import Path
from typing import Annotated, Any  # Any: uvicorn, imported late

import typer

from ventspils.cli.options import HomeOption
from ventspils.cli.output import speaking_errors
from ventspils.core.errors import UnavailableError, UsageError
from ventspils.core.home import CentreAddress, Home, default_home
from ventspils.core.logs import configure_logs
from ventspils.core.settings import ApiSettings, load_settings

app = typer.Typer(no_args_is_help=True, help="The centre's API process.")
_LAST_ANSWERS_S = 3
_KEPT_OPEN_S = 60  # longer than clients keep an idle connection, so that none closes while a question is on its way
_SWITCH_S = (
    0.001  # a request passes through several threads and waits for the interpreter in each; five times less than usual
)


@app.command()
def serve(
    home: HomeOption = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="port; 0 takes a free one")] = None,
) -> None:
    """Serve the API until stopped."""
    with speaking_errors():
        configure_logs()
        _serve(Home(home or default_home()), port)


@app.command()
def health(home: HomeOption = None) -> None:
    """Tell by the exit code whether the centre of this home answers and its databases too."""
    import httpx2

    with speaking_errors():
        contact = Home(home or default_home()).contact()
        if contact is None:
            raise UnavailableError("No centre runs on this home; start it with `ventspils run`.")
        try:
            answer = httpx2.get(f"{contact.api}/readyz", timeout=8, trust_env=False)
        except httpx2.HTTPError:
            raise UnavailableError(f"The centre at {contact.api} does not answer.") from None
        if not answer.is_success:
            raise UnavailableError(f"The centre is not ready: {answer.text}")


def _serve(home: Home, port: int | None) -> None:
    import uvloop

    sys.setswitchinterval(_SWITCH_S)

    from ventspils.api.app import create_app
    from ventspils.centre.state import open_centre

    home.acquire()
    try:
        settings = load_settings(home.path)
        sock = _listen(settings.api.host, settings.api.port if port is None else port)
        tls = _tls_options(settings.api)
        # With TLS, commands and pages of this machine come in by a door of their own, since no certificate
        # names loopback.
        own = _listen_again(home) if tls else sock
        centre = open_centre(home, settings)
        host, number = own.getsockname()[:2]
        here = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104 - where it listens
        centre.url = f"http://{here}:{number}"
        app = create_app(centre)
        doors = [(_server(app, lifespan="on"), own)]
        if tls:
            doors.append((_server(app, lifespan="off", **tls), sock))
        try:
            uvloop.run(_open_doors(doors, home, CentreAddress(centre.url, centre.process_token)))
        finally:
            centre.close()
    finally:
        home.release()


def _listen_again(home: Home) -> socket.socket:
    """Listen on the loopback port of the last time if it is free, so that whoever knows it finds the centre again."""
    kept = home.path / "own-port"
    try:
        sock = _listen("127.0.0.1", int(kept.read_text()))
    except (OSError, ValueError, UnavailableError):
        sock = _listen("127.0.0.1", 0)
        kept.write_text(str(sock.getsockname()[1]))
    return sock


def _server(app: Any, **options: Any) -> Any:
    import uvicorn

    from ventspils.cli.servers import UnsignalledServer

    # Streams of events never end by themselves, so that there is a limit to waiting for last answers.
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
        timeout_keep_alive=_KEPT_OPEN_S,
        **options,
    )
    return UnsignalledServer(config)


def _tls_options(api: ApiSettings) -> dict[str, Path]:
    """
    Return what the server needs for TLS; nothing where no certificate is set.

    Raises:
        UsageError: certificate or key cannot be used.
    """
    if api.certificate is None or api.private_key is None:
        return {}
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(api.certificate, api.private_key)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise UsageError(f"The certificate {api.certificate} and its key cannot be used: {reason}.") from None
    return {"ssl_certfile": api.certificate, "ssl_keyfile": api.private_key}


async def _open_doors(doors: list[tuple[Any, socket.socket]], home: Home, contact: CentreAddress) -> None:
    """Serve on all sockets until told to stop, or until one of the servers ends."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server, _ in doors:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    serving = [asyncio.create_task(server.serve([sock])) for server, sock in doors]
    while not all(server.started or task.done() for (server, _), task in zip(doors, serving, strict=True)):
        await asyncio.sleep(0.02)
    home.publish(contact)
    await asyncio.wait(serving, return_when=asyncio.FIRST_COMPLETED)
    stop()
    await asyncio.gather(*serving)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        raise UnavailableError(
            f"The centre cannot listen on {host}:{port}: {error.strerror}; choose another --port."
        ) from None
    return sock
