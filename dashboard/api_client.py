"""
The centre's API as pages use it. Every cached answer has in its key who asked, so that no account
ever sees another's.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple, cast  # Any: JSON documents

import httpx2
import streamlit as st

from dashboard.connection import TIMEOUT_S, connect
from dashboard.session_cookie import COOKIE

_UPLOAD_TIMEOUT_S = 600.0
_FRESH_S = 2.0
_AT_ONCE = 16
Json = dict[str, Any]


class SignedOutError(Exception):
    """The session is over, or there never was one."""


class RefusedError(Exception):
    """The centre refused; the text is its own sentence, `status` the HTTP status, `document` all that it said."""

    def __init__(self, detail: str, status: int, document: Json) -> None:
        super().__init__(detail)
        self.status, self.document = status, document


class UnreachableError(Exception):
    """The centre does not answer."""


def token() -> str:
    """
    Return the session's token, from the cookie that scripts cannot read.

    Raises:
        SignedOutError: there is none.
    """
    found = st.context.cookies.get(COOKIE)
    if not found:
        raise SignedOutError
    return str(found)


def _call(account: str, method: str, path: str, **options: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {account}"} | options.pop("headers", {})
    try:
        response = connect().request(method, path, headers=headers, **options)
    except httpx2.HTTPError:
        raise UnreachableError from None
    if response.status_code == 401:
        raise SignedOutError
    if response.status_code >= 400:
        try:
            document = response.json()
            detail = document["detail"]
        except (ValueError, KeyError):
            document, detail = {}, str(response.status_code)
        raise RefusedError(detail, response.status_code, document)
    return response


class Question(NamedTuple):
    """What the API can be asked: a path and the parameters."""

    path: str
    params: tuple[tuple[str, Any], ...]


def question(path: str, **params: Any) -> Question:
    """Return a question; empty parameters are left out, lists are repeated."""
    pairs = (
        (name, one)
        for name, value in sorted(params.items())
        for one in (value if isinstance(value, list) else [value])
        if one not in (None, "")
    )
    return Question(path, tuple(pairs))


@cache
def _askers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "asker")


@st.cache_data(ttl=_FRESH_S, max_entries=5000, show_spinner=False)
def _load(account: str, asked: Question) -> Any:
    return _call(account, "GET", asked.path, params=list(asked.params)).json()


def load(path: str, **params: Any) -> Any:
    """Return what the API answers to a question."""
    return _load(token(), question(path, **params))


def load_all(*asked: Question) -> list[Any]:
    """
    Return what the API answers to several questions, asked at the same time, in their order.

    Raises:
        UnreachableError: it does not answer in time, however many people wait for it.
    """
    account = token()
    try:
        return list(_askers().map(lambda one: _load(account, one), asked, timeout=TIMEOUT_S))
    except TimeoutError:
        raise UnreachableError from None


def items(path: str, **params: Any) -> list[Json]:
    """Return all items of a list."""
    found: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        page = load(path, cursor=cursor, **params)
        found += page["items"]
        cursor = page["next"]
    return found


def send(
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    version: int | None = None,
    patience_s: float = TIMEOUT_S,
) -> Json:
    """Change something; what was cached is forgotten, so that the page shows the change at once."""
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    answer = _call(token(), method, path, json=body, headers=headers, timeout=patience_s).json()
    _load.clear()
    return cast(Json, answer)


def upload(path: str, content: bytes, **params: str) -> Json:
    """Send a file; what was cached is forgotten."""
    answer = _call(token(), "POST", path, content=content, params=params, timeout=_UPLOAD_TIMEOUT_S).json()
    _load.clear()
    return cast(Json, answer)
