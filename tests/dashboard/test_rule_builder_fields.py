"""How the rule builder takes the name of a field: from the list, typed to its end, or left half-way."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api import Api
from tests.dashboard.building import choose_field, open_builder, some_contacts


@pytest.fixture
def field(page: Page, place: str, api: Api) -> Locator:
    """The field of the first condition, in a project whose contacts have a plan."""
    some_contacts(api)
    api.track("ada@example.com", "bought")
    open_builder(page, f"{place}/segments/new")
    return page.get_by_label("Field of condition 1")


def name_in_json(page: Page) -> str | None:
    """What the form would send as the field of the first condition."""
    filters = json.loads(page.locator("#f-condition").input_value() or '{"groups": []}')["groups"]
    return filters[0]["filters"][0].get("field") if filters else None


@pytest.mark.parametrize("text", ["pla", "   ", "data.", "nobody has this"])
def test_half_a_name_that_is_left_becomes_no_field(page: Page, field: Locator, text: str) -> None:
    field.fill(text)
    page.keyboard.press("Tab")
    expect(field).to_have_value("")
    assert name_in_json(page) is None


def test_half_a_name_that_is_left_keeps_what_was_chosen(page: Page, field: Locator) -> None:
    choose_field(page, "1", "plan")
    page.get_by_label("Value of condition 1", exact=True).fill("pro")
    field.fill("cre")
    page.get_by_label("Name", exact=True).click()
    expect(field).to_have_value("plan")
    expect(page.get_by_label("Value of condition 1", exact=True)).to_have_value("pro")
    assert name_in_json(page) == "data.plan"


def test_escape_and_leaving_keep_what_was_chosen(page: Page, field: Locator) -> None:
    choose_field(page, "1", "plan")
    field.fill("bou")
    page.keyboard.press("Escape")
    expect(page.get_by_role("option").filter(visible=True)).to_have_count(0)
    page.keyboard.press("Tab")
    expect(field).to_have_value("plan")


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("plan", "data.plan", "plan"),
        (" plan ", "data.plan", "plan"),
        ("PLAN", "data.plan", "plan"),
        ("data.plan", "data.plan", "plan"),
        ("event.bought", "event.bought", "bought"),
        ("created", "createdAt", "Created"),
    ],
)
@pytest.mark.parametrize("key", ["Tab", "Enter"])
def test_a_known_name_typed_to_its_end_is_that_field(
    page: Page, field: Locator, text: str, name: str, shown: str, key: str
) -> None:
    field.fill(text)
    page.keyboard.press(key)
    expect(page.get_by_label("Comparison of condition 1")).to_be_focused()
    expect(field).to_have_value(shown)
    assert name_in_json(page) == name
    expect(page.get_by_label("Field of condition 2")).to_have_count(0)


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (["Enter", "Enter"], "data.plan"),
        (["Enter", "ArrowUp", "ArrowUp", "Enter"], "data.pla"),
        (["Enter", "ArrowUp", "Enter"], "event.pla"),
        (["ArrowUp", "ArrowUp", "Enter"], "data.pla"),
    ],
)
def test_a_name_that_nobody_has_seen_is_taken_from_the_list(
    page: Page, field: Locator, keys: list[str], name: str
) -> None:
    field.focus()
    page.keyboard.type("pla")
    expect(page.get_by_role("option", name="pla as a new custom field")).to_be_visible()
    for key in keys:
        page.keyboard.press(key)
    expect(page.get_by_label("Comparison of condition 1")).to_be_focused()
    assert name_in_json(page) == name


def test_by_mouse_a_new_name_is_one_click(page: Page, field: Locator) -> None:
    field.fill("tier")
    page.get_by_role("option", name="tier as a new custom field").click()
    expect(field).to_have_value("tier")
    assert name_in_json(page) == "data.tier"
    page.get_by_label("Name", exact=True).click()
    expect(field).to_have_value("tier")


def test_a_new_name_with_its_kind_before_it_is_offered_as_that(page: Page, field: Locator) -> None:
    field.fill("event.refunded")
    expect(page.get_by_role("option").filter(visible=True)).to_have_text(["refundedas a new event"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="refunded", selected=True)).to_be_visible()
    page.keyboard.press("Enter")
    assert name_in_json(page) == "event.refunded"
