"""`ventspils centre`: the API process by itself."""

import asyncio
import signal
import socket
from typing import Annotated

import typer

from ventspils.cli.options import HomeOption
from ventspils.cli.output import speaking_errors
from ventspils.core.errors import UnavailableError
from ventspils.core.home import Contact, Home, default_home
from ventspils.core.logs import configure_logs
from ventspils.core.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The centre's API process.")
_LAST_ANSWERS_S = 3


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
    import uvicorn

    from ventspils.api.app import create_app
    from ventspils.api.centre import open_centre

    home.acquire()
    try:
        settings = load_settings(home.path)
        sock = _listen(settings.api.host, settings.api.port if port is None else port)
        centre = open_centre(home, settings)
        host, number = sock.getsockname()[:2]
        here = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104 - where it listens
        centre.url = f"http://{here}:{number}"
        config = uvicorn.Config(
            create_app(centre),
            log_level="warning",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=_LAST_ANSWERS_S,
        )  # streams of events never end by themselves
        server = uvicorn.Server(config)

        async def run() -> None:
            serving = asyncio.create_task(server.serve([sock]))
            while not (server.started or serving.done()):
                await asyncio.sleep(0.02)
            home.publish(Contact(centre.url, centre.process_token))
            await serving

        try:
            uvicorn_loop(run)
        finally:
            centre.close()
    finally:
        home.release()


def uvicorn_loop(main: object) -> None:
    """Run on uvloop; a signal that uvicorn has handled ends quietly."""
    import uvloop

    try:
        uvloop.run(main())  # type: ignore[operator] # a coroutine function
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


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
