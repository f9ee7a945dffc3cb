"""Many people at their pages while a town is watched: how long a page takes, and how quick the API stays.

    python -m bench.people [--people 20] [--think 10] [--devices 1000] [--minutes 5]

Every person is a connection of the pages' own protocol: signs in by the form, asks for pages, thinks, asks for the
next, and asks for the parts that a page keeps fresh by itself, as a browser does. A page's time runs from asking until
its last part is there. Beside them somebody asks the API five times a second.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench.processes import cpu_s, memory_mb

PAGES = ("", "problems", "map", "institution", "building", "device", "availability", "maintenance")
ASKED = ("pulse", "incidents", "devices?limit=100", "agencies", "sites", "port-policies")


@dataclass
class Seen:
    """What was measured: seconds by page, and what failed."""

    pages: dict[str, list[float]] = field(default_factory=dict)
    refreshes: list[float] = field(default_factory=list)
    api: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


async def person(
    number: int, url: str, password: str, until: float, think_s: float, ids: dict[str, list[str]], seen: Seen
) -> None:
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, think_s))
    async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
        answer = await http.post("/sign-in", data={"name": "admin", "password": password})
        cookie = answer.headers["set-cookie"].partition(";")[0]
    stream = url.replace("http", "ws") + "/_stcore/stream"
    async with websockets.connect(
        stream, subprotocols=["streamlit"], additional_headers={"Cookie": cookie, "Origin": url}, max_size=None
    ) as socket:
        pages = Pages(socket, seen)
        while time.monotonic() < until:
            page = chance.choice(PAGES)
            query = f"{page}={chance.choice(ids[page])}" if page in ids else ""
            await pages.show(page, query)
            await pages.refresh_for(chance.expovariate(1 / think_s))


class Pages:
    """One connection: asks for pages and for their fresh parts, one at a time."""

    def __init__(self, socket: Any, seen: Seen) -> None:
        self._socket, self._seen = socket, seen
        self._page, self._query = "", ""
        self._due: dict[str, tuple[float, float]] = {}

    async def show(self, page: str, query: str) -> None:
        self._page, self._query, self._due = page, query, {}
        took = await self._ask("")
        self._seen.pages.setdefault(page or "overview", []).append(took)

    async def refresh_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self._due and (first := min(self._due, key=lambda f: self._due[f][0])):
            at, every_s = self._due[first]
            if at > end:
                break
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            self._due[first] = (time.monotonic() + every_s, every_s)
            self._seen.refreshes.append(await self._ask(first))
        await asyncio.sleep(max(0.0, end - time.monotonic()))

    async def _ask(self, fragment: str) -> float:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self._query, self._page
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        state.context_info.timezone, state.context_info.url = "Europe/Riga", f"http://127.0.0.1/{self._page}"
        state.context_info.locale = "en-GB"
        begun = time.monotonic()
        await self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await asyncio.wait_for(self._socket.recv(), 60))
            kind = answer.WhichOneof("type")
            if kind == "auto_rerun":
                every_s = answer.auto_rerun.interval
                self._due[answer.auto_rerun.fragment_id] = (time.monotonic() + every_s, every_s)
            elif kind == "delta" and answer.delta.new_element.WhichOneof("type") == "exception":
                self._seen.failures.append(f"{self._page}: {answer.delta.new_element.exception.message[:200]}")
            elif kind == "page_not_found":
                self._seen.failures.append(f"{self._page}: no such page")
            elif kind == "script_finished":
                return time.monotonic() - begun


async def ask_api(api: str, token: str, devices: list[str], until: float, seen: Seen) -> None:
    chance = random.Random(1)
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        while time.monotonic() < until:
            path = chance.choice((*ASKED, f"devices/{chance.choice(devices)}"))
            begun = time.monotonic()
            answer = await http.get(f"{api}/{path}")
            seen.api.append(time.monotonic() - begun)
            if answer.status_code != 200:
                seen.failures.append(f"{path}: {answer.status_code}")
            await asyncio.sleep(0.2)


def percentile(values: list[float], percent: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))]


def tell(what: str, times: list[float]) -> None:
    p50, p95, p99 = (1e3 * percentile(times, percent) for percent in (50, 95, 99))
    print(
        f"{what:14} {len(times):5d} times  p50 {p50:6.0f}  p95 {p95:6.0f}  p99 {p99:6.0f}  worst "
        f"{1e3 * max(times):6.0f} ms"
    )


async def measure(options: argparse.Namespace, started: dict[str, Any], token: str) -> Seen:
    url, api = started["url"].rstrip("/"), started["api"]
    password = next(a["password"] for a in started["accounts"] if a["role"] == "admin")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=api, headers=headers, timeout=30) as http:

        async def ids_of(path: str) -> list[str]:
            return [item["id"] for item in (await http.get(path)).raise_for_status().json()["items"]]

        devices = await ids_of("/devices?limit=1000")
        ids = {"device": devices, "institution": await ids_of("/agencies"), "building": await ids_of("/sites")}
    seen = Seen()
    until = time.monotonic() + 60 * options.minutes
    people = [person(n, url, password, until, options.think, ids, seen) for n in range(options.people)]
    await asyncio.gather(*people, ask_api(api, token, devices, until, seen))
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--think", type=float, default=10)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--interval", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="people-") as folder:
        home = Path(folder)
        (home / "ventspils.toml").write_text(f"[collector]\ninterval_s = {options.interval}\n")
        (home / "town.json").write_text(json.dumps({"devices": options.devices, "port": 16181}))
        command = [sys.executable, "-m", "ventspils.cli.main", "demo", "--home", folder, "--port", "0"]
        with (home / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            started = json.loads(process.stdout.readline() or "{}")
            token = json.loads((home / "contact.json").read_text())["token"]
            time.sleep(2.5 * options.interval)
            before = cpu_s(process.pid)
            seen = asyncio.run(measure(options, started, token))
            used = {k: v - before.get(k, 0.0) for k, v in cpu_s(process.pid).items()}
            memory = memory_mb(process.pid)
        finally:
            process.terminate()
            process.wait(60)
    for page, times in sorted(seen.pages.items()):
        tell(page, times)
    tell("all pages", [t for times in seen.pages.values() for t in times])
    tell("fresh parts", seen.refreshes)
    tell("API", seen.api)
    print(f"failures {len(seen.failures)} {seen.failures[:5]}")
    print("CPU s a minute", {k: round(v / options.minutes, 2) for k, v in used.items()}, "MB", memory)


if __name__ == "__main__":
    main()
