"""The ways to the centre, which all pages share."""

import os
from functools import cache

import httpx2

API_VARIABLE, COOKIE = "VENTSPILS_DASHBOARD_API", "ventspils_session"
TIMEOUT_S = 15.0


@cache
def connect() -> httpx2.Client:
    """Return the one client of the API for pages; it may be used from several threads at once."""
    return httpx2.Client(base_url=os.environ[API_VARIABLE], timeout=TIMEOUT_S, trust_env=False)


@cache
def connect_server() -> httpx2.AsyncClient:
    """Return the one client of the API for what the server itself hands on; it waits without holding a thread."""
    return httpx2.AsyncClient(base_url=os.environ[API_VARIABLE], timeout=TIMEOUT_S, trust_env=False)
