"""
The sign-in before the pages, and signing out: names and passwords, one-time links, links of wall views. They all end in
the cookie.
"""

import html
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx2
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.connection import ask
from dashboard.i18n import catalogue, choose
from dashboard.session_cookie import COOKIE, WALL_S, WEEK_S, redirect_with_cookie, redirect_without_cookie

_MOST_OCTETS = 16_384
_STYLE = (
    "body{font-family:system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;background:Canvas;color:CanvasText}"
    "main{width:min(22rem,90vw)}label{display:block;margin:.8rem 0 "
    ".2rem}input,button{font:inherit;width:100%;padding:.6rem;"
    "box-sizing:border-box}button{margin-top:1.2rem}.error{border:1px solid "
    "#c81e1e;padding:.6rem}:root{color-scheme:light dark}"
)


def language_of(request: Request) -> str:
    """Return the language of a page outside of Streamlit: the one asked for, else the browser's first."""
    first = request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0]
    return choose(request.query_params.get("lang"), first)


def _words(request: Request) -> Callable[[str], str]:
    return catalogue(language_of(request)).gettext


def _page(
    request: Request, title: str, fields: str, button: str, trouble: str | None, status: int = 200
) -> HTMLResponse:
    alert = f'<p class="error" role="alert">{html.escape(trouble)}</p>' if trouble else ""
    text = (
        f'<!doctype html><html lang="{language_of(request)}"><head><meta charset="utf-8">'
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
        answer = await ask("POST", "/tokens", json=body, client=request.client.host if request.client else "")
    except httpx2.HTTPError:
        return _sign_in_page(request, _("The centre does not answer; try again in a moment."), 503)
    if answer.status_code == 429:
        return _sign_in_page(request, _("Too many wrong tries; wait a little and try again."), 429)
    if answer.status_code != 201:
        return _sign_in_page(request, _("Name, password or code are wrong."), 401)
    return redirect_with_cookie(request, _here(request.query_params.get("next", "/")), answer.json()["token"], WEEK_S)


async def sign_out(request: Request) -> Response:
    """End the session at the centre, so that it is over in every tab, and forget the cookie."""
    token = request.cookies.get(COOKIE)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return RedirectResponse("/", 303)
    if token:
        try:
            await ask("DELETE", "/me/session", token=token)
        except httpx2.HTTPError:
            return HTMLResponse("The centre does not answer; you are still signed in.", 503)
    return redirect_without_cookie("/sign-in")


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
        answer = await ask("POST", "/passwords", json=body, client=request.client.host if request.client else "")
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
        answer = await ask("GET", "/me", token=token)
    except httpx2.HTTPError:
        return HTMLResponse("The centre does not answer; try again in a moment.", 503)
    if answer.status_code != 200 or not answer.json()["is_wall"]:
        return RedirectResponse("/sign-in", 303)
    return redirect_with_cookie(request, "/", request.query_params.get("token", ""), WALL_S)
