"""
The pages' own process: Streamlit as an ASGI app, with a small sign-in of its own before it.

A person's token stays in a cookie that scripts cannot read, and that other sites send along only when somebody follows
a link (HttpOnly, SameSite=Lax). Pages read it on the server and send it to the centre; the centre itself takes no
cookie.
"""

import gc
import html
import logging
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_app import App

from dashboard.connection import COOKIE, connect, connect_server
from dashboard.i18n import catalogue, choose, load_languages

_MOST_OCTETS = 16_384
_EXPORTS = ("incidents.csv", "devices.csv")
_WEEK_S = 7 * 86_400
_OPEN = ("/sign-in", "/set-up", "/wall-link", "/_stcore", "/static", "/healthz", "/favicon")
# Pages lie at several paths and all talk to the root; without being told, the browser looks below every path first.
_ROOT = b"<script>window.__streamlit={BACKEND_BASE_URL:window.location.origin}</script>"
_STYLE = (
    "body{font-family:system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;background:Canvas;color:CanvasText}"
    "main{width:min(22rem,90vw)}label{display:block;margin:.8rem 0 "
    ".2rem}input,button{font:inherit;width:100%;padding:.6rem;"
    "box-sizing:border-box}button{margin-top:1.2rem}.error{border:1px solid "
    "#c81e1e;padding:.6rem}:root{color-scheme:light dark}"
)


def _language(request: Request) -> str:
    first = request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0]
    return choose(request.query_params.get("lang"), first)


def _words(request: Request) -> Callable[[str], str]:
    return catalogue(_language(request)).gettext


def _page(
    request: Request, title: str, fields: str, button: str, trouble: str | None, status: int = 200
) -> HTMLResponse:
    alert = f'<p class="error" role="alert">{html.escape(trouble)}</p>' if trouble else ""
    text = (
        f'<!doctype html><html lang="{_language(request)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{html.escape(title)}</h1>{alert}"
        f'<form method="post">{fields}<button type="submit">{html.escape(button)}</button></form></main></body></html>'
    )
    return HTMLResponse(text, status)


def _field(name: str, label: str, kind: str, complete: str, *, needed: bool = True) -> str:
    return (
        f'<label for="{name}">{html.escape(label)}</label><input id="{name}" name="{name}" type="{kind}" '
        f'autocomplete="{complete}"{" required" if needed else ""}>'
    )


def _here(target: str) -> str:
    """Return a place on this server; anything that would lead elsewhere leads to the start."""
    parts = urlsplit(target)
    is_here = not parts.scheme and not parts.netloc and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_here else "/"


async def _read_form(request: Request) -> dict[str, str] | None:
    """Return a form that came from our own page; None for one of another site, or one that is too large."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_OCTETS:
            return None
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


async def _ask(
    method: str, path: str, *, token: str | None = None, json: object = None, client: str = ""
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"X-Client-Address": client} if client else {}
    return await connect_server().request(method, path, json=json, headers=headers)


def _sign_in_page(request: Request, trouble: str | None = None, status: int = 200) -> HTMLResponse:
    _ = _words(request)
    fields = (
        _field("name", _("Name"), "text", "username")
        + _field("password", _("Password"), "password", "current-password")
        + _field("code", _("Code from your phone, if you use one"), "text", "one-time-code", needed=False)
    )
    return _page(request, _("Sign in"), fields, _("Sign in"), trouble, status)


async def sign_in(request: Request) -> Response:
    """Show the sign-in, or sign a person in."""
    if request.method == "GET":
        return _sign_in_page(request)
    _ = _words(request)
    form = await _read_form(request)
    if form is None:
        return _sign_in_page(request, _("The form could not be read; try again."), 400)
    body = {"name": form.get("name", ""), "password": form.get("password", ""), "code": form.get("code") or None}
    try:
        answer = await _ask("POST", "/tokens", json=body, client=request.client.host if request.client else "")
    except httpx2.HTTPError:
        return _sign_in_page(request, _("The centre does not answer; try again in a moment."), 503)
    if answer.status_code == 429:
        return _sign_in_page(request, _("Too many wrong tries; wait a little and try again."), 429)
    if answer.status_code != 201:
        return _sign_in_page(request, _("Name, password or code are wrong."), 401)
    return _with_cookie(request, _here(request.query_params.get("next", "/")), answer.json()["token"], _WEEK_S)


def _with_cookie(request: Request, target: str, token: str, age_s: int) -> Response:
    response = RedirectResponse(target, 303)
    is_secure = request.url.scheme == "https" or request.headers.get("X-Forwarded-Proto") == "https"
    response.set_cookie(COOKIE, token, max_age=age_s, httponly=True, samesite="lax", secure=is_secure, path="/")
    return response


async def sign_out(request: Request) -> Response:
    """End the session at the centre, so that it is over in every tab, and forget the cookie."""
    token = request.cookies.get(COOKIE)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return RedirectResponse("/", 303)
    if token:
        try:
            await _ask("DELETE", "/me/session", token=token)
        except httpx2.HTTPError:
            return HTMLResponse("The centre does not answer; you are still signed in.", 503)
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _set_up_page(request: Request, trouble: str | None = None, status: int = 200) -> HTMLResponse:
    _ = _words(request)
    field = _field("password", _("New password, at least 12 characters"), "password", "new-password")
    return _page(request, _("Set your password"), field, _("Set the password"), trouble, status)


async def set_up(request: Request) -> Response:
    """Let a person set a password by a one-time link."""
    if request.method == "GET":
        return _set_up_page(request)
    _ = _words(request)
    form = await _read_form(request)
    if form is None:
        return _set_up_page(request, _("The form could not be read; try again."), 400)
    body = {"link": request.query_params.get("link", ""), "password": form.get("password", "")}
    try:
        answer = await _ask("POST", "/passwords", json=body, client=request.client.host if request.client else "")
    except httpx2.HTTPError:
        return _set_up_page(request, _("The centre does not answer; try again in a moment."), 503)
    if answer.status_code != 201:
        return _set_up_page(request, answer.json()["detail"], 422)
    return RedirectResponse("/sign-in", 303)


async def open_wall(request: Request) -> Response:
    """
    Turn the link of a wall view into its cookie; any other token is not taken, so that no link
    signs somebody else in.
    """
    token = request.query_params.get("token", "")
    try:
        answer = await _ask("GET", "/me", token=token)
    except httpx2.HTTPError:
        return HTMLResponse("The centre does not answer; try again in a moment.", 503)
    if answer.status_code != 200 or not answer.json()["is_wall"]:
        return RedirectResponse("/sign-in", 303)
    return _with_cookie(request, "/", request.query_params.get("token", ""), 10 * 365 * 86_400)


async def basemap(request: Request) -> Response:
    """Hand the style and the tiles of the ground under maps on, for the person whose cookie it is."""
    token = request.cookies.get(COOKIE)
    if not token:
        return Response(status_code=401)
    path = f"/basemap/{request.path_params['path']}?{request.url.query}"
    try:
        answer = await _ask("GET", path, token=token)
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
        answer = await _ask("GET", f"/exports/{name}?{request.url.query}", token=token)
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
        await self._app(scope, receive, _Careful(send, _language(request)))


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
