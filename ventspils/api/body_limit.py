"""A bound on what a request may send, before anything reads it."""

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_USUAL_OCTETS = 1 << 20
_MORE_OCTETS = {
    "/api/v2/write": 64 << 20, "/api/v1/collectors/report": 64 << 20, "/api/v1/devices/import": 10 << 20,
    "/api/v1/imports/works": 256 << 20, "/api/v1/imports/needs": 256 << 20, "/api/v1/imports/streets": 256 << 20,
    "/api/v1/imports/routes": 64 << 20, "/api/v1/imports/sites": 10 << 20,
}  # fmt: skip
_TOO_LARGE = json.dumps(
    {
        "type": "about:blank",
        "title": "too large",
        "status": 413,
        "detail": "The request is larger than this route takes.",
        "code": "request too large",
        "message": "unable to read data: request body too large",
    }
).encode()


class BodyLimit:
    """Answers 413 to a request whose body grows beyond the bound of its route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on while its body stays below the bound."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, taken, started = _MORE_OCTETS.get(scope["path"], _USUAL_OCTETS), 0, False

        async def counted() -> Message:
            """Return the next part of the body unless it is too much."""
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _TooLargeError
            return message

        async def watched(message: Message) -> None:
            """Send a part of the answer and remember that it began."""
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLargeError:
            if not started:
                headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
                await send({"type": "http.response.start", "status": 413, "headers": headers})
                await send({"type": "http.response.body", "body": _TOO_LARGE})


class _TooLargeError(BaseException):
    """The body is too large; no handler of the application shall take it for a mistake."""
