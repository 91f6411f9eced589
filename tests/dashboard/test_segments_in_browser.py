"""Pages about segments in a browser: lists kept by hand, changes as they happen, hostile texts, no script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api import Api
from tests.dashboard.browser import Faults, scrolls_sideways, sign_in
from tests.dashboard.visiting import PASSWORD, Person

PRO = {"field": "data.plan", "operator": "equals", "value": "pro"}


def test_a_list_kept_by_hand_by_search(page: Page, place: str, api: Api) -> None:
    for name in ("ada", "adam", "bob"):
        api.contact(f"{name}@example.com")
    page.goto(f"{place}/segments/new")
    page.get_by_role("radio", name="Static").check()
    page.get_by_label("Name").fill("Beta")
    search = page.get_by_label("Search by address")
    search.press_sequentially("ada")
    page.get_by_role("option", name="adam@example.com").click()
    expect(page.get_by_label("Addresses")).to_have_value("adam@example.com\n")
    expect(search).to_have_value("")
    page.get_by_role("button", name="Create segment").click()
    page.get_by_role("link", name="Members", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("adam@example.com"))).to_be_visible()
    page.get_by_label("Add somebody").press_sequentially("bob")
    expect(page.get_by_role("option", name="bob@example.com")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name=re.compile("bob@example.com"))).to_be_visible()
    page.get_by_role("button", name="Remove adam@example.com").click()
    expect(page.get_by_role("row", name=re.compile("adam@example.com"))).to_have_count(0)
    page.get_by_text("Paste a list").click()
    page.get_by_label("Addresses").fill("ada@example.com\nnew@example.com")
    page.get_by_role("button", name="Add all").click()
    expect(page.get_by_role("row", name=re.compile("^ada@example.com"))).to_be_visible()
    page.get_by_role("button", name="Create contacts and add them").click()
    expect(page.get_by_role("row", name=re.compile("new@example.com"))).to_be_visible()


def test_entries_and_exits_appear_while_the_page_is_open(page: Page, place: str, api: Api) -> None:
    ada = api.contact("ada@example.com", data={"plan": "free"})
    segment = api.segment("Pros", PRO)
    page.goto(f"{place}/segments/{segment['id']}")
    page.get_by_role("link", name="Track membership").click()
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("#changes")).to_contain_text("Nobody entered or left yet")
    page.evaluate("window.isSamePage = true")
    other_tab = page.context.new_page()
    set_plan(other_tab, f"{place}/contacts/{ada['id']}/edit", "pro")
    entry = page.get_by_role("row", name=re.compile("ada@example.com entered"))
    expect(entry).to_be_visible(timeout=20_000)
    set_plan(other_tab, f"{place}/contacts/{ada['id']}/edit", "free")
    expect(page.get_by_role("row", name=re.compile("ada@example.com left"))).to_be_visible(timeout=20_000)
    assert page.evaluate("window.isSamePage"), "nothing was loaded anew"
    entry.get_by_role("link").click()
    expect(page.get_by_role("heading", name="is not in this segment")).to_be_visible()
    expect(page.get_by_text("This contact has: free")).to_be_visible()


def set_plan(page: Page, edit: str, plan: str) -> None:
    """As a colleague does it, on the contact's page."""
    page.goto(edit)
    page.get_by_label("Value of plan").fill(plan)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Saved")).to_be_visible()


def test_a_rule_of_a_hundred_filters_is_drawn_and_the_next_one_is_not_offered(
    page: Page, place: str, api: Api
) -> None:
    segment = api.segment("Large", *[{**PRO, "value": f"v{n}"} for n in range(100)])
    page.goto(f"{place}/segments/{segment['id']}/rule")
    expect(page.get_by_role("group", name="Condition 100", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Condition", exact=True)).to_be_disabled()


def test_print_shows_what_there_is(page: Page, place: str, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro"})
    segment = api.segment("Pros", PRO)
    page.goto(f"{place}/segments/{segment['id']}/members")
    page.emulate_media(media="print")
    expect(page.get_by_text("ada@example.com")).to_be_visible()
    expect(page.get_by_text("Contacts whose plan is “pro”.")).to_be_visible()
    assert not scrolls_sideways(page)


@pytest.fixture
def scriptless(browser: Browser, dashboard_url: str, someone: Person) -> Iterator[Page]:
    context = browser.new_context(base_url=dashboard_url, java_script_enabled=False)
    page = context.new_page()
    faults = Faults(page)
    sign_in(page, dashboard_url, someone.email, PASSWORD)
    yield page
    context.close()
    assert not faults.others("Failed to load resource")


def test_without_a_script_there_is_the_sentence_and_a_json_that_works(
    scriptless: Page, place: str, api: Api
) -> None:
    api.contact("ada@example.com", data={"plan": "free"})
    segment = api.segment("Pros", PRO)
    scriptless.goto(f"{place}/segments/{segment['id']}/rule")
    expect(scriptless.get_by_text("Contacts whose plan is “pro”.").filter(visible=True).first).to_be_visible()
    free = {"logic": "AND", "groups": [{"filters": [{**PRO, "value": "free"}]}]}
    scriptless.locator("#f-condition").fill(json.dumps(free))
    scriptless.get_by_role("button", name="Save rule").click()
    expect(scriptless.get_by_text("Contacts whose plan is “free”.").first).to_be_visible()
    scriptless.get_by_role("link", name="Members", exact=True).click()
    expect(scriptless.get_by_text("ada@example.com")).to_be_visible()
    scriptless.goto(f"{place}/segments/new")
    scriptless.get_by_role("radio", name="Static").check()
    scriptless.get_by_label("Name").fill("Beta")
    scriptless.get_by_label("Addresses").fill("ada@example.com")
    scriptless.get_by_role("button", name="Create segment").click()
    assert api.get("/segments").json[0]["memberCount"] == 1
