"""All that happened to a contact, in one list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from plunk import clock
from plunk.db.session import transaction
from plunk.events.recording import NewEvent, record
from tests.api import Api, problems
from tests.conftest import TestProject
from tests.segments.rules import UNKNOWN_ID, plan_is, refusal, static


def page(api: Api, contact: dict[str, Any], **query: Any) -> dict[str, Any]:
    response = api.get(f"/contacts/{contact['id']}/timeline", **query)
    assert response.status_code == 200, response.json
    return response.json


def told(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(item["type"], item["name"]) for item in items]


def test_everything_stands_in_it_newest_first(api: Api, context: None, project: TestProject) -> None:
    ada = api.contact("ada@example.com")
    made = api.segment("Payers", plan_is("pro"), trackMembership=True)
    api.track("ada@example.com", "signed_up", data={"plan": "pro"})
    with transaction():
        record(project.id, UUID(ada["id"]), NewEvent("email.open", {"subject": "Hello"}))
    api.patch(f"/contacts/{ada['id']}", {"subscribed": False})
    api.patch(f"/contacts/{ada['id']}", {"data": {"plan": "free"}})
    found = page(api, ada)
    assert told(found["data"]) == [
        ("exit", "segment.payers.exit"),
        ("subscription", "contact.unsubscribed"),
        ("email", "email.open"),
        ("entry", "segment.payers.entry"),
        ("event", "signed_up"),
        ("created", "contact.created"),
    ]
    assert (found["cursor"], found["hasMore"]) == (None, False)
    left, flip, mail, came, event, created = found["data"]
    assert left["segment"] == came["segment"] == {"id": made["id"], "name": "Payers"}
    assert flip["data"]["source"] == "api"
    assert mail["data"] == {"subject": "Hello"}
    assert (event["data"], event["segment"]) == ({"plan": "pro"}, None)
    assert created["createdAt"] == ada["createdAt"]
    moments = [item["createdAt"] for item in found["data"]]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_hold_each_item_once_whatever_comes_meanwhile(api: Api, limit: int) -> None:
    ada = api.contact("ada@example.com")
    earlier = clock.iso(clock.now() - timedelta(days=9))
    for number in range(3):
        api.track("ada@example.com", f"old{number}", timestamp=earlier)
    for number in range(3):
        api.track("ada@example.com", f"new{number}")
    names: list[str] = []
    cursor = None
    while True:
        found = page(api, ada, limit=limit, **({"cursor": cursor} if cursor else {}))
        assert len(found["data"]) <= limit
        names += [item["name"] for item in found["data"]]
        api.track("ada@example.com", "meanwhile")
        cursor = found["cursor"]
        assert found["hasMore"] is (cursor is not None)
        if cursor is None:
            break
    assert names[:4] == ["new2", "new1", "new0", "contact.created"]
    assert sorted(names[4:]) == ["old0", "old1", "old2"], "dated back behind the creation"


def test_a_contact_that_did_nothing_was_created(api: Api) -> None:
    ada = api.contact("ada@example.com")
    assert told(page(api, ada)["data"]) == [("created", "contact.created")]


def test_the_segment_is_told_as_it_was_called_then(api: Api) -> None:
    ada = api.contact("ada@example.com")
    made = static(api, "Friends", trackMembership=True)
    api.post(f"/segments/{made['id']}/members", {"emails": ["ada@example.com"]})
    api.patch(f"/segments/{made['id']}", {"name": "Best friends"})
    assert page(api, ada)["data"][0]["segment"]["name"] == "Friends"


def test_an_event_may_be_called_like_the_creation(api: Api) -> None:
    ada = api.contact("ada@example.com")
    api.track("ada@example.com", "contact.created")
    assert [item["type"] for item in page(api, ada)["data"]] == ["event", "created"]


def test_an_unknown_contact_has_no_timeline(api: Api, other_api: Api) -> None:
    foreign = other_api.contact("ada@example.com")
    for contact_id in (UNKNOWN_ID, foreign["id"], "no-id"):
        assert refusal(api.get(f"/contacts/{contact_id}/timeline")) == (404, "CONTACT_NOT_FOUND")


def test_a_cursor_belongs_to_one_contact(api: Api) -> None:
    ada, bob = api.contact("ada@example.com"), api.contact("bob@example.com")
    api.track("ada@example.com", "bought")
    cursor = page(api, ada, limit=1)["cursor"]
    for text in (cursor, "nonsense", "x" * 5000):
        response = api.get(f"/contacts/{bob['id']}/timeline", cursor=text)
        assert (response.status_code, problems(response)) == (422, {"cursor": "invalid_cursor"})


def test_limits_are_clamped_and_numbers(api: Api) -> None:
    ada = api.contact("ada@example.com")
    assert len(page(api, ada, limit=0)["data"]) == 1
    assert problems(api.get(f"/contacts/{ada['id']}/timeline?limit=many")) == {"limit": "type"}
