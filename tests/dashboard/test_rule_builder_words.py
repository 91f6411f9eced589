"""The words between and beside the rows of the rule builder, and the bar under it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.dashboard.browser import NARROW, WIDE, Faults, axe_faults, scrolls_sideways
from tests.dashboard.building import choose_field, open_builder, some_contacts

PRO = {"field": "data.plan", "operator": "equals", "value": "pro"}
FREE = {"field": "data.plan", "operator": "equals", "value": "free"}
BOUGHT = {
    "field": "event.bought",
    "operator": "triggeredCount",
    "value": 1,
    "where": [{"property": name, "operator": "exists"} for name in ("amount", "sku")],
}


def test_each_row_says_how_it_joins_the_one_before(page: Page, place: str, api: Api) -> None:
    either = {"logic": "OR", "groups": [{"filters": [BOUGHT]}, {"filters": [FREE]}]}
    rule = {"logic": "AND", "groups": [{"filters": [PRO]}, {"filters": [], "conditions": either}]}
    segment = api.segment("Some", condition=rule)
    open_builder(page, f"{place}/segments/{segment['id']}/rule")
    joins = page.locator(".rule-join")
    expect(joins).to_have_text(["where", "and", "where", "where", "and", "or"])


def test_a_denied_group_of_one_is_not_this(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    rule = {"logic": "AND", "groups": [{"filters": [PRO]}, {"filters": [FREE], "not": True}]}
    segment = api.segment("Some", condition=rule)
    open_builder(page, f"{place}/segments/{segment['id']}/rule")
    logic = page.get_by_label("How group 2 joins its conditions")
    expect(logic.locator("option")).to_have_text(["all of these", "any of these", "not this"])
    expect(logic.locator("option:checked")).to_have_text("not this")
    expect(page.locator(".live-sentence")).to_have_text(
        "Contacts whose plan is “pro” and whose plan is not “free”."
    )
    page.get_by_role("button", name="Condition", exact=True).first.click()
    expect(logic.locator("option")).to_have_text(
        ["all of these", "any of these", "none of these", "not all of these"]
    )
    expect(logic.locator("option:checked")).to_have_text("none of these")


def test_types_are_told_in_words(page: Page, place: str, api: Api) -> None:
    api.contact("ada@example.com", data={"plan": "pro", "paid": True, "seats": 3})
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Field of condition 1").fill("p")
    expect(page.get_by_role("option", name="plan Text")).to_be_visible()
    expect(page.get_by_role("option", name="paid Yes or no")).to_be_visible()
    choose_field(page, "1", "paid")
    expect(page.get_by_label("Value of condition 1", exact=True).locator("option")).to_have_text(
        ["yes", "no"]
    )


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_what_saves_stays_in_sight_and_covers_nothing_that_has_the_focus(
    page: Page, place: str, api: Api, size: tuple[int, int]
) -> None:
    some_contacts(api)
    faults = Faults(page)
    page.set_viewport_size({"width": size[0], "height": 700})
    many = [{"field": "data.plan", "operator": "in", "value": ["pro", str(n)]} for n in range(12)]
    segment = api.segment("Some", *many)
    open_builder(page, f"{place}/segments/{segment['id']}/rule")
    save = page.get_by_role("button", name="Save rule")
    expect(page.get_by_text("Nobody enters or leaves")).to_be_visible()
    expect(save).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Contacts whose plan").filter(visible=True)).to_have_count(1)
    assert not scrolls_sideways(page) and not axe_faults(page)
    page.get_by_label("Field of condition 1", exact=True).focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            "() => { const bar = document.querySelector('.save-bar'), at = document.activeElement;"
            "return !bar.contains(at)"
            " && at.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1; }"
        )
        assert not covered, page.evaluate("document.activeElement.outerHTML")
    assert not faults.seen
