"""The dashboard without a mouse, from the sign-in to a segment that is saved."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.api import Api
from tests.dashboard.building import saved_rule, some_contacts, type_field
from tests.dashboard.visiting import PASSWORD, Person

FURTHEST = 60


def tab_to(page: Page, wanted: Locator) -> None:
    """By Tab alone. Where the focus goes it must be seen."""
    expect(wanted).to_be_visible()
    for _ in range(FURTHEST):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count():
            expect(focused).to_be_in_viewport()
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{wanted} cannot be reached by Tab")


def test_from_the_sign_in_to_a_saved_segment(
    anonymous_page: Page, someone: Person, place: str, api: Api
) -> None:
    some_contacts(api)
    page, keys = anonymous_page, anonymous_page.keyboard
    page.goto(f"{place}")
    expect(page.get_by_label("E-mail")).to_be_focused()
    keys.type(someone.email)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    tab_to(page, page.locator(".side-wide .places").get_by_role("link", name="Segments"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="No segments yet")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="Skip to the content"))
    keys.press("Enter")
    tab_to(page, page.get_by_role("link", name="New segment"))
    keys.press("Enter")
    tab_to(page, page.get_by_label("Name", exact=True))
    keys.type("Pros")
    tab_to(page, page.get_by_label("Field of condition 1"))
    type_field(page, "1", "plan", offered="plan Text")
    keys.press("Tab")
    keys.type("p")
    expect(page.get_by_role("option", name="pro")).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.get_by_label("Value of condition 1", exact=True)).to_have_value("pro")
    expect(page.get_by_role("status").get_by_text("3 contacts, 2 reachable")).to_be_visible()
    tab_to(page, page.get_by_label("Track membership"))
    keys.press("Space")
    tab_to(page, page.get_by_role("button", name="Create segment"))
    keys.press("Enter")
    pro = {"field": "data.plan", "operator": "equals", "value": "pro"}
    assert saved_rule(page, api) == {"logic": "AND", "groups": [{"filters": [pro]}]}
    assert api.get("/segments").json[0]["trackMembership"] is True
