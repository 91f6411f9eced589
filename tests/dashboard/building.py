"""The rule builder's handles: what tests do in it again and again."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.api import Api


def open_builder(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("group", name="Rule")).to_be_visible()


def row(page: Page, number: str) -> Locator:
    return page.get_by_role("group", name=f"Condition {number}", exact=True)


def choose_field(page: Page, number: str, text: str) -> None:
    field = row(page, number).get_by_role("combobox", name=f"Field of condition {number}")
    field.fill(text)
    page.get_by_role("option", name=re.compile(f"^{text}", re.I)).first.click()


def type_field(page: Page, number: str, text: str, *, offered: str) -> None:
    """By keyboard alone, in the field that has the focus: the first suggestion, once this one is there."""
    page.keyboard.type(text)
    expect(page.get_by_role("option", name=offered)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label(f"Comparison of condition {number}")).to_be_focused()


def choose_operator(page: Page, number: str, label: str) -> None:
    row(page, number).get_by_label(f"Comparison of condition {number}").select_option(label=label)


def numbers(page: Page) -> Locator:
    """How many the rule names, and what saving it would change."""
    return page.locator(".save-bar .live-numbers")


def saved_rule(page: Page, api: Api) -> Any:
    page.wait_for_url(re.compile(r"/segments/[0-9a-f-]{36}$"))
    return api.get(f"/segments/{page.url.rpartition('/')[2]}").json["condition"]


def some_contacts(api: Api) -> None:
    for name, plan in (("ada", "pro"), ("bob", "free"), ("eve", "pro")):
        api.contact(f"{name}@example.com", data={"plan": plan})
    api.contact("ned@example.com", data={"plan": "pro"}, subscribed=False)
