"""A webhook in a browser, from its address to an answer that is looked at, with worker and receiver as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.browser import axe_faults
from tests.receiver import Receiver, Reply, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.mark.usefixtures("working")
def test_a_webhook_is_made_tested_and_its_delivery_sent_again(
    page: Page, place: str, receiver: Receiver
) -> None:
    receiver.replies(Reply(200, body=b"thank you"), Reply(200, body=b"thank you once more"))
    page.goto(f"{place}/webhooks")
    page.get_by_role("link", name="New webhook").click()
    page.get_by_label("Address").fill(f"{receiver.url}/hook")
    page.get_by_label("Events").fill("segment.*")
    page.get_by_role("button", name="Create webhook").click()
    secret = page.get_by_text(re.compile(r"^whsec_[\w+/=]+$")).first.inner_text()

    page.get_by_role("button", name="Send a test").click()
    delivery = page.locator("#delivery")
    expect(delivery.get_by_text("delivered", exact=True)).to_be_visible(timeout=30_000)
    expect(delivery).to_contain_text("Status 200 after")
    expect(delivery.locator("pre").filter(has_text="thank you")).to_be_visible()
    expect(delivery.locator("pre").filter(has_text='"type": "webhook.test"')).to_be_visible()
    assert axe_faults(page) == []
    (first,) = receiver.at("/hook")
    assert first.verify(secret)["type"] == "webhook.test"
    expect(delivery.locator("pre").filter(has_text=f"webhook-id: {first.id}")).to_be_visible()

    page.get_by_role("button", name="Send again").click()
    expect(delivery.locator("pre").filter(has_text="thank you once more")).to_be_visible(timeout=30_000)
    first, second = receiver.at("/hook")
    assert (first.id, first.payload) == (second.id, second.payload), "a receiver can tell that it is the same"
    page.get_by_role("link", name=f"{receiver.url}/hook").click()
    row = page.get_by_role("row", name=re.compile("webhook.test"))
    expect(row).to_contain_text("delivered")
    expect(row.locator("[data-label=Answer]")).to_have_text("200")
