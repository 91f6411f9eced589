"""Where somebody finds themselves whose form was refused."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.api import Api
from tests.segments.rules import rule

BELOW = "element => element.getBoundingClientRect().top >= innerHeight || element.getBoundingClientRect().bottom <= 0"


def test_a_field_that_is_wrong_has_the_focus(page: Page, place: str) -> None:
    page.goto(f"{place}/webhooks/new")
    page.get_by_label("Address").fill("ftp://example.com/x")
    page.get_by_label("Events").fill("*")
    page.get_by_role("button", name="Create webhook").click()
    expect(page.locator("#f-url-error")).to_be_visible()
    expect(page.get_by_label("Address")).to_be_focused()


def test_a_rule_that_another_tab_changed_says_so_in_sight(page: Page, place: str, api: Api) -> None:
    page.set_viewport_size({"width": 1280, "height": 600})
    filters = [{"field": "data.plan", "operator": "notEquals", "value": f"plan {n}"} for n in range(20)]
    segment = api.segment("Many", condition=rule(*filters))
    page.goto(f"{place}/segments/{segment['id']}/rule")
    value = page.get_by_label("Value of condition 20", exact=True)
    value.fill("mine")
    assert api.patch(f"/segments/{segment['id']}", {"condition": rule(filters[0])}).status_code == 200
    page.get_by_role("button", name="Save rule").click()
    fault = page.get_by_text("This was changed after you opened the page.")
    expect(fault).to_be_visible()
    expect(page.get_by_role("group", name="Rule")).to_be_visible()
    page.wait_for_timeout(300)
    assert not fault.evaluate(BELOW)


def test_a_list_with_an_odd_address_offers_the_way_back(page: Page, place: str) -> None:
    page.goto(f"{place}/jobs?cursor=nonsense")
    page.get_by_role("link", name="Start over").click()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()
