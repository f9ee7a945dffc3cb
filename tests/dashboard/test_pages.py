"""The pages in a real browser, as each role, against a running town."""

import re
import time
from typing import Any

import pytest

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


def until(is_so: Any, *, seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.5)


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
def test_signing_out_ends_the_session_in_every_tab(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("planner")
    browser.open("/")
    other = browser.page.context.new_page()
    other.goto(browser.url + "/problems")
    other.wait_for_selector("h1", timeout=30_000)
    browser.page.goto(browser.url + "/sign-out")
    other.wait_for_selector("text=You are signed out.", timeout=30_000)


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


WORKS = "street,from,to,start,end date,client\nParka iela,Dārza iela,Ganību iela,2027-08-01,2027-09-30,ŪDEKA\nNekur iela,,,,,ŪDEKA\n"


@pytest.mark.timeout(240)
def test_a_planner_takes_a_list_in_and_undoes_it_by_clicking(page_town: Any, open_browser: Any) -> None:
    before = page_town.get("/works")["total"]
    browser = open_browser("planner")
    page = browser.page
    browser.open("/digs")
    page.get_by_text("Take a file in").click()
    browser.settle()
    page.locator("input[type=file]").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": WORKS.encode()}
    )
    page.get_by_role("button", name="Take in", exact=True).click()
    page.wait_for_selector("text=2 read, 2 accepted, 0 rejected", timeout=30_000)
    page.wait_for_selector("text=To be placed by hand: 1", timeout=30_000)
    assert page_town.get("/works")["total"] == before + 2
    browser.open("/digs")
    page.get_by_text("Files that were taken in").click()
    browser.settle()
    page.get_by_role("button", name="Undo", exact=True).first.click()
    until(lambda: page_town.get("/works")["total"] == before)
    assert browser.outside == []


