"""Who is subscribed, and what is remembered of every flip."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from plunk.accounts.service import set_project
from plunk.db.session import transaction
from tests.api import Api
from tests.conftest import TestProject
from tests.live import eventually

EMAIL = "ada@example.com"
FLIPS = ("contact.subscribed", "contact.unsubscribed")


def flips(api: Api) -> list[tuple[str, dict[str, Any]]]:
    """Flips of all contacts, oldest first."""
    events = reversed(api.get("/events").json["events"])
    return [(event["name"], event["data"]) for event in events if event["name"] in FLIPS]


@pytest.mark.parametrize("subscribed", [True, False])
def test_creation_is_no_flip(api: Api, subscribed: bool) -> None:
    api.contact("a@example.com", subscribed=subscribed)
    api.track("b@example.com", "e", subscribed=subscribed)
    assert flips(api) == []


def test_each_flip_is_an_event_with_its_source(api: Api) -> None:
    contact = api.contact(EMAIL)
    api.contact(EMAIL, subscribed=False)
    api.patch(f"/contacts/{contact['id']}", {"subscribed": True})
    api.track(EMAIL, "e", subscribed=False)
    api.post("/v1/track/batch", {"events": [{"email": EMAIL, "event": "e", "subscribed": True}]})
    said = flips(api)
    assert [name for name, _ in said] == [FLIPS[1], FLIPS[0], FLIPS[1], FLIPS[0]]
    assert [data["source"] for _, data in said] == ["api", "api", "track", "track"]
    assert all(data["keyKind"] == "secret" for _, data in said)
    assert all(set(data) <= {"source", "keyKind", "reason"} for _, data in said)
    assert api.get("/events/contact/" + contact["id"]).json["events"][0]["contactId"] == contact["id"]
    assert set(FLIPS) < set(api.get("/events/names").json["eventNames"])


def test_saying_it_again_is_no_flip(api: Api) -> None:
    contact = api.contact(EMAIL, subscribed=False)
    api.contact(EMAIL, subscribed=False)
    api.patch(f"/contacts/{contact['id']}", {"subscribed": False})
    api.track(EMAIL, "e", subscribed=False)
    assert flips(api) == []


def test_flips_within_one_batch_are_each_remembered(api: Api) -> None:
    items = [
        {"email": EMAIL, "event": "e", "subscribed": value} for value in (True, False, False, True, False)
    ]
    assert api.post("/v1/track/batch", {"events": items}).status_code == 200
    assert sorted(name for name, _ in flips(api)) == [FLIPS[0]] + [FLIPS[1]] * 2
    assert api.get(f"/contacts/by-email/{EMAIL}").json["subscribed"] is False


def test_a_flip_without_other_changes_moves_updated_at(api: Api) -> None:
    before = api.contact(EMAIL)
    after = api.contact(EMAIL, subscribed=False)
    assert after["updatedAt"] > before["updatedAt"]
    assert after["subscribed"] is False


def test_a_public_key_sets_the_subscription_of_contacts_it_creates(api: Api, public_api: Api) -> None:
    public_api.track("in@example.com", "e", subscribed=True)
    public_api.track("out@example.com", "e", subscribed=False)
    public_api.track("silent@example.com", "e")
    found = {c["email"]: c["subscribed"] for c in api.get("/contacts").json["data"]}
    assert found == {"in@example.com": True, "out@example.com": False, "silent@example.com": True}


@pytest.mark.parametrize("known", [True, False])
def test_a_public_key_does_not_flip_known_contacts(api: Api, public_api: Api, known: bool) -> None:
    before = api.contact(EMAIL, subscribed=known)
    public_api.track(EMAIL, "e", subscribed=not known)
    after = api.get(f"/contacts/{before['id']}").json
    assert (after["subscribed"], after["updatedAt"]) == (known, before["updatedAt"])
    assert flips(api) == []


def test_a_public_key_may_flip_where_the_project_allows_it(
    app: Flask, api: Api, public_api: Api, project: TestProject
) -> None:
    contact = api.contact(EMAIL, subscribed=False)
    with app.app_context(), transaction():
        set_project(UUID(str(project.id)), public_key_may_subscribe=True)

    def subscribes() -> bool:
        public_api.track(EMAIL, "e", subscribed=True)
        return bool(api.get(f"/contacts/{contact['id']}").json["subscribed"])

    eventually(subscribes)
    assert flips(api) == [(FLIPS[0], {"source": "track", "keyKind": "public"})]
    public_api.track(EMAIL, "e", subscribed=False)
    assert flips(api)[1] == (FLIPS[1], {"source": "track", "keyKind": "public"})


def test_flips_can_be_asked_for_in_rules(api: Api) -> None:
    api.contact(EMAIL)
    api.contact(EMAIL, subscribed=False)
    api.contact("other@example.com", subscribed=False)
    left = api.segment("Left", {"field": "event.contact.unsubscribed", "operator": "triggered"})
    assert api.members(left) == {EMAIL}
