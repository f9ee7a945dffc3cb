"""Take the pictures of README from a demo town of their own: `make pictures`."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
COMMAND = [sys.executable, "-m", "ventspils.cli.main"]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def settle(page: Page) -> None:
    page.wait_for_timeout(1500)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=30_000)


def take(page: Page, url: str, path: str, name: str) -> None:
    page.goto(url + path)
    page.wait_for_selector("h1", timeout=30_000)
    settle(page)
    page.wait_for_timeout(2000)
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"{name}.png")


def sign_in(page: Page, url: str, account: dict[str, str]) -> None:
    page.goto(url + "/")
    page.fill("#name", account["name"])
    page.fill("#password", account["password"])
    page.click("button[type=submit]")
    page.wait_for_selector("h1", timeout=30_000)


def take_all(started: dict[str, Any], home: str) -> None:
    url = started["url"].rstrip("/")
    account = next(a for a in started["accounts"] if a["role"] == "operator")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        wide = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
        sign_in(wide, url, account)
        wide.wait_for_timeout(60_000)  # a few rounds, so that graphs show something
        subprocess.run([*COMMAND, "demo", "--scene", "building", "--home", home], check=True, capture_output=True)
        wide.goto(f"{url}/problems")
        wide.wait_for_selector("text=1 problem", timeout=120_000)
        take(wide, url, "/", "overview")
        take(wide, url, "/problems", "problems")
        take(wide, url, "/map", "map")
        take(wide, url, "/device?span=24h", "device")
        planner = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB").new_page()
        sign_in(planner, url, next(a for a in started["accounts"] if a["role"] == "planner"))
        for name in ("decide", "digs", "plan", "savings"):
            take(planner, url, f"/{name}", name)
        phone = chromium.new_context(
            viewport={"width": 360, "height": 740}, locale="lv-LV", color_scheme="dark", device_scale_factor=2
        ).new_page()
        sign_in(phone, url, account)
        take(phone, url, "/problems", "phone")
        chromium.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pictures-") as home:
        town = subprocess.Popen([*COMMAND, "demo", "--home", home, "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            assert town.stdout is not None
            take_all(json.loads(town.stdout.readline()), home)
        finally:
            town.terminate()
            town.wait(60)


if __name__ == "__main__":
    main()
