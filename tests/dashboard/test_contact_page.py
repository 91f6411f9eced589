"""The page of one contact: what is known of it and what one does there, without a browser."""

from __future__ import annotations

import re
from html import unescape

from tests.api import Api
from tests.dashboard.contact_pages import of
from tests.dashboard.visiting import Visit, words


def test_a_contact_shows_what_is_known_and_what_happened(owner: Visit, api: Api) -> None:
    segment = api.segment(
        "Pros", {"field": "data.plan", "operator": "equals", "value": "pro"}, trackMembership=True
    )
    api.track("ada@example.com", "signed up", data={"source": "ads & more"})
    contact = api.contact(
        "ada@example.com", data={"plan": "pro", "tags": ["x", "y"], "vip": True, "ends": "2026-02-19"}
    )
    text = words(owner.get(of(contact)))
    for said in (
        "ada@example.com",
        "plan pro",
        "vip yes",
        "ends Feb 19, 2026",
        "signed up 1 time · ",
        "signed up",
        "ads & more",
        "Entered Pros",
        "Became a contact",
    ):
        assert said in text, said
    assert "Pros since " in text.partition("Subscription")[2], segment
    assert "subscribed" in text


def test_the_story_goes_back_page_by_page(owner: Visit, api: Api) -> None:
    for n in range(40):
        contact = api.track("ada@example.com", f"step {n:02}")["contact"]
    seen, path = [], f"{{project}}/contacts/{contact}"
    while path:
        page = owner.get(path)
        seen += re.findall(r">(step \d\d)</a>", page.text.partition('id="story"')[2].partition("</ol>")[0])
        older = re.search(r'class="story-more"><a [^>]*href="([^"]+)"', page.text)
        path = unescape(older[1]) if older else ""
    assert seen == [f"step {n:02}" for n in reversed(range(40))]
    assert owner.get(f"{{project}}/contacts/{contact}?cursor=x").status_code == 303


def test_a_subscription_is_switched_with_a_reason_and_its_history_is_shown(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@example.com")
    owner.get(of(contact))
    owner.post(of(contact) + "/subscription", {"subscribed": "no", "reason": "Asked by <b>phone</b>"})
    assert api.get(f"/contacts/{contact['id']}").json["subscribed"] is False
    (event,) = api.get(f"/events/contact/{contact['id']}").json["events"]
    assert event["name"] == "contact.unsubscribed"
    assert event["data"] == {"source": "dashboard", "keyKind": "session", "reason": "Asked by <b>phone</b>"}
    text = words(owner.get(of(contact)))
    assert "Subscription unsubscribed by hand in the dashboard" in text, (
        "its state and how it came about in one"
    )
    assert "step-unsubscription" in owner.get(of(contact)).text and "Asked by <b>phone</b>" in text
    owner.post(of(contact) + "/subscription", {"subscribed": "yes"})
    assert api.get(f"/contacts/{contact['id']}").json["subscribed"] is True


def test_a_contact_is_deleted_and_the_log_keeps_no_address(owner: Visit, api: Api) -> None:
    contact = api.contact("ada@private.example.com")
    owner.get(of(contact))
    assert owner.post(of(contact) + "/delete").status_code == 303
    assert api.get(f"/contacts/{contact['id']}").status_code == 404
    assert owner.get(of(contact)).status_code == 404
    log = owner.get("{project}/settings/audit").text
    assert "deleted a contact" in log and contact["id"] in log and "private.example.com" not in log
