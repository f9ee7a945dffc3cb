"""The ways to the centre, which all pages share."""

import os
from functools import cache

import httpx2

API_VARIABLE = "VENTSPILS_DASHBOARD_API"
TIMEOUT_S = 15.0


@cache
def connect() -> httpx2.Client:
    """Return the one client of the API for pages; it may be used from several threads at once."""
    return httpx2.Client(base_url=os.environ[API_VARIABLE], timeout=TIMEOUT_S, trust_env=False)


@cache
def connect_server() -> httpx2.AsyncClient:
    """Return the one client of the API for what the server itself hands on; it waits without holding a thread."""
    return httpx2.AsyncClient(base_url=os.environ[API_VARIABLE], timeout=TIMEOUT_S, trust_env=False)


async def ask(
    method: str, path: str, *, token: str | None = None, json: object = None, client: str = ""
) -> httpx2.Response:
    """
    Return what the centre answers to the server itself, in the name of whom the token is.

    Args:
        method: Method of HTTP.
        path: Path below the API's root.
        token: Whose session it is; nobody's unless told.
        json: What is sent along.
        client: Address of the browser, which counts wrong tries.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"X-Client-Address": client} if client else {}
    return await connect_server().request(method, path, json=json, headers=headers)
