"""The rule builder in a browser: by clicking, by keyboard, by pasting."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page, expect

from tests.api import Api
from tests.dashboard.browser import axe_faults
from tests.dashboard.building import (
    choose_field,
    choose_operator,
    numbers,
    open_builder,
    row,
    saved_rule,
    some_contacts,
    type_field,
)

PRO_NEW = {
    "logic": "AND",
    "groups": [
        {
            "filters": [
                {"field": "data.plan", "operator": "equals", "value": "pro"},
                {"field": "createdAt", "operator": "within", "value": 30, "unit": "days"},
            ]
        }
    ],
}


def test_the_example_of_the_contract_by_clicking(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Name").fill("New pros")
    choose_field(page, "1", "plan")
    value = page.get_by_label("Value of condition 1", exact=True)
    value.press_sequentially("pr")
    page.get_by_role("option", name="pro").click()
    page.get_by_role("button", name="Condition", exact=True).click()
    expect(page.get_by_role("combobox", name="Field of condition 2")).to_be_focused()
    choose_field(page, "2", "Created")
    choose_operator(page, "2", "is in the last")
    live = page.get_by_role("region", name="Who that is")
    expect(live).to_contain_text(
        "Contacts whose plan is “pro” and whose creation date is in the last 30 days."
    )
    expect(numbers(page).get_by_role("status")).to_have_text("3 contacts, 2 reachable")
    expect(live).to_contain_text("eve@example.com")
    assert axe_faults(page) == []
    page.get_by_role("button", name="Create segment").click()
    assert saved_rule(page, api) == PRO_NEW


def test_the_example_of_the_contract_by_keyboard_alone(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    keys = page.keyboard
    page.get_by_label("Name").focus()
    keys.type("New pros")
    keys.press("Tab")
    keys.press("Tab")
    expect(page.get_by_label("How the conditions are joined")).to_be_focused()
    keys.press("Tab")
    type_field(page, "1", "plan", offered="plan Text")
    keys.press("Tab")
    keys.type("pro")
    keys.press("Escape")
    keys.press("Enter")
    expect(page.get_by_label("Field of condition 2")).to_be_focused()
    type_field(page, "2", "created", offered="Created")
    keys.type("is in the last")
    keys.press("Tab")
    expect(page.get_by_label("Value of condition 2", exact=True)).to_be_focused()
    expect(page.get_by_role("status").get_by_text("3 contacts, 2 reachable")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_label("Field of condition 3")).to_be_focused()
    keys.press("Alt+Backspace")
    expect(page.get_by_label("Field of condition 2")).to_be_focused()
    expect(page.get_by_label("Field of condition 3")).to_have_count(0)
    for _ in range(30):
        keys.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == "Create segment":
            break
    keys.press("Enter")
    assert saved_rule(page, api) == PRO_NEW


def test_a_list_that_scrolls_is_no_stop_for_tab(page: Page, place: str, api: Api) -> None:
    api.contact("ada@example.com", data={f"field {n:02}": n for n in range(40)})
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "field 07")
    field = page.get_by_label("Field of condition 1")
    field.click()
    suggestions = page.get_by_role("listbox")
    expect(suggestions).to_be_visible()
    assert suggestions.evaluate("list => list.scrollHeight > list.clientHeight")
    box = suggestions.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    expect(field, "the mouse may scroll it").to_be_focused()
    expect(suggestions).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Comparison of condition 1")).to_be_focused()


def test_a_nested_any_and_a_not(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Name").fill("Nested")
    choose_field(page, "1", "Subscribed")
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.get_by_label("How group 2 joins its conditions")).to_have_value("OR")
    choose_field(page, "2.1", "plan")
    page.get_by_label("Value of condition 2.1", exact=True).fill("free")
    page.get_by_role("button", name="Condition", exact=True).first.click()
    choose_field(page, "2.2", "E-mail address")
    choose_operator(page, "2.2", "starts with")
    page.get_by_label("Value of condition 2.2", exact=True).fill("eve")
    live = page.get_by_role("region", name="Who that is")
    expect(numbers(page).get_by_role("status")).to_have_text("2 contacts, 2 reachable")
    page.get_by_label("How group 2 joins its conditions").select_option(label="none of these")
    expect(numbers(page).get_by_role("status")).to_have_text("1 contact, 1 reachable")
    expect(live).to_contain_text("ada@example.com")
    page.get_by_role("button", name="Create segment").click()
    inner = [
        {"filters": [{"field": "data.plan", "operator": "equals", "value": "free"}]},
        {"filters": [{"field": "email", "operator": "startsWith", "value": "eve"}]},
    ]
    nested = {"not": True, "filters": [], "conditions": {"logic": "OR", "groups": inner}}
    first = {"filters": [{"field": "subscribed", "operator": "equals", "value": True}]}
    assert saved_rule(page, api) == {"logic": "AND", "groups": [first, nested]}


def test_an_event_counted_in_a_window_with_a_property(page: Page, place: str, api: Api) -> None:
    for amount in (5, 50, 70):
        api.track("ada@example.com", "bought", data={"amount": {"value": amount, "persistent": False}})
    api.track("bob@example.com", "bought", data={"amount": {"value": 5, "persistent": False}})
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Name").fill("Big buyers")
    choose_field(page, "1", "bought")
    choose_operator(page, "1", "happened … times")
    page.get_by_label("Value of condition 1", exact=True).fill("2")
    page.get_by_label("When, condition 1").select_option(label="in the last")
    page.get_by_label("In the last so many, condition 1").fill("7")
    page.get_by_role("button", name="Only events where").click()
    expect(page.get_by_label("Property of the event, condition 1.1")).to_be_focused()
    page.keyboard.type("amount")
    choose_operator(page, "1.1", "is greater than")
    page.get_by_label("Type of the value of condition 1.1").select_option(label="Number")
    page.get_by_label("Value of condition 1.1", exact=True).fill("10")
    live = page.get_by_role("region", name="Who that is")
    expect(numbers(page).get_by_role("status")).to_have_text("1 contact, 1 reachable")
    expect(live).to_contain_text("ada@example.com")
    page.get_by_role("button", name="Create segment").click()
    where = [{"property": "amount", "operator": "greaterThan", "value": 10}]
    counted = {"value": 2, "comparison": "atLeast", "window": 7, "unit": "days", "where": where}
    only = {"field": "event.bought", "operator": "triggeredCount", **counted}
    assert saved_rule(page, api) == {"logic": "AND", "groups": [{"filters": [only]}]}


def test_values_as_chips_and_removing_them(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "plan")
    choose_operator(page, "1", "is one of")
    value = page.get_by_label("Value of condition 1", exact=True)
    value.press_sequentially("free")
    value.press("Escape")
    value.press("Enter")
    value.press_sequentially("pro,team,")
    status = numbers(page).get_by_role("status")
    expect(status).to_have_text("4 contacts, 3 reachable")
    page.get_by_role("button", name="Remove pro").click()
    expect(value).to_be_focused()
    expect(status).to_have_text("1 contact, 1 reachable")
    value.press("Backspace")
    assert json.loads(page.locator("#f-condition").input_value())["groups"][0]["filters"][0]["value"] == [
        "free"
    ]


def test_pasted_json_becomes_rows_and_its_problems_stand_there(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    page.get_by_text("The rule as JSON", exact=True).click()
    area = page.locator("#f-condition")
    area.fill("{")
    expect(page.get_by_text("This is no JSON yet")).to_be_visible()
    wrong = json.loads(json.dumps(PRO_NEW))
    wrong["groups"][0]["filters"][1]["unit"] = "fortnights"
    area.fill(json.dumps(wrong))
    expect(row(page, "2")).to_contain_text("use one of minutes, hours, days, weeks, months")
    expect(row(page, "1").get_by_label("Value of condition 1", exact=True)).to_have_value("pro")
    area.fill(json.dumps(PRO_NEW))
    expect(page.get_by_role("status").get_by_text("3 contacts, 2 reachable")).to_be_visible()
    expect(page.locator(".rule-problem:visible, .rule-open:visible")).to_have_count(0)
    area.fill('{"logic": "AND", "groups": 3}')
    expect(page.get_by_text("groups is a list of at least one group")).to_be_visible()


def test_the_count_never_blocks_typing_and_old_answers_are_dropped(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    asked: list[str] = []

    def first_never(route: Any) -> None:
        asked.append(route.request.post_data)
        if len(asked) > 1:
            route.continue_()

    page.route("**/ask/count", first_never)
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "plan")
    value = page.get_by_label("Value of condition 1", exact=True)
    value.fill("free")
    status = numbers(page).get_by_role("status")
    expect(status).to_have_text("Counting…")
    while not asked:
        page.wait_for_timeout(50)
    value.fill("pro")
    assert value.input_value() == "pro"
    expect(status).to_have_text("3 contacts, 2 reachable")
    assert len(asked) == 2


def test_saving_another_rule_tells_before_who_would_come_and_go(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    plan = {"field": "data.plan", "operator": "equals", "value": "pro"}
    segment = api.segment("Pros", plan, trackMembership=True)
    open_builder(page, f"{place}/segments/{segment['id']}/rule")
    expect(numbers(page)).to_contain_text("Nobody enters or leaves")
    page.get_by_label("Value of condition 1", exact=True).fill("free")
    expect(numbers(page)).to_contain_text("1would enter")
    expect(numbers(page)).to_contain_text("3would leave")
    expect(page.get_by_text("Nobody enters or leaves")).to_be_hidden()
    page.get_by_role("button", name="Save rule").click()
    assert saved_rule(page, api)["groups"][0]["filters"][0]["value"] == "free"
    expect(page.locator("#changes")).to_contain_text("bob@example.com")


def test_a_rule_that_another_hand_wrote_means_the_same_after_the_builder(
    page: Page, place: str, api: Api
) -> None:
    some_contacts(api)
    pro, bob = (
        {"field": "data.plan", "operator": "equals", "value": "pro"},
        {"field": "email", "operator": "startsWith", "value": "bob"},
    )
    inner = {"logic": "OR", "groups": [{"filters": [bob, pro]}, {"not": True, "filters": [bob]}]}
    written = {
        "logic": "OR",
        "groups": [{"filters": [bob], "conditions": inner}, {"not": True, "filters": [pro, bob]}],
    }
    made = api.post("/segments", {"name": "Odd", "condition": written}).json
    open_builder(page, f"{place}/segments/{made['id']}/rule")
    expect(numbers(page).get_by_role("status")).to_have_text(
        f"{made['memberCount']} contacts, {made['reachableCount']} reachable"
    )
    page.get_by_label("How the conditions are joined").select_option(label="none of these")
    expect(numbers(page).get_by_role("status")).to_have_text("0 contacts, 0 reachable")
    page.get_by_label("How the conditions are joined").select_option(label="any of these")
    expect(numbers(page)).to_contain_text("Nobody enters or leaves")
    expect(numbers(page).get_by_role("status")).to_have_text(
        f"{made['memberCount']} contacts, {made['reachableCount']} reachable"
    )
