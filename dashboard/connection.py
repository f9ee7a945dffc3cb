"""The way to the centre, which all pages share."""

import os
from functools import cache

import httpx2

API_VARIABLE, COOKIE = "VENTSPILS_DASHBOARD_API", "ventspils_session"
TIMEOUT_S = 15.0


@cache
def connect() -> httpx2.Client:
    """Return the one client of the API; it may be used from several threads at once."""
    return httpx2.Client(base_url=os.environ[API_VARIABLE], timeout=TIMEOUT_S, trust_env=False)
