"""A running town with its pages, and a real browser to look at them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

COMMAND = [sys.executable, "-m", "ventspils.cli.main"]
# Chromium itself would look for its maker's servers at every start.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@dataclass
class PageTown:
    """The demo town as its pages see it."""

    home: Path
    url: str
    api: str
    passwords: dict[str, str]
    http: httpx2.Client

    def order(self, *words: str) -> None:
        subprocess.run([*COMMAND, *words, "--home", str(self.home)], check=True, capture_output=True, timeout=30)

    def get(self, path: str, **params: Any) -> Any:
        return self.http.get(f"{self.api}{path}", params=params).raise_for_status().json()


@pytest.fixture(scope="session")
def page_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageTown]:
    home = tmp_path_factory.mktemp("page-town")
    (home / "ventspils.toml").write_text("[collector]\ninterval_s = 5\ntimeout_s = 0.3\n")
    (home / "town.json").write_text(json.dumps({"devices": 30, "port": 16180}))
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [*COMMAND, "demo", "--home", str(home), "--port", "0"], stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert process.stdout is not None
        started = json.loads(process.stdout.readline() or "{}")
        assert started, (home / "log").read_text()
        token = json.loads((home / "contact.json").read_text())["token"]
        passwords = {account["name"]: account["password"] for account in started["accounts"]}
        with httpx2.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
            yield PageTown(home, started["url"], started["api"], passwords, http)
        process.terminate()
        process.stdout.close()
        assert process.wait(60) == 0


@dataclass
class Browser:
    """A browser window, and everything it complained about or asked of others."""

    page: Any
    url: str
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.page.wait_for_selector("h1", timeout=30_000)
        self.settle()

    def settle(self) -> None:
        """Wait until Streamlit has drawn everything."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=30_000)

    def text(self) -> str:
        return str(self.page.inner_text("body"))

    def choose(self, field: Any, choice: str) -> None:
        """Choose in a list; one that closes because the page was just drawn anew is opened again."""
        from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

        option = self.page.get_by_role("option", name=choice, exact=True)
        for _ in range(5):
            field.click()
            try:
                option.click(timeout=3_000)
            except PlaywrightTimeoutError:
                continue
            self.settle()
            return
        option.click()

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto(self.url + "/")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        self.page.click("button[type=submit]")


@pytest.fixture
def open_browser(request: pytest.FixtureRequest, page_town: PageTown) -> Iterator[Any]:
    """Give a function that opens a window of a size, language and colour scheme, signed in as a role."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        request.getfixturevalue("missing_chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)

        def open_window(role: str | None, *, locale: str = "en-GB", width: int = 1400, dark: bool = False) -> Browser:
            scheme = "dark" if dark else "light"
            window = chromium.new_context(
                viewport={"width": width, "height": 900}, locale=locale, color_scheme=scheme
            ).new_page()
            browser = Browser(window, page_town.url)
            own = (page_town.url, page_town.url.replace("http", "ws"), "data:", "blob:")
            window.on("request", lambda r: None if r.url.startswith(own) else browser.outside.append(r.url))
            window.on("console", lambda m: browser.complaints.append(m.text) if m.type == "error" else None)
            window.on("pageerror", lambda e: browser.complaints.append(str(e)))
            if role is not None:
                browser.sign_in(role, page_town.passwords[role])
            return browser

        yield open_window
        chromium.close()


@pytest.fixture
def missing_chromium() -> None:
    import os

    if os.environ.get("VENTSPILS_REAL") == "1":
        pytest.fail("Chromium is not here; `make debian-parts` brings it")
    pytest.skip("Chromium is not here; `make debian-parts` brings it")
