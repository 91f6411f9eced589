"""How the rule builder takes values while they are typed, and what becomes of them when the comparison changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api import Api
from tests.dashboard.building import choose_field, choose_operator, open_builder


def first_filter(page: Page) -> Any:
    """What the form would send."""
    return json.loads(page.locator("#f-condition").input_value())["groups"][0]["filters"][0]


@pytest.fixture
def builder(page: Page, place: str, api: Api) -> Page:
    api.contact("ada@example.com", data={"score": -0.5, "plan": "pro"})
    open_builder(page, f"{place}/segments/new")
    return page


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("-0.5", -0.5),
        ("1e4", 10_000),
        ("1.50", 1.5),
        ("0.0001", 0.0001),
        ("007", 7),
        ("12345678901", 12345678901),
    ],
)
def test_a_number_is_what_is_typed(builder: Page, typed: str, value: float) -> None:
    choose_field(builder, "1", "score")
    builder.get_by_label("Value of condition 1", exact=True).press_sequentially(typed)
    assert first_filter(builder)["value"] == value
    choose_operator(builder, "1", "is between")
    for label in ("From, condition 1", "To, condition 1"):
        builder.get_by_label(label).press_sequentially(typed)
    assert first_filter(builder)["value"] == [value, value]


def test_a_number_beyond_all_bounds_is_refused_in_words(builder: Page) -> None:
    choose_field(builder, "1", "score")
    builder.get_by_label("Value of condition 1", exact=True).press_sequentially("1e400")
    builder.get_by_label("Name", exact=True).fill("Much")
    builder.get_by_role("button", name="Create segment").click()
    expect(
        builder.locator("main .problem, main .error, main .rule-problem").filter(visible=True).first
    ).to_be_visible()


def test_a_value_goes_along_into_a_list_and_back(builder: Page) -> None:
    choose_field(builder, "1", "plan")
    builder.get_by_label("Value of condition 1", exact=True).fill("pro")
    choose_operator(builder, "1", "is one of")
    assert first_filter(builder)["value"] == ["pro"]
    choose_operator(builder, "1", "is")
    assert first_filter(builder)["value"] == "pro"
    expect(builder.get_by_label("Value of condition 1", exact=True)).to_have_value("pro")


def test_a_value_that_a_control_cannot_show_is_not_in_the_rule(builder: Page) -> None:
    choose_field(builder, "1", "plan")
    builder.get_by_label("Value of condition 1", exact=True).fill("pro")
    builder.get_by_label("Type of the value of condition 1").select_option(label="Number")
    assert "value" not in first_filter(builder)
    builder.get_by_label("Type of the value of condition 1").select_option(label="Yes or no")
    assert first_filter(builder)["value"] is True
    choose_operator(builder, "1", "contains")
    assert "value" not in first_filter(builder)


def test_what_is_no_value_of_the_list_stays_in_the_field(builder: Page) -> None:
    choose_field(builder, "1", "score")
    choose_operator(builder, "1", "is one of")
    value = builder.get_by_label("Value of condition 1", exact=True)
    value.fill("1,abc,2,")
    assert first_filter(builder)["value"] == [1, 2]
    expect(value).to_have_value("abc")
