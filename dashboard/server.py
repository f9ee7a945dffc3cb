"""
The pages' own process: Streamlit as an ASGI app, with the sign-in before it.

A person's token stays in a cookie that scripts cannot read, and that other sites send along only when somebody follows
a link (HttpOnly, SameSite=Lax). Pages read it on the server and send it to the centre; the centre itself takes no
cookie.
"""

import gc
import logging
import re
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

import httpx2
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_app import App

from dashboard.connection import COOKIE, ask, connect, connect_server
from dashboard.i18n import load_languages
from dashboard.sign_in import language_of, open_wall, set_up, sign_in, sign_out

_EXPORTS = ("incidents.csv", "devices.csv")
_OPEN = ("/sign-in", "/set-up", "/wall-link", "/_stcore", "/static", "/healthz", "/favicon")
# Pages lie at several paths and all talk to the root; without being told, the browser looks below every path first.
_ROOT = b"<script>window.__streamlit={BACKEND_BASE_URL:window.location.origin}</script>"


async def basemap(request: Request) -> Response:
    """Hand the style and the tiles of the ground under maps on, for the person whose cookie it is."""
    token = request.cookies.get(COOKIE)
    if not token:
        return Response(status_code=401)
    path = f"/basemap/{request.path_params['path']}?{request.url.query}"
    try:
        answer = await ask("GET", path, token=token)
    except httpx2.HTTPError:
        return Response(status_code=503)
    kept = ("Content-Type", "Cache-Control")
    return Response(answer.content, answer.status_code, {k: answer.headers[k] for k in kept if k in answer.headers})


async def export(request: Request) -> Response:
    """Hand a list of the centre's on as a file, for the person whose cookie it is."""
    token, name = request.cookies.get(COOKIE), request.path_params["name"]
    if not token or name not in _EXPORTS:
        return RedirectResponse("/sign-in", 303)
    try:
        answer = await ask("GET", f"/exports/{name}?{request.url.query}", token=token)
    except httpx2.HTTPError:
        return HTMLResponse("The centre does not answer; try again in a moment.", 503)
    if answer.status_code == 401:
        return RedirectResponse("/sign-in", 303)
    kept = ("Content-Type", "Content-Disposition")
    return Response(answer.content, answer.status_code, {k: answer.headers[k] for k in kept if k in answer.headers})


async def health(request: Request) -> Response:
    """Tell that the process answers."""
    return Response("ok")


class Frame:
    """Sends people without a session to the sign-in, and adds the language and what browsers need to be careful."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        wants_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
        if wants_page and COOKIE not in request.cookies and not request.url.path.startswith(_OPEN):
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            await RedirectResponse(f"/sign-in?next={quote(asked, safe='')}", 303)(scope, receive, send)
            return
        if wants_page:  # it is changed on its way, so it has to come whole and unpacked
            left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
            scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name not in left_out]}
        await self._app(scope, receive, _Careful(send, language_of(request)))


class _Careful:
    """Sends an answer on with careful headers; a page of Streamlit's also gets the right language."""

    def __init__(self, send: Send, language: str) -> None:
        self._send, self._language = send, language
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Send a message on, held back while it is a page that has to be changed."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
            headers["X-Frame-Options"] = "DENY"
            if headers.get("Content-Type", "").startswith("text/html") and "Content-Encoding" not in headers:
                self._start = message
                return
            await self._send(message)
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = re.sub(rb'<html lang="[a-z]+"', f'<html lang="{self._language}"'.encode(), self._body, count=1)
        body = body.replace(b"<head>", b"<head>" + _ROOT, 1)
        headers = MutableHeaders(raw=start["headers"])
        headers["Content-Length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _load_beforehand() -> None:
    """
    Load what pages, tables and maps need, so that nobody waits for it at the first one.

    Streamlit collects garbage after every page; what is loaded once for all is no garbage and is kept out of that
    search.
    """
    for name in (
        "pandas",
        "pydeck",
        "pyarrow.pandas_compat",
        "PIL.Image",
        "httpcore2",
        "streamlit.material_icon_names",
    ):
        import_module(name)
    connect()
    connect_server()
    load_languages()
    gc.collect()
    gc.freeze()


def create() -> App:
    """Return the pages as an ASGI app."""
    _load_beforehand()
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):  # addresses may hold one-time links, which no log keeps
        logging.getLogger(name).addFilter(lambda record: record.levelno >= logging.WARNING)
    routes = [
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", sign_out, methods=["GET"]),
        Route("/set-up", set_up, methods=["GET", "POST"]),
        Route("/wall-link", open_wall, methods=["GET"]),
        Route("/basemap/{path:path}", basemap, methods=["GET"]),
        Route("/export/{name}", export, methods=["GET"]),
        Route("/healthz", health, methods=["GET"]),
    ]
    return App(Path(__file__).with_name("app.py"), routes=routes, middleware=[Middleware(Frame)])
