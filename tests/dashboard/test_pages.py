"""The pages in a real browser, as each role, against a running town."""

import re
from typing import Any

import pytest

from tests.waiting import until

WATCH = ("/", "/problems", "/map", "/institution", "/building", "/device", "/maintenance", "/availability")
DIG = ("/decide", "/digs", "/clients", "/sites", "/plan", "/savings", "/prices")
CONFIGURE = ("/devices", "/policies", "/credentials", "/notices")
PAGES = {
    "viewer": (*WATCH, "/account"),
    "operator": (*WATCH, *DIG, "/account"),
    "planner": (*WATCH, *DIG, "/account"),
    "manager": (*WATCH, *DIG, "/audit", "/account"),
    "partner": ("/", "/digs", "/clients", "/account"),
    "admin": (*WATCH, *DIG, *CONFIGURE, "/people", "/system", "/audit", "/account"),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", sorted(PAGES))
def test_every_page_of_a_role_draws_without_a_complaint_and_asks_nobody_else(
    page_town: Any, open_browser: Any, role: str
) -> None:
    browser = open_browser(role)
    for path in PAGES[role]:
        browser.open(path)
        assert browser.page.locator('[data-testid="stException"]').count() == 0, path
        assert browser.page.title(), path
    assert browser.outside == []
    assert browser.complaints == []


@pytest.mark.timeout(120)
def test_pages_of_others_are_not_offered_and_not_drawn(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("viewer")
    browser.open("/")
    assert "People" not in browser.text()
    browser.page.goto(browser.url + "/people")
    browser.page.wait_for_timeout(3000)
    assert "New one-time link" not in browser.text()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("locale", ["en-GB", "lv-LV"])
def test_a_link_to_a_device_shows_that_device_in_every_language(page_town: Any, open_browser: Any, locale: str) -> None:
    device = page_town.get("/devices", text="switch-2")["items"][0]
    browser = open_browser("viewer", locale=locale)
    browser.open(f"/device?device={device['id']}&span=7d")
    assert browser.page.locator("h1").inner_text() == "switch-2"
    assert device["id"] in browser.page.url
    browser.open(f"/institution?institution={device['agency_id']}")
    assert browser.page.locator("h1").inner_text() == device["agency"]


@pytest.mark.timeout(120)
def test_a_device_page_says_what_the_device_is(page_town: Any, open_browser: Any) -> None:
    device = page_town.get("/devices", text="switch-2")["items"][0]
    browser = open_browser("viewer")
    browser.open(f"/device?device={device['id']}")
    browser.page.wait_for_selector("text=Sim switch", timeout=30_000)
    assert "Simulated switch" in browser.page.inner_text("body")


@pytest.mark.timeout(120)
def test_a_browser_in_latvian_gets_latvian(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("viewer", locale="lv-LV")
    browser.open("/")
    assert browser.page.locator("h1").inner_text() == "Pārskats"
    assert browser.page.locator("html").get_attribute("lang") == "lv"
    browser.open("/problems")
    assert browser.page.locator("h1").inner_text() == "Traucējumi"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("path", ["/problems", "/institution", "/building"])
def test_a_phone_shows_the_page_without_scrolling_sideways(page_town: Any, open_browser: Any, path: str) -> None:
    browser = open_browser("operator", width=360, dark=True)
    browser.open(path)
    assert browser.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.timeout(240)
def test_a_scene_becomes_one_problem_that_an_operator_takes_by_clicking(page_town: Any, open_browser: Any) -> None:
    page_town.order("demo", "--scene", "building")

    def roots() -> list[Any]:
        return [i for i in page_town.get("/incidents")["items"] if i["rule"] == "unreachable" and i["behind"]]

    until(lambda: len(roots()) == 1)
    (root,) = roots()
    browser = open_browser("operator")
    browser.open(f"/problems?problem={root['id']}")
    assert root["device"] in browser.text()
    browser.page.get_by_label("Note").first.fill("driving there")
    browser.page.keyboard.press("Tab")
    browser.settle()
    browser.page.get_by_role("button", name=re.compile("I'm on it")).click()
    until(lambda: page_town.get(f"/incidents/{root['id']}")["acknowledged_by"] == "operator")
    history = page_town.get(f"/incidents/{root['id']}")["history"]
    assert [(turn["actor"], turn["note"]) for turn in history][-1] == ("operator", "driving there")
    browser.page.wait_for_selector("text=operator is on it", timeout=20_000)


@pytest.mark.timeout(240)
def test_a_device_is_added_tested_and_retired_by_clicking(page_town: Any, open_browser: Any) -> None:
    twin = page_town.get("/devices", text="printer-1")["items"][0]
    free_host = twin["host"].rsplit(".", 1)[0] + ".250"
    browser = open_browser("admin")
    browser.open("/devices")
    browser.page.get_by_text("Add a device").click()
    form = browser.page
    form.get_by_label("Name", exact=True).last.fill("by-hand")
    form.get_by_label("Address").fill(f"{free_host}:{twin['port']}")
    form.get_by_label("Building").fill("Annex")
    for label, choice in (("Institution", "Clinic"), ("Credential", "town")):
        browser.choose(form.get_by_label(label, exact=False).first, choice)
    form.get_by_role("button", name="Add", exact=True).last.click()
    until(lambda: page_town.get("/devices", text="by-hand")["total"] == 1)
    added = page_town.get("/devices", text="by-hand")["items"][0]
    assert (added["agency"], added["site"], added["credential"]) == ("Clinic", "Annex", "town")
    core = page_town.get("/devices", text="core-1")["items"][0]
    browser.open(f"/device?device={core['id']}")
    form.get_by_role("button", name="Check now").click()
    form.wait_for_selector("text=It answers", timeout=30_000)
    browser.open("/devices?text=by-hand")
    form.locator("canvas").first.click(position={"x": 18, "y": 52}, force=True)
    browser.settle()
    form.get_by_role("button", name="Take out of service").click()
    form.get_by_role("dialog").get_by_role("button", name="Take out of service").click()
    until(lambda: page_town.get("/devices", text="by-hand")["total"] == 0)


@pytest.mark.timeout(240)
def test_a_port_policy_for_several_devices_is_made_by_clicking(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("admin")
    browser.open("/policies")
    page = browser.page
    page.get_by_label("Name or label contains").fill("room 7")
    page.keyboard.press("Tab")
    browser.settle()
    for name in ("switch-1", "switch-2"):
        page.get_by_label("Devices (none chosen: all)").fill(name)
        page.get_by_role("option", name=name, exact=True).click()
        browser.settle()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add", exact=True).click()
    until(lambda: page_town.get("/port-policies")["total"] == 2)
    found = page_town.get("/port-policies")["items"]
    assert {(p["device"], p["pattern"], p["mode"]) for p in found} == {
        ("switch-1", "room 7", "always"),
        ("switch-2", "room 7", "always"),
    }


@pytest.mark.timeout(240)
def test_a_building_is_added_and_changed_by_clicking(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("admin")
    page = browser.page
    agency = page_town.get("/agencies")["items"][0]
    browser.open(f"/institution?institution={agency['id']}")
    page.get_by_text("Add a building").click()
    browser.settle()
    page.get_by_label("Name", exact=True).last.fill("Boat house")
    page.get_by_label("Street address").last.fill("Ostas iela 1")
    page.keyboard.press("Tab")
    browser.settle()
    page.get_by_role("button", name="Add the building").click()
    page.wait_for_selector("h1:has-text('Boat house')", timeout=30_000)
    (added,) = [s for s in page_town.get("/sites", limit=1000)["items"] if s["name"] == "Boat house"]
    assert (added["address"], added["agency_id"]) == ("Ostas iela 1", agency["id"])
    switch = page_town.get("/devices", text="switch-2")["items"][0]
    browser.open(f"/building?building={switch['site_id']}")
    assert "switch-2 is reached through core-1" in browser.text()
    browser.open(f"/building?building={added['id']}")
    page.get_by_text("Change or move this building").click()
    browser.settle()
    page.get_by_label("Opening hours").first.fill("Mon-Fri 8-16")
    page.keyboard.press("Tab")
    browser.settle()
    page.get_by_role("button", name="Save").click()
    until(lambda: page_town.get(f"/sites/{added['id']}")["opening_hours"] == "Mon-Fri 8-16")


@pytest.mark.timeout(180)
def test_a_link_of_the_town_stands_on_the_page_of_a_device(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("admin")
    page = browser.page
    browser.open("/system")
    page.get_by_text("Add a link").click()
    browser.settle()
    page.get_by_label("Name", exact=True).fill("Helpdesk")
    page.get_by_label("Address", exact=True).fill("https://help.example/?device={name}")
    page.get_by_role("button", name="Add", exact=True).click()
    until(lambda: page_town.get("/links")["total"] == 3)
    device = page_town.get("/devices", text="core-1")["items"][0]
    browser.open(f"/device?device={device['id']}")
    assert (
        page.get_by_role("link", name=re.compile("Helpdesk")).get_attribute("href")
        == "https://help.example/?device=core-1"
    )


@pytest.mark.timeout(120)
def test_the_keyboard_alone_reaches_every_page(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("operator")
    browser.open("/")
    reached = set()
    for _ in range(60):
        browser.page.keyboard.press("Tab")
        reached.add(browser.page.evaluate("document.activeElement.getAttribute('href') || ''"))
        if any(href.endswith("/problems") for href in reached):
            break
    assert any(href.endswith("/problems") for href in reached)
    browser.page.keyboard.press("Enter")
    browser.page.wait_for_selector("h1:has-text('Problems')", timeout=30_000)
