from typing import Any

import pytest
from starlette.requests import Request

from dashboard.session_cookie import COOKIE, WEEK_S, redirect_with_cookie, redirect_without_cookie


def request(scheme: str, headers: dict[str, str]) -> Request:
    raw: list[Any] = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    server = ("pages.example", 443)
    return Request(
        {"type": "http", "scheme": scheme, "server": server, "path": "/", "query_string": b"", "headers": raw}
    )


@pytest.mark.parametrize(
    ("scheme", "headers", "is_secure"),
    [
        ("https", {}, True),
        ("http", {"X-Forwarded-Proto": "https"}, True),
        ("http", {}, False),
    ],
)
def test_the_cookie_is_no_script_s_and_secure_where_the_browser_came_by_tls(
    scheme: str, headers: dict[str, str], is_secure: bool
) -> None:
    answer = redirect_with_cookie(request(scheme, headers), "/problems", "token", WEEK_S)
    pair, *flags = answer.headers["Set-Cookie"].split("; ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/problems")
    assert pair == f"{COOKIE}=token"
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=604800"} <= set(flags)
    assert ("Secure" in flags) is is_secure


def test_signing_out_makes_the_browser_forget_the_cookie() -> None:
    answer = redirect_without_cookie("/sign-in")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert answer.headers["Set-Cookie"].startswith(f'{COOKIE}="";')
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
