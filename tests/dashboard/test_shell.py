"""The shell in a browser: navigation, narrow screens, colours, keyboard, no script."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.dashboard.browser import NARROW, WIDE, axe_faults, scrolls_sideways, sign_in
from tests.dashboard.visiting import PASSWORD, Person

ROOMS = ["", "/contacts", "/segments", "/imports", "/events", "/webhooks", "/jobs", "/settings"]
SMALLEST = (360, 740)


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_no_serious_fault_and_no_page_scrolls_sideways(
    page: Page, place: str, room: str, colours: str
) -> None:
    page.emulate_media(color_scheme=colours)
    for width, height in (WIDE, SMALLEST):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(place + room)
        assert axe_faults(page) == []
        assert not scrolls_sideways(page)


@pytest.mark.parametrize("path", ["/dashboard/login", "/dashboard/nowhere", "/dashboard/setup/x"])
def test_axe_finds_no_serious_fault_before_one_is_signed_in(anonymous_page: Page, path: str) -> None:
    for width, height in (WIDE, SMALLEST):
        anonymous_page.set_viewport_size({"width": width, "height": height})
        anonymous_page.goto(path)
        assert axe_faults(anonymous_page) == []
        assert not scrolls_sideways(anonymous_page)


def test_the_navigation_leads_to_every_room_and_says_where_one_is(page: Page, place: str) -> None:
    page.goto(place)
    names = page.locator(".side-wide .places a").all_inner_texts()
    assert len(names) == len(ROOMS)
    for name in names:
        page.locator(".side-wide").get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".side-wide .places a[aria-current=page]")).to_have_text(name)


def test_on_a_narrow_screen_the_navigation_is_a_menu(page: Page, place: str) -> None:
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.goto(place)
    link = page.locator(".side-narrow").get_by_role("link", name="Segments")
    expect(link).to_be_hidden()
    page.locator(".burger > summary").click()
    link.click()
    page.wait_for_url(re.compile("/segments"))


def test_escape_closes_a_menu_and_gives_the_focus_back(page: Page, place: str) -> None:
    page.goto(place)
    summary = page.locator(".side-wide .switcher > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".side-wide .switcher")).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(page.locator(".side-wide .switcher")).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()


def test_the_colours_stay_as_they_were_chosen_from_the_first_byte_on(page: Page, place: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(place)
    with page.expect_response(re.compile("/dashboard/theme")):
        page.locator(".side-wide").get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    answer = page.goto(place)
    assert answer is not None and 'data-theme="dark"' in answer.text()
    expect(page.locator(".side-wide").get_by_role("button", name="Light colours")).to_be_visible()


def test_the_first_tab_leads_to_the_content(page: Page, place: str) -> None:
    page.goto(place)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_without_a_script_one_signs_in_reads_and_changes_colours(
    browser: Browser, dashboard_url: str, someone: Person, place: str
) -> None:
    context = browser.new_context(base_url=dashboard_url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, dashboard_url, someone.email, PASSWORD)
    page.goto(place + "/contacts")
    expect(page.get_by_role("heading", level=1)).to_have_text("Contacts")
    page.locator(".side-wide").get_by_role("button", name="Dark colours").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert "/contacts" in page.url
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.locator(".burger > summary").click()
    expect(page.locator(".side-narrow").get_by_role("link", name="Segments")).to_be_visible()
    context.close()


def test_a_long_address_leaves_the_button_to_sign_out_where_it_is_seen(page: Page, place: str) -> None:
    page.goto(place)
    side = page.locator(".side-wide")
    expect(side.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
    assert side.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_signing_out_leads_to_the_way_in_and_back_is_closed(page: Page, place: str) -> None:
    page.goto(place)
    page.locator(".side-wide").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(place)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_table_that_is_too_wide_scrolls_within_itself(page: Page, place: str) -> None:
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    page.goto(f"{place}/settings/keys")
    page.evaluate(
        """() => {
          const table = document.querySelector("table");
          table.classList.remove("cards");
          table.querySelectorAll("td, th").forEach((cell) => { cell.append("_".repeat(60)); });
        }"""
    )
    wide = page.evaluate(
        "(() => { const s = document.querySelector('.table-scroll'); return s.scrollWidth > s.clientWidth })()"
    )
    assert wide and not scrolls_sideways(page)


def test_the_bare_address_leads_a_browser_to_the_dashboard(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard/")
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = client.get("/", headers=headers)
        assert answer.status_code == 404 and answer.is_json