@pytest.mark.timeout(240)
def test_a_request_is_entered_in_words_placed_and_changed_by_clicking(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("planner")
    page = browser.page
    browser.open("/digs?sort=need")
    page.get_by_text("Enter a request").click()
    browser.settle()
    for label, choice in (("Street", "Saules iela"), ("From", "Jāņa iela"), ("To", "Dārza iela")):
        browser.choose(page.get_by_label(label, exact=True).first, choice)
    browser.choose(page.get_by_label("Client", exact=True).first, "Telecom")
    page.get_by_label("What it is called").first.fill("By hand")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_selector("text=Saved and placed.", timeout=30_000)
    (made,) = page_town.get("/works", sort="need", text="By hand")["items"]
    assert (made["promoter"], made["place"]["begin"], made["kind"]) == ("Telecom", "Jāņa iela", "water")
    browser.open(f"/digs?sort=need&work={made['id']}")
    page.get_by_text("Change", exact=True).click()
    browser.settle()
    page.get_by_label("What it is called").first.fill("By hand, longer")
    page.get_by_role("button", name="Save", exact=True).first.click()
    until(lambda: page_town.get(f"/works/{made['id']}")["title"] == "By hand, longer")
    browser.open(f"/digs?sort=need&work={made['id']}")
    page.get_by_text("Which streets it opens").click()
    browser.settle()
    page.get_by_role("button", name="These sections it is").click()
    until(lambda: page_town.get(f"/works/{made['id']}")["put_right_by_hand"])
    browser.open(f"/digs?sort=need&work={made['id']}")
    page.get_by_role("button", name="Take back").click()
    until(lambda: page_town.get("/works", sort="need", text="By hand")["total"] == 0)
    page.get_by_role("button", name=re.compile("Undo: bring back")).click()
    until(lambda: page_town.get("/works", sort="need", text="By hand")["total"] == 1)


@pytest.mark.timeout(240)
def test_a_second_editor_sees_what_the_first_one_saved_and_loses_nothing(page_town: Any, open_browser: Any) -> None:
    found = page_town.get("/works")["items"][-1]
    browser = open_browser("planner")
    page = browser.page
    browser.open(f"/digs?work={found['id']}")
    page.get_by_text("Change", exact=True).click()
    browser.settle()
    page.get_by_label("What it is called").first.fill("Mine")
    headers = {"If-Match": f'"{found["version"]}"'}
    theirs = {"title": "Theirs", "stage": "idea"}
    page_town.http.patch(f"{page_town.api}/works/{found['id']}", json=theirs, headers=headers).raise_for_status()
    page.wait_for_timeout(3000)  # what the page knows is two seconds old at most
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_selector("text=What it is called: now Theirs, yours Mine", timeout=20_000)
    assert page.get_by_label("What it is called").first.input_value() == "Mine"
    page.get_by_role("button", name="Begin again from the present state").click()
    until(lambda: page.get_by_label("What it is called").first.input_value() == "Theirs")


@pytest.mark.timeout(240)
def test_an_emergency_is_entered_with_three_answers(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("partner")
    page = browser.page
    browser.open("/digs")
    page.get_by_text("Emergency: somebody digs now").click()
    browser.settle()
    browser.choose(page.get_by_label("Street", exact=True).last, "Kuldīgas iela")
    page.get_by_label("Phone, day and night").last.fill("63600000")
    page.get_by_role("button", name="Enter it now").click()
    until(lambda: page_town.get("/works", text="Kuldīgas iela")["total"] >= 1)
    until(lambda: any(w["is_emergency"] for w in page_town.get("/works")["items"]))
    (found,) = [w for w in page_town.get("/works")["items"] if w["is_emergency"]]
    assert (found["promoter"], found["phone_24h"], found["status"]) == ("ŪDEKA", "63600000", "under_way")


@pytest.mark.timeout(240)
def test_a_chance_is_joined_and_another_declined_by_clicking(page_town: Any, open_browser: Any) -> None:
    first, second = page_town.get("/opportunities", state="open")["items"][:2]
    browser = open_browser("planner")
    page = browser.page
    browser.open("/decide")
    page.wait_for_selector("text=today", timeout=20_000)
    page.get_by_role("button", name="Join").first.click()
    until(lambda: _chance(page_town, first["id"])["state"] == "accepted")
    browser.open("/decide")
    page.get_by_role("button", name=re.compile("Decline")).first.click()
    page.get_by_label("Why").first.fill("no money")
    page.get_by_role("button", name="Decline", exact=True).last.click()
    until(lambda: _chance(page_town, second["id"])["state"] == "declined")
    assert _chance(page_town, second["id"])["reason"] == "no money"
    browser.open("/decide")
    assert "Decided (" in browser.text()
    assert "Missed: " in browser.text()


def _chance(page_town: Any, chance_id: str) -> Any:
    return next(o for o in page_town.get("/opportunities")["items"] if o["id"] == chance_id)


@pytest.mark.timeout(240)
def test_a_plan_grows_before_ones_eyes_and_is_marked_built(page_town: Any, open_browser: Any) -> None:
    before = page_town.get("/plans")["total"]
    browser = open_browser("planner")
    page = browser.page
    browser.open("/plan")
    page.get_by_text("Make a plan").click()
    browser.settle()
    page.get_by_label("First month").fill("2027-07")
    page.keyboard.press("Tab")
    browser.settle()
    page.get_by_role("button", name="Plan", exact=True).click()
    until(lambda: page_town.get("/plans")["total"] == before + 1)
    page.wait_for_selector("text=How good this plan is", timeout=120_000)
    browser.settle()
    page.get_by_text("Say that a half-year was built").click()
    page.get_by_label("As-built document").fill("Survey 7")
    page.get_by_role("button", name="It was built").click()
    until(lambda: page_town.get("/cable-routes")["total"] == 2)
    assert "Survey 7" in {route["source"] for route in page_town.get("/cable-routes")["items"]}


@pytest.mark.timeout(240)
def test_a_price_of_ones_own_is_entered_and_withdrawn_by_clicking(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("planner")
    page = browser.page
    browser.open("/prices")
    page.get_by_text("Enter a price of our own").click()
    browser.settle()
    page.get_by_label("Price without VAT").fill("1100")
    page.get_by_label("Document").last.fill("Contract 9")
    page.get_by_role("button", name="Save", exact=True).click()
    until(lambda: any("Contract 9" in " ".join(p["sources"]) for p in page_town.get("/prices")["items"]))
    browser.open("/prices")
    page.get_by_role("button", name="Withdraw").first.click()
    until(lambda: not any("Contract 9" in " ".join(p["sources"]) for p in page_town.get("/prices")["items"]))


@pytest.mark.timeout(240)
def test_a_manager_issues_a_report_by_clicking(page_town: Any, open_browser: Any) -> None:
    browser = open_browser("manager")
    page = browser.page
    browser.open("/savings")
    page.get_by_role("button", name="Approve and issue the report").click()
    until(lambda: page_town.get("/reports")["total"] == 1)
    assert page_town.get("/reports")["items"][0]["approved_by"] == "manager"
    planner = open_browser("planner")
    planner.open("/savings")
    assert "Approve and issue" not in planner.text()


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
