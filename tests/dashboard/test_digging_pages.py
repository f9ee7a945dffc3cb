"""The pages of digs in a browser: taken in, placed, decided, planned, priced and reported by clicking."""

import re
from typing import Any

import pytest

from tests.waiting import until

WORKS = (
    "street,from,to,start,end date,client\n"
    "Parka iela,Dārza iela,Ganību iela,2027-08-01,2027-09-30,ŪDEKA\nNekur iela,,,,,ŪDEKA\n"
)


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
    page.get_by_text("More: contacts, numbers, conditions").first.click()
    browser.settle()
    page.get_by_label("How deep it digs, m").first.fill("0.8")
    page.get_by_label("Cost of moving it, EUR a month").first.fill("250")
    page.get_by_label("Diameter of its pipe, mm").first.fill("110")
    other = page_town.get("/works")["items"][0]
    browser.choose(page.get_by_label("Only if this dig comes").first, f"{other['title']} · {other['promoter']}")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.wait_for_selector("text=Saved and placed.", timeout=30_000)
    (made,) = page_town.get("/works", sort="need", text="By hand")["items"]
    assert (made["promoter"], made["place"]["begin"], made["kind"]) == ("Telecom", "Jāņa iela", "water")
    assert (made["depth_m"], made["moving_eur_per_month"], made["after_work_id"]) == (0.8, 250, other["id"])
    assert made["diameter_mm"] == 110
    browser.open(f"/digs?sort=need&work={made['id']}")
    page.wait_for_selector(
        "text=digs 0.8 m deep · pipe of 110 mm · moving it costs 250 € a month · "
        f"only if this dig comes: {other['title']}"
    )
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
    page.get_by_label("First month").fill("2026-07")
    page.keyboard.press("Tab")
    browser.settle()
    page.get_by_role("button", name="Plan", exact=True).click()
    until(lambda: page_town.get("/plans")["total"] == before + 1)
    page.wait_for_selector("text=How good this plan is", timeout=120_000)
    browser.settle()
    page.get_by_text("Make this plan the town's own").click()
    page.get_by_label("Name of the plan").fill("Fibre of the council")
    page.get_by_role("button", name="Adopt", exact=True).click()
    until(lambda: any(plan["adopted"] for plan in page_town.get("/plans")["items"]))
    page.wait_for_selector("text=The town's plan Fibre of the council", timeout=60_000)
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
    planner = open_browser("planner")
    planner.open("/savings")
    planner.page.get_by_role("button", name="Draw up the report").click()
    until(lambda: page_town.get("/reports")["total"] == 1)
    planner.open("/savings")
    planner.page.get_by_text("draft of planner").click()
    assert "Approve and issue" not in planner.text()
    browser = open_browser("manager")
    browser.open("/savings")
    browser.page.get_by_text("draft of planner").click()
    browser.page.get_by_role("button", name="Approve and issue the report").click()
    until(lambda: page_town.get("/reports")["items"][0]["state"] == "issued")
    assert page_town.get("/reports")["items"][0]["approved_by"] == "manager"
