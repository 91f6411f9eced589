"""Somebody whose session ends while they fill in a form."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.api import Api
from tests.dashboard.building import choose_field, open_builder, saved_rule, some_contacts
from tests.dashboard.visiting import PASSWORD, Person


def sign_in_again(
    page: Page, someone: Person, *, said: str = "You are signed out, so nothing was saved."
) -> None:
    expect(page.locator("#toasts")).to_contain_text(said)
    page.get_by_label("E-mail").fill(someone.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_rule_waits_until_they_are_back(page: Page, place: str, api: Api, someone: Person) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Name", exact=True).fill("Pros")
    page.get_by_label("Track membership").check()
    choose_field(page, "1", "plan")
    page.context.clear_cookies()
    page.get_by_label("Value of condition 1", exact=True).fill("pro")
    expect(page.locator(".save-bar").get_by_role("status")).to_contain_text("You are signed out.")
    page.get_by_role("button", name="Create segment").click()
    sign_in_again(page, someone)
    expect(page.get_by_role("status").first).to_contain_text("What you had entered is back.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Pros")
    expect(page.get_by_label("Track membership")).to_be_checked()
    expect(page.get_by_label("Value of condition 1", exact=True)).to_have_value("pro")
    page.get_by_role("button", name="Create segment").click()
    assert saved_rule(page, api)["groups"][0]["filters"][0]["value"] == "pro"
    page.goto(f"{place}/segments/new")
    expect(page.get_by_label("Name", exact=True)).to_have_value("")


def test_a_webhook_waits_too_but_not_for_another_page(page: Page, place: str, someone: Person) -> None:
    page.goto(f"{place}/webhooks/new")
    page.get_by_label("Address").fill("https://example.com/x")
    page.get_by_label("Events").fill("segment.*")
    page.context.clear_cookies()
    page.get_by_role("button", name="Create webhook").click()
    sign_in_again(page, someone)
    expect(page.get_by_label("Address")).to_have_value("https://example.com/x")
    expect(page.get_by_label("Events")).to_have_value("segment.*")
    page.goto(f"{place}/webhooks/new")
    expect(page.get_by_label("Address")).to_have_value("")


def test_a_search_says_why_it_leads_to_signing_in(page: Page, place: str, api: Api, someone: Person) -> None:
    some_contacts(api)
    page.goto(f"{place}/contacts/")
    page.context.clear_cookies()
    page.get_by_role("searchbox").press_sequentially("ada")
    sign_in_again(page, someone, said="You are signed out. Sign in to go on.")
    expect(page.get_by_role("heading", name="Contacts", level=1)).to_be_visible()
