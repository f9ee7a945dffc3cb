"""Signing in, out and by the link of a wall view, in a real browser."""

from typing import Any

import pytest


@pytest.mark.timeout(120)
def test_without_a_session_every_page_leads_to_the_sign_in_and_back(page_town: Any, open_browser: Any) -> None:
    browser = open_browser(None)
    browser.page.goto(browser.url + "/problems?severity=critical")
    assert "/sign-in" in browser.page.url
    browser.page.fill("#name", "operator")
    browser.page.fill("#password", "wrong password of somebody")
    browser.page.click("button[type=submit]")
    assert "are wrong" in browser.page.inner_text("[role=alert]")
    browser.page.fill("#name", "operator")
    browser.page.fill("#password", page_town.passwords["operator"])
    browser.page.click("button[type=submit]")
    browser.page.wait_for_selector("h1:has-text('Problems')", timeout=30_000)
    assert "severity=critical" in browser.page.url
    browser.page.reload()
    browser.page.wait_for_selector("h1:has-text('Problems')", timeout=30_000)  # still signed in


@pytest.mark.timeout(120)
def test_signing_out_ends_the_session_in_every_tab(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("planner")
    browser.open("/")
    other = browser.page.context.new_page()
    other.goto(browser.url + "/problems")
    other.wait_for_selector("h1", timeout=30_000)
    browser.page.goto(browser.url + "/sign-out")
    other.wait_for_selector("text=You are signed out.", timeout=30_000)


@pytest.mark.timeout(120)
def test_a_wall_view_needs_no_sign_in_and_ends_when_revoked(page_town: Any, open_browser: Any) -> None:
    admin = page_town.http.post(
        f"{page_town.api}/tokens", json={"name": "admin", "password": page_town.passwords["admin"]}
    ).json()["token"]
    headers = {"Authorization": f"Bearer {admin}"}
    wall = page_town.http.post(f"{page_town.api}/walls", json={}, headers=headers).raise_for_status().json()
    browser = open_browser(None)
    browser.page.goto(f"{browser.url}/wall-link?token={wall['token']}")
    browser.page.wait_for_selector("h1", timeout=30_000)
    browser.settle()
    assert "Clinic" in browser.text()
    page_town.http.delete(f"{page_town.api}/walls/{wall['id']}", headers=headers).raise_for_status()
    browser.page.wait_for_selector("text=You are signed out.", timeout=30_000)
