"""Contacts, fields and events in a browser: typing, ticking, editing in place; small screens, no script, paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api import Api
from tests.dashboard.browser import WIDE, axe_faults, scrolls_sideways, sign_in
from tests.dashboard.visiting import PASSWORD, Person

SMALLEST = (360, 740)
LONG = "a-very-long-name-without-any-blank-" * 5
DATA = {
    "name": "محمد بن موسى الخوارزمي",
    LONG: "x" * 300,
    "tags": ["one", "two"],
    "address": {"city": "Köln", "street": {"name": "Domstraße", "number": 4}},
}


@pytest.fixture
def ada(api: Api) -> str:
    """The id of a contact with much about it, who is not alone."""
    for n in range(3):
        api.track(f"p{n}@example.com", "bought", data={"amount": n})
    api.segment(LONG[:90], {"field": "data.name", "operator": "exists"}, trackMembership=True)
    api.track("ada@example.com", LONG, data=DATA)
    return api.track("ada@example.com", "bought", data=DATA)["contact"]


def pages(place: str, contact: str) -> list[str]:
    return [
        f"{place}/contacts",
        f"{place}/contacts?search=nobody",
        f"{place}/contacts/new",
        f"{place}/contacts/{contact}",
        f"{place}/contacts/{contact}/edit",
        f"{place}/contacts/fields",
        f"{place}/contacts/field?key=name",
        f"{place}/events",
        f"{place}/events/one?name=bought",
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(
    page: Page, place: str, ada: str, colours: str
) -> None:
    page.emulate_media(color_scheme=colours)
    for width, height in (WIDE, SMALLEST):
        page.set_viewport_size({"width": width, "height": height})
        for path in pages(place, ada):
            page.goto(path)
            assert axe_faults(page) == [], path
            assert not scrolls_sideways(page), path
            page.evaluate("document.documentElement.dir = 'rtl'")
            assert not scrolls_sideways(page), path


def test_the_list_follows_what_is_typed(page: Page, place: str, ada: str) -> None:
    page.goto(f"{place}/contacts")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_label("Search e-mail addresses").press_sequentially("ADA")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("search=ADA"))
    page.get_by_label("Search e-mail addresses").fill("")
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_label("Subscription").select_option("no")
    expect(page.get_by_text("No contacts found")).to_be_visible()


def test_all_of_a_long_list_are_said_to_be_selected(page: Page, place: str, api: Api) -> None:
    for n in range(52):
        api.contact(f"p{n}@example.com")
    page.goto(f"{place}/contacts")
    page.get_by_label("Select all on this page").check()
    bar = page.get_by_role("group", name="With the selected contacts")
    expect(bar).to_contain_text("50 selected")
    bar.get_by_label("Select all 52").check()
    expect(bar).to_contain_text("52 selected")
    page.get_by_label("Select p51@example.com").uncheck()
    expect(bar).to_contain_text("49 selected")


@pytest.mark.usefixtures("working")
def test_some_are_ticked_and_unsubscribed(page: Page, place: str, ada: str, api: Api) -> None:
    page.goto(f"{place}/contacts")
    bar = page.get_by_role("group", name="With the selected contacts")
    expect(bar).to_be_hidden()
    page.get_by_label("Select p1@example.com").check()
    page.get_by_label("Select p2@example.com").check()
    expect(bar).to_contain_text("2 selected")
    assert axe_faults(page) == []
    page.get_by_label("Select all on this page").check()
    expect(bar).to_contain_text("4 selected")
    page.get_by_label("Select ada@example.com").uncheck()
    expect(bar).to_contain_text("3 selected")
    bar.get_by_role("button", name="Unsubscribe").click()
    assert axe_faults(page) == []
    page.get_by_role("button", name="Unsubscribe 3 contacts").click()
    expect(page.get_by_text("All of them are unsubscribed.")).to_be_visible(timeout=60_000)
    assert axe_faults(page) == []
    assert [each["email"] for each in api.get("/contacts", subscribed="true").json["data"]] == [
        "ada@example.com"
    ]


def test_a_contact_is_edited_in_its_place(page: Page, place: str, ada: str, api: Api) -> None:
    page.goto(f"{place}/contacts/{ada}")
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.get_by_role("button", name="Add a field").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("vip")
    page.get_by_label("Type of new field").select_option("boolean")
    page.get_by_label("Value of new field").select_option(label="yes")
    page.get_by_label("Value of tags").fill("one\nthree")
    page.get_by_label("Remove address").check(force=True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    assert api.get(f"/contacts/{ada}").json["data"] == {
        "name": DATA["name"],
        LONG: DATA[LONG],
        "tags": ["one", "three"],
        "vip": True,
    }


def test_without_a_script_pages_read_and_forms_work(
    browser: Browser, dashboard_url: str, someone: Person, place: str, ada: str, api: Api
) -> None:
    context = browser.new_context(base_url=dashboard_url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, dashboard_url, someone.email, PASSWORD)
    page.goto(f"{place}/contacts")
    page.get_by_label("Search e-mail addresses").fill("ada")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="ada@example.com").click()
    expect(page.get_by_text("Became a contact")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name", exact=True).first.fill("plan")
    page.get_by_label("Value of new field").first.fill("pro")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("pro", exact=True)).to_be_visible()
    assert api.get(f"/contacts/{ada}").json["data"] == {**DATA, "plan": "pro"}
    page.get_by_text("Unsubscribe…").click()
    page.get_by_label("Reason").fill("Asked for it")
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_text("Asked for it").first).to_be_visible()
    context.close()


def test_on_paper_nothing_is_cut_off(page: Page, place: str, ada: str) -> None:
    page.emulate_media(media="print")
    for path in pages(place, ada):
        page.goto(path)
        expect(page.locator(".side")).to_be_hidden()
        assert not scrolls_sideways(page), path
