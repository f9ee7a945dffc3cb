"""Questions to the centre: asked at once, answered in order, and each account's own."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dashboard import api_client, connection


class Echo(BaseHTTPRequestHandler):
    """Answers who asked what; refuses what is secret; waits for a second question where a pair is asked for."""

    pair = threading.Barrier(2, timeout=10)

    def do_GET(self) -> None:
        if self.path.startswith("/pair"):
            self.pair.wait()
        is_secret = self.path.startswith("/secret")
        who = self.headers["Authorization"].removeprefix("Bearer ")
        body = f'{{"detail": "no", "who": "{who}", "path": "{self.path}"}}'.encode()
        self.send_response(403 if is_secret else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    monkeypatch.setenv(connection.API_VARIABLE, f"http://127.0.0.1:{server.server_port}")
    connection.connect.cache_clear()
    yield
    connection.connect().close()
    connection.connect.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


def ask(account: str, *paths: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    monkeypatch.setattr(api_client, "token", lambda: account)
    return [(answer["who"], answer["path"]) for answer in api_client.load_all(*map(api_client.question, paths))]


def test_questions_are_asked_at_once_and_answered_in_their_order(echo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = ask("ann", "/a", "/pair/1", "/pair/2", "/b", monkeypatch=monkeypatch)  # the pair answers only together
    assert found == [("ann", "/a"), ("ann", "/pair/1"), ("ann", "/pair/2"), ("ann", "/b")]


def test_two_accounts_never_get_each_others_answers(echo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    own = threading.local()
    monkeypatch.setattr(api_client, "token", lambda: own.account)

    def asking(account: str) -> list[str]:
        own.account = account
        return [answer["who"] for answer in api_client.load_all(*(api_client.question(f"/same/{k}") for k in range(8)))]

    accounts = ["ann", "bert"] * 4
    with ThreadPoolExecutor(8) as people:
        assert list(people.map(asking, accounts)) == [[account] * 8 for account in accounts]


def test_one_refusal_among_several_is_the_centres_own_sentence(echo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(api_client.RefusedError, match="no"):
        ask("ann", "/a", "/secret", "/b", monkeypatch=monkeypatch)


def test_a_centre_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(connection.API_VARIABLE, "http://127.0.0.1:9")
    connection.connect.cache_clear()
    with pytest.raises(api_client.UnreachableError):
        ask("ann", "/gone", monkeypatch=monkeypatch)
    connection.connect().close()
    connection.connect.cache_clear()
