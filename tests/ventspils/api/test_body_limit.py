"""Bodies that are too large, or come from nobody."""

from typing import Any

import pytest


def test_a_body_beyond_its_bound_is_refused_before_anything_reads_it(town: Any) -> None:
    response = town.http.post("/api/v1/collectors/enrol", content=b"x" * (2 << 20))
    assert response.status_code == 413


@pytest.mark.parametrize("path", ["/api/v1/imports/works", "/api/v1/devices/import", "/api/v2/write"])
async def test_a_large_body_is_not_read_before_it_is_known_who_sends_it(api: Any, path: str) -> None:
    asked, answered = 0, []

    async def receive() -> Any:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"name=a.geojson&org=o&bucket=b",
        "headers": [(b"host", b"centre")], "scheme": "http", "http_version": "1.1", "client": ("127.0.0.1", 1),
        "server": ("c", 80),
        "root_path": "", "extensions": {},
    }  # fmt: skip
    await api.http.app(scope, receive, send)
    assert answered[0]["status"] == 401
    assert asked == 0
