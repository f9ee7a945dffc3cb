"""
The pages' own process: Streamlit as an ASGI app, with the sign-in before it.

A person's token stays in a cookie that scripts cannot read, and that other sites send along only when somebody follows
a link (HttpOnly, SameSite=Lax). Pages read it on the server and send it to the centre; the centre itself takes no
cookie.
"""

import gc
import logging
from importlib import import_module
from pathlib import Path

import httpx2
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_app import App

from dashboard.connection import ask, connect, connect_server
from dashboard.i18n import load_languages
from dashboard.page_gate import PageGate
from dashboard.session_cookie import COOKIE
from dashboard.sign_in import open_wall, set_up, sign_in, sign_out

_EXPORTS = ("incidents.csv", "devices.csv")


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
    return App(Path(__file__).with_name("app.py"), routes=routes, middleware=[Middleware(PageGate)])
