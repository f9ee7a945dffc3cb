"""What stands before every page: without the cookie there is the sign-in, and answers go out with careful headers."""

import re
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.session_cookie import COOKIE
from dashboard.sign_in import language_of

_OPEN = ("/sign-in", "/set-up", "/wall-link", "/_stcore", "/static", "/healthz", "/favicon")


# Pages lie at several paths and all talk to the root; without being told, the browser looks below every path first.
_ROOT = b"<script>window.__streamlit={BACKEND_BASE_URL:window.location.origin}</script>"


class PageGate:
    """Sends people without the cookie to the sign-in, and adds the language and what browsers need to be careful."""

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
