"""The cookie that holds a person's token: its name, for how long it is kept, given and taken away."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

COOKIE = "ventspils_session"
WEEK_S = 7 * 86_400
WALL_S = 10 * 365 * 86_400


def redirect_with_cookie(request: Request, target: str, token: str, age_s: int) -> Response:
    """Return the way to a page together with the cookie, which scripts cannot read."""
    response = RedirectResponse(target, 303)
    is_secure = request.url.scheme == "https" or request.headers.get("X-Forwarded-Proto") == "https"
    response.set_cookie(COOKIE, token, max_age=age_s, httponly=True, samesite="lax", secure=is_secure, path="/")
    return response


def redirect_without_cookie(target: str) -> Response:
    """Return the way to a page on which the browser forgets the cookie."""
    response = RedirectResponse(target, 303)
    response.delete_cookie(COOKIE, path="/")
    return response
