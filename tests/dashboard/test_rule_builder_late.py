"""The rule builder when answers come late, and when a rule comes from elsewhere."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api import Api
from tests.dashboard.building import (
    choose_field,
    choose_operator,
    numbers,
    open_builder,
    saved_rule,
    some_contacts,
)

DEEPEST = 8
"""So deep may a rule nest."""

EVERY_SHAPE: list[dict[str, Any]] = [
    {"field": "data.score", "operator": "in", "value": [1, "1", True, 2.5]},
    {"field": "data.score", "operator": "between", "value": [0, 10.5]},
    {"field": "data.code", "operator": "equals", "value": "007"},
    {"field": "data.code", "operator": "equals", "value": " with, commas; and\ttabs "},
    {"field": "data.day", "operator": "lessThan", "value": "2026-03-01T10:30:00Z"},
    {"field": "data.address.city", "operator": "notEquals", "value": ""},
    {"field": "data.plan", "operator": "exists"},
    {"field": "createdAt", "operator": "olderThan", "value": 90, "unit": "minutes"},
    {"field": "event.seen", "operator": "triggered"},
    {
        "field": "event.bought",
        "operator": "triggeredCount",
        "value": 0,
        "comparison": "exactly",
        "window": 2,
        "unit": "weeks",
        "where": [
            {"property": "amount", "operator": "greaterThanOrEqual", "value": 1.5},
            {"property": "gift", "operator": "equals", "value": False},
        ],
    },
    {"field": "email.opened", "operator": "notTriggeredWithin", "value": 3, "unit": "months"},
    {"field": "data.big", "operator": "in", "value": [9007199254740993, -9223372036854775807, 1.5]},
    {"field": "data.big", "operator": "equals", "value": 9007199254740993},
]


def late_counts(page: Page) -> list[Route]:
    """The questions for a count, kept until the test answers them."""
    asked: list[Route] = []
    page.route("**/ask/count", lambda route: asked.append(route))
    return asked


def wait_for(page: Page, asked: list[Route], number: int) -> None:
    while len(asked) < number:
        page.wait_for_timeout(50)


def test_many_keys_are_one_question_and_an_old_answer_changes_nothing(
    page: Page, place: str, api: Api
) -> None:
    some_contacts(api)
    asked = late_counts(page)
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "plan")
    value = page.get_by_label("Value of condition 1", exact=True)
    value.press_sequentially("free and easy", delay=20)
    wait_for(page, asked, 1)
    value.fill("pro")
    wait_for(page, asked, 2)
    assert len(asked) == 2, "of thirteen keys only the last asked"
    assert "free+and+easy" in (asked[0].request.post_data or "")

    asked[1].continue_()
    status = numbers(page).get_by_role("status")
    expect(status).to_have_text("3 contacts, 2 reachable")
    asked[0].fulfill(json={"count": 99, "reachable": 99, "sample": []})
    page.wait_for_timeout(300)
    expect(status).to_have_text("3 contacts, 2 reachable")
    expect(value).to_have_value("pro")


def test_a_count_that_fails_keeps_nobody_from_going_on(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    page.route("**/ask/count", lambda route: route.fulfill(status=503, body="{}"))
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Name", exact=True).fill("Pros")
    choose_field(page, "1", "plan")
    page.get_by_label("Value of condition 1", exact=True).fill("pro")
    expect(numbers(page)).to_contain_text("You can go on.")
    page.get_by_role("button", name="Create segment").click()
    saved_rule(page, api)


@pytest.mark.parametrize("logics", [["OR"], ["AND"], ["OR", "AND"], ["AND", "OR"]])
@pytest.mark.parametrize("negates", [False, True])
def test_the_deepest_rule_nests_no_deeper_when_it_is_edited(
    page: Page, place: str, api: Api, logics: list[str], negates: bool
) -> None:
    def nested(level: int) -> dict[str, Any]:
        group: dict[str, Any] = {"filters": [{"field": "data.level", "operator": "equals", "value": level}]}
        if level < DEEPEST:
            group |= {"conditions": nested(level + 1)}
        other = {"filters": [{"field": "data.other", "operator": "equals", "value": level}]}
        return {
            "logic": logics[level % len(logics)],
            "groups": [group | ({"not": True} if negates else {}), other],
        }

    made = api.post("/segments", {"name": "Deep", "condition": nested(1)})
    assert made.status_code == 201, made.json
    before = api.post("/segments/describe", {"condition": made.json["condition"]}).json["sentence"]
    open_builder(page, f"{place}/segments/{made.json['id']}/rule")
    value = page.locator(".rule-value input").first
    value.fill("77")
    value.fill("1")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("status")).to_contain_text("Rule saved")
    after = api.get(f"/segments/{made.json['id']}").json["condition"]
    assert api.post("/segments/describe", {"condition": after}).json["sentence"] == before


def test_without_an_answer_nothing_is_said_of_another_rule(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "plan")
    value = page.get_by_label("Value of condition 1", exact=True)
    value.fill("pro")
    expect(numbers(page)).to_contain_text("3 contacts, 2 reachable")
    expect(page.get_by_role("region", name="Who that is")).to_contain_text("pro")
    page.route("**/ask/sentence", lambda route: route.fulfill(status=503, body="{}"))
    value.fill("free")
    expect(numbers(page)).to_contain_text("You can go on.")
    expect(page.locator(".live")).to_be_hidden()
    expect(numbers(page).locator(".live-count").first).to_have_text("–")


def test_a_rule_that_is_not_done_is_said_nothing_of(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "plan")
    value = page.get_by_label("Value of condition 1", exact=True)
    value.fill("pro")
    expect(page.locator(".live")).to_contain_text("@example.com")
    value.fill("")
    expect(numbers(page)).to_contain_text("Fill in the rule to see who it names.")
    expect(numbers(page).locator(".live-count").first).to_have_text("–")
    expect(page.locator(".live")).to_be_hidden()


def test_back_on_line_it_asks_again(page: Page, place: str, api: Api) -> None:
    some_contacts(api)
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "plan")
    page.context.set_offline(True)
    page.get_by_label("Value of condition 1", exact=True).fill("pro")
    expect(numbers(page)).to_contain_text("You can go on.")
    page.context.set_offline(False)
    expect(numbers(page)).to_contain_text("3 contacts, 2 reachable")


def test_a_rule_far_too_large_is_refused_without_being_drawn(page: Page, place: str) -> None:
    open_builder(page, f"{place}/segments/new")
    filters = [{"field": "data.plan", "operator": "equals", "value": str(n)} for n in range(2_000)]
    page.get_by_text("The rule as JSON", exact=True).click()
    page.get_by_label("Rule as JSON").fill(json.dumps({"logic": "AND", "groups": [{"filters": filters}]}))
    expect(page.locator(".rule-problem")).to_contain_text("100")
    expect(page.get_by_role("group", name="Condition 2", exact=True)).to_have_count(0)


def test_a_page_that_nobody_touched_shows_no_fault(page: Page, place: str) -> None:
    open_builder(page, f"{place}/segments/new")
    expect(page.get_by_role("group", name="Condition 1")).to_contain_text("Choose what this is about.")
    expect(page.locator(".rule-problem")).to_have_count(0)


def test_what_is_missing_is_said_at_its_row(page: Page, place: str) -> None:
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Name", exact=True).fill("Nobody yet")
    page.get_by_role("button", name="Condition", exact=True).click()
    page.get_by_role("button", name="Create segment").click()
    expect(page.get_by_role("group", name="Condition 1")).to_contain_text("Choose what this is about.")
    expect(page.locator("#f-rule-error")).to_be_hidden()


def test_numbers_too_large_for_scripts_stay_what_they_are(page: Page, place: str, api: Api) -> None:
    api.contact("ada@example.com", data={"big": 9007199254740993})
    api.contact("bob@example.com", data={"big": 9007199254740992})
    open_builder(page, f"{place}/segments/new")
    page.get_by_label("Name", exact=True).fill("Big")
    choose_field(page, "1", "big")
    page.get_by_label("Value of condition 1", exact=True).fill("9007199254740993")
    expect(numbers(page)).to_contain_text("1 contact, 1 reachable")
    expect(numbers(page).locator("div").first).to_have_text("1contact")
    page.get_by_role("button", name="Create segment").click()
    expect(page.locator("#counts .counts-numbers > div").first).to_have_text(
        re.compile(r"^\s*1\s*member\s*$")
    )
    assert saved_rule(page, api)["groups"][0]["filters"][0]["value"] == 9007199254740993


def test_a_rule_with_every_shape_is_opened_touched_and_saved_without_loss(
    page: Page, place: str, api: Api
) -> None:
    inner = {"logic": "OR", "groups": [{"filters": [each]} for each in EVERY_SHAPE[5:]]}
    written = {
        "logic": "AND",
        "groups": [
            {"filters": EVERY_SHAPE[:5]},
            {"filters": [], "conditions": inner},
            {"not": True, "filters": EVERY_SHAPE[6:7]},
        ],
    }
    made = api.post("/segments", {"name": "Of others", "condition": written})
    assert made.status_code == 201, made.json
    rule = made.json["condition"]
    open_builder(page, f"{place}/segments/{made.json['id']}/rule")
    area = page.locator("#f-condition")
    assert json.loads(area.input_value()) == rule, "looking changes nothing"
    code = page.get_by_label("Value of condition 3", exact=True)
    code.fill("008")
    assert json.loads(area.input_value())["groups"][0]["filters"][2]["value"] == "008"
    code.fill("007")
    assert json.loads(area.input_value()) == rule
    page.get_by_role("button", name="Save rule").click()
    assert saved_rule(page, api) == rule


def test_a_suggestion_with_a_comma_is_one_value(page: Page, place: str, api: Api) -> None:
    api.contact("ada@example.com", data={"city": "Paris, Texas"})
    open_builder(page, f"{place}/segments/new")
    choose_field(page, "1", "city")
    choose_operator(page, "1", "is one of")
    page.get_by_label("Value of condition 1", exact=True).press_sequentially("Par")
    page.get_by_role("option", name="Paris, Texas").click()
    expect(page.get_by_role("button", name="Remove Paris, Texas")).to_be_visible()
    status = numbers(page).get_by_role("status")
    expect(status).to_have_text("1 contact, 1 reachable")
