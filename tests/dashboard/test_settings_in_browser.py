"""Settings in a browser: questions before deeds, copying, the keyboard, small screens, paper."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.browser import WIDE, axe_faults, scrolls_sideways

SMALLEST = (360, 740)
TABS = ["", "/keys", "/members", "/audit"]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(page: Page, place: str, colours: str) -> None:
    page.emulate_media(color_scheme=colours)
    for width, height in (WIDE, SMALLEST):
        page.set_viewport_size({"width": width, "height": height})
        for path in [
            *(f"{place}/settings{tab}" for tab in TABS),
            "/dashboard/account",
            "/dashboard/projects/new",
        ]:
            page.goto(path)
            assert axe_faults(page) == [], path
            assert not scrolls_sideways(page), path


def test_a_key_is_made_copied_and_revoked_after_a_question(page: Page, place: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{place}/settings/keys")
    page.get_by_label("Name").fill("Till")
    page.get_by_role("button", name="Create key").click()
    snippet = page.locator(".snippet").first
    key = snippet.locator("code").inner_text()
    assert re.fullmatch(r"sk_[\w-]{43}", key)
    snippet.get_by_role("button", name="Copy").click()
    expect(snippet.get_by_role("button")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == key
    assert axe_faults(page) == []
    page.reload()  # the browser sends the form once more
    expect(page.get_by_role("status")).to_contain_text("That was done before and is not done twice.")
    page.goto(f"{place}/settings/keys")

    row = page.get_by_role("row", name=re.compile("Till"))
    row.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("stops working within a second")
    assert axe_faults(page) == []
    dialog.get_by_role("button", name="Cancel", exact=True).click()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Revoke").click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("Key revoked.")
    expect(row).to_have_count(0)


def test_two_clicks_send_a_form_once(page: Page, place: str) -> None:
    page.goto(f"{place}/settings/keys")
    page.get_by_role("button", name="Create key").dblclick()
    expect(page.locator(".snippet code").first).to_have_text(re.compile(r"^sk_"))
    page.goto(f"{place}/settings/keys")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator(".snippet code").first).to_have_text(re.compile(r"^sk_"))
    page.go_back()
    page.get_by_role("button", name="Create key").click()
    expect(page.locator(".snippet code").first).to_have_text(re.compile(r"^sk_"))


def test_the_question_is_answered_by_keyboard(page: Page, place: str) -> None:
    page.goto(f"{place}/settings/keys")
    first = page.get_by_role("button", name="Revoke").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog").get_by_role("button", name="Revoke")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Key revoked.")


def test_somebody_is_invited_and_their_role_changes_as_it_is_chosen(page: Page, place: str) -> None:
    email = f"{uuid4().hex}@example.com"
    page.goto(f"{place}/settings/members")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Invite member").click()
    expect(page.locator(".snippet code")).to_have_text(re.compile(r"^http.*/dashboard/password/[\w-]{43}$"))
    page.get_by_role("link", name="Back to members").click()
    page.get_by_label(f"Role of {email}").select_option("owner")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_label(f"Role of {email}")).to_have_value("owner")


def test_a_message_goes_by_itself_or_when_it_is_dismissed(page: Page, place: str) -> None:
    page.goto(f"{place}/settings")
    page.get_by_role("button", name="Save").click()
    toast = page.locator(".toast")
    expect(toast).to_have_text(re.compile("Saved"))
    toast.get_by_role("button", name="Dismiss").click()
    expect(toast).to_have_count(0)


def test_what_fails_again_and_again_is_said_once_and_goes_when_all_is_well(page: Page, place: str) -> None:
    say = "document.dispatchEvent(new CustomEvent('toast', {detail: {text: 'Busy', kind: 'bad', passing: true}}))"
    page.goto(f"{place}/settings")
    page.evaluate(f"{say}; {say}")
    toast = page.locator(".toast")
    expect(toast).to_have_count(1)
    page.goto(f"{place}/")  # it asks again and again whether an event came
    page.evaluate(say)
    expect(toast).to_have_count(0)


def test_right_to_left_nothing_is_cut_off(page: Page, place: str) -> None:
    page.goto(f"{place}/settings")
    page.get_by_label("Name").fill("متجر الكتب القديمة والنادرة في وسط المدينة")
    page.get_by_role("button", name="Save").click()
    for width, height in (WIDE, SMALLEST):
        page.set_viewport_size({"width": width, "height": height})
        for tab in TABS:
            page.goto(f"{place}/settings{tab}")
            page.evaluate("document.documentElement.dir = 'rtl'")
            assert not scrolls_sideways(page), tab


def test_on_paper_there_is_the_content_and_nothing_else(page: Page, place: str) -> None:
    page.goto(f"{place}/settings/keys")
    page.emulate_media(media="print")
    expect(page.locator(".side")).to_be_hidden()
    expect(page.get_by_role("table", name="").first).to_be_visible()
    assert not scrolls_sideways(page)
