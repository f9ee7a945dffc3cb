"""Owners are told of their chances: when one is due, and when it moved."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.ventspils.digs import chances, collection, take, work
from ventspils.centre.owner_notices import tell_owners


class Receiver:
    """Somebody's webhook on this machine; `refuses` lets it turn everything away."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refuses = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(503 if outer.refuses else 200)
                self.end_headers()
                if not outer.refuses:
                    outer.taken.append(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_an_owner_is_told_once_when_its_chance_is_due_and_again_when_it_moved(joining: Any, receiver: Receiver) -> None:
    joining.post("/parties", {"name": "Digital Centre", "address": receiver.address, "language": "en"})
    (party,) = joining.get("/parties").json()["items"]
    assert party["is_told"] is True
    assert receiver.address not in joining.get("/parties").text
    chances(joining)
    assert tell_owners(joining.centre) == 0  # the last day is months away
    joining.centre.now = lambda: datetime(2027, 5, 25, 12, tzinfo=UTC)
    chances(joining)
    receiver.refuses = True
    assert tell_owners(joining.centre) == 0
    receiver.refuses = False
    assert (tell_owners(joining.centre), tell_owners(joining.centre)) == (1, 0)
    assert receiver.taken[0]["title"] == "Last day to join is 2027-06-06: fibre + Pipe"
    take(joining, "works", collection(work(1, start="2027-10-01", end="2027-11-30")), "works.geojson")
    chances(joining)
    assert (tell_owners(joining.centre), tell_owners(joining.centre)) == (1, 0)
    assert "last day 2027-06-06 → 2027-08-06" in receiver.taken[1]["message"]
    path = f"/api/v1/parties/{party['id']}"
    refused = joining.call(
        "PATCH", path, json={"name": "Digital Centre", "address": "file:///x"}, headers={"If-Match": '"1"'}
    )
    assert refused.status_code == 422
