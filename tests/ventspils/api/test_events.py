"""The stream of events, over a real connection."""

import time
from contextlib import suppress
from typing import Any

import pytest


@pytest.mark.timeout(60)
def test_listeners_hear_of_their_institutions_only_and_no_longer_than_their_session(centre_process: Any) -> None:
    """Over a real connection: a stream never ends by itself."""
    import base64
    import threading

    import httpx2

    headers = {"Authorization": f"Bearer {centre_process.token}"}
    heard: dict[str, list[str]] = {"mine": [], "foreign": []}
    with httpx2.Client(base_url=f"{centre_process.url}/api/v1", headers=headers, timeout=30) as http:
        for name in ("mine", "foreign"):
            http.post("/agencies", json={"name": name}).raise_for_status()
        device = {"name": "d", "agency": "mine", "site": "s", "address": "127.0.0.1", "reach": "icmp"}
        device_id = http.post("/devices", json=device).raise_for_status().json()["id"]
        tokens = {}
        for name in ("mine", "foreign"):
            grants = [{"role": "viewer", "agency": name}]
            link = http.post("/people", json={"name": f"of-{name}", "grants": grants}).json()["link"]
            http.post("/passwords", json={"link": link, "password": "a good long password"}).raise_for_status()
            signed_in = http.post("/tokens", json={"name": f"of-{name}", "password": "a good long password"})
            tokens[name] = signed_in.raise_for_status().json()["token"]

        def listen(name: str) -> None:
            own = {"Authorization": f"Bearer {tokens[name]}"}
            events = f"{centre_process.url}/api/v1/events"
            with suppress(httpx2.HTTPError), httpx2.stream("GET", events, headers=own, timeout=40) as stream:
                for line in stream.iter_lines():
                    heard[name].append(line)

        threads = [threading.Thread(target=listen, args=(name,), daemon=True) for name in heard]
        for thread in threads:
            thread.start()
        while not all(heard.values()):
            time.sleep(0.1)
        code = http.post("/collectors/codes", json={}).json()["code"]
        enrolled = http.post(
            "/collectors/enrol", json={"code": code, "name": "c", "public_key": base64.b64encode(b"k" * 32).decode()}
        ).json()
        condition = {"device_id": device_id, "rule": "sensor", "object": "Fan", "since_s": int(time.time())}
        report = {"sequence": 1, "digest": "x", "ends": {}, "reasons": {}, "full": [condition]}
        own = {"Authorization": f"Bearer {enrolled['token']}"}
        http.post("/collectors/report", json=report, headers=own).raise_for_status()
        until = time.monotonic() + 20
        while "event: incidents" not in heard["mine"]:
            assert time.monotonic() < until
            time.sleep(0.1)
        assert "event: incidents" not in heard["foreign"]
        http.delete("/me/session", headers={"Authorization": f"Bearer {tokens['mine']}"}).raise_for_status()
        threads[0].join(timeout=25)
        assert not threads[0].is_alive()
