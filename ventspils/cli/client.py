"""
How commands reach the centre: the one that runs on this home, else one in this process for as long as the command
takes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any  # JSON documents

import httpx2

from ventspils.core.errors import ConflictError, NotFoundError, UnavailableError, UsageError, VentspilsError
from ventspils.core.home import Home, default_home

_ERRORS: dict[int, type[VentspilsError]] = {404: NotFoundError, 409: ConflictError, 422: UsageError}


def call(
    home: Path | None,
    method: str,
    path: str,
    *,
    json: object = None,
    content: bytes | None = None,
    params: dict[str, Any] | None = None,
    patience_s: float = 60,
) -> Any:
    """
    Return the centre's answer to one request.

    Raises:
        VentspilsError: what the centre says is wrong, in its own sentence.
    """

    async def ask() -> Any:
        async with connect(home) as http:
            return await request(http, method, path, json=json, content=content, params=params, timeout=patience_s)

    return asyncio.run(ask())


async def request(http: httpx2.AsyncClient, method: str, path: str, **options: Any) -> Any:
    """Return the answer of one request on an open connection."""
    try:
        response = await http.request(method, f"/api/v1{path}", **options)
    except httpx2.HTTPError as error:
        raise UnavailableError(f"The centre does not answer ({type(error).__name__}); is it still starting?") from None
    if response.is_success:
        return response.json()
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError):
        detail = f"The centre answered {response.status_code}."
    raise _ERRORS.get(response.status_code, VentspilsError)(detail)


@asynccontextmanager
async def connect(home_path: Path | None) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a connection to the API of a home's centre, with the rights of the machine's administrator."""
    home = Home(home_path or default_home())
    contact = home.contact()
    if contact is not None:
        headers = {"Authorization": f"Bearer {contact.token.get_secret_value()}"}
        async with httpx2.AsyncClient(base_url=contact.api, headers=headers, timeout=60, trust_env=False) as http:
            if await _is_alive(http):
                yield http
                return
    async with _own_centre(home) as http:
        yield http


async def _is_alive(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz", timeout=5)).is_success
    except httpx2.HTTPError:
        return False


@asynccontextmanager
async def _own_centre(home: Home) -> AsyncIterator[httpx2.AsyncClient]:
    from ventspils.api.app import create_app
    from ventspils.centre.state import open_centre
    from ventspils.core.settings import load_settings

    home.acquire()
    try:
        centre = open_centre(home, load_settings(home.path))
        try:
            token = centre.process_token.get_secret_value()
            transport = httpx2.ASGITransport(create_app(centre))
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx2.AsyncClient(transport=transport, base_url="http://centre", headers=headers) as http:
                yield http
        finally:
            centre.close()
    finally:
        home.release()
