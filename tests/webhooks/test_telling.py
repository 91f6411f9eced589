"""What becomes of a fact: one delivery for each endpoint that wants to hear of it."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from plunk import clock, plugins
from plunk.db.base import db, new_id
from plunk.db.session import transaction
from plunk.webhooks import hooks
from plunk.webhooks.models import WebhookDelivery
from plunk.webhooks.sender import run
from tests.api import Api
from tests.conftest import TestProject
from tests.receiver import Receiver
from tests.webhooks.conftest import make_hook
from tests.webhooks.facts import SEGMENT, Facts


def told(api: Api, hook: dict[str, Any]) -> list[str]:
    """The types of an endpoint's deliveries, newest first."""
    return [each["type"] for each in api.get(f"/webhooks/{hook['id']}/deliveries").json["data"]]


def test_a_segment_event_carries_contact_event_and_segment(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    fact = facts.entry()
    run()
    (request,) = receiver.requests
    assert request.payload == {
        "type": "segment.trial-users.entry",
        "timestamp": clock.iso(fact.at),
        "sequence": 1,
        "data": {
            "contact": {
                "id": str(fact.contact_id),
                "email": "ada@example.com",
                "subscribed": True,
                "data": {"plan": "pro"},
            },
            "event": {"segmentId": SEGMENT["id"], "segmentName": "Trial users"},
            "segment": SEGMENT,
        },
    }
    assert " " not in request.body.decode().replace("Trial users", "")


def test_each_endpoint_hears_what_it_asked_for(api: Api, receiver: Receiver, facts: Facts) -> None:
    patterns = (["segment.*"], ["signed_up", "contact.*"], ["*"], ["segment.trial-users.exit"])
    segments, some, everything, exits = (
        make_hook(api, receiver, f"/{n}", events=events) for n, events in enumerate(patterns)
    )
    facts.event("signed_up")
    facts.entry()
    facts.event("contact.unsubscribed")
    facts.event("bought")
    assert told(api, segments) == ["segment.trial-users.entry"]
    assert told(api, some) == ["contact.unsubscribed", "signed_up"]
    assert told(api, everything) == [
        "bought",
        "contact.unsubscribed",
        "segment.trial-users.entry",
        "signed_up",
    ]
    assert told(api, exits) == []


def test_one_fact_has_one_id_at_all_endpoints(api: Api, receiver: Receiver, facts: Facts) -> None:
    for n in range(3):
        make_hook(api, receiver, f"/{n}")
    fact = facts.event()
    run()
    assert receiver.ids == [f"msg_{fact.id}"] * 3


def test_a_fact_told_twice_is_delivered_once(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    fact = facts.event()
    facts.tell(fact)
    run()
    facts.tell(fact)
    run()
    assert len(receiver.requests) == 1


def test_a_disabled_endpoint_hears_nothing_of_what_happens_meanwhile(
    api: Api, hook: dict[str, Any], facts: Facts
) -> None:
    api.patch(f"/webhooks/{hook['id']}", {"enabled": False})
    facts.event()
    assert told(api, hook) == []


def test_the_hooks_write_in_the_transaction_of_the_caller(
    hook: dict[str, Any], facts: Facts, api: Api
) -> None:
    fact = facts.event()
    with pytest.raises(ZeroDivisionError), transaction():
        hooks.plunk_event_tracked(type(fact)(**{**fact.__dict__, "id": new_id()}))
        _ = 1 / 0
    assert told(api, hook) == ["signed_up"]


def test_other_projects_hear_nothing(api: Api, other_api: Api, receiver: Receiver, facts: Facts) -> None:
    theirs = make_hook(other_api, receiver)
    facts.event()
    assert told(other_api, theirs) == []


def test_wanted_are_the_patterns_of_enabled_endpoints(
    api: Api, receiver: Receiver, context: None, project: TestProject
) -> None:
    make_hook(api, receiver, events=["a", "b.*"])
    make_hook(api, receiver, events=["c"], enabled=False)
    make_hook(api, receiver, events=["d"])
    assert sorted(hooks.plunk_wanted_topics(project.id)) == ["a", "b.*", "d"]
    assert hooks.plunk_wanted_topics(new_id()) == []


def test_later_facts_are_never_due_before_earlier_ones_about_the_contact(
    api: Api, hook: dict[str, Any], facts: Facts
) -> None:
    """Even if the database's clock is set back in between."""
    contact = new_id()
    facts.event(contact=contact)
    with transaction():
        row = db.session.scalars(select(WebhookDelivery).filter_by(contact_id=contact)).one()
        row.due_at = ahead = clock.now().replace(year=clock.now().year + 1)
    facts.event(contact=contact)
    facts.event()
    due = db.session.scalars(
        select(WebhookDelivery.due_at).filter_by(project_id=facts.project_id).order_by(WebhookDelivery.id)
    ).all()
    assert due[0] == due[1] == ahead
    assert due[2] < ahead


def test_the_body_is_kept_as_it_was(api: Api, hook: dict[str, Any], facts: Facts) -> None:
    odd = {"text": "ü😀\u2028", "float": 1e-7, "big": 2**62, "none": None, "list": [1, [2, {}]]}
    facts.event(data=odd)
    (delivery,) = api.get(f"/webhooks/{hook['id']}/deliveries").json["data"]
    assert delivery["body"]["data"]["event"] == odd
    stored = db.session.scalars(select(WebhookDelivery.body).filter_by(project_id=facts.project_id)).one()
    assert json.loads(stored) == delivery["body"]


def used_by(project_id: UUID, kind: str, name: str) -> list[dict[str, Any]]:
    return hooks.plunk_usages(project_id, kind, name)


def test_an_endpoint_that_names_a_segment_counts_as_its_user(
    api: Api, receiver: Receiver, context: None, project: TestProject
) -> None:
    named = make_hook(api, receiver, "/named", events=["signed_up", "segment.trial-users.*"], enabled=False)
    make_hook(api, receiver, "/any", events=["segment.*", "*"])
    entry = "segment.trial-users.entry"
    assert used_by(project.id, "event", entry) == [
        {"type": "webhook", "id": named["id"], "name": receiver.url + "/named"}
    ]
    assert used_by(project.id, "event", "signed_up") == []
    assert used_by(project.id, "field", entry) == []
    assert used_by(new_id(), "event", entry) == []


def test_a_segment_named_by_a_webhook_is_not_renamed(api: Api, receiver: Receiver) -> None:
    segment = api.segment("Trial users", {"field": "data.plan", "operator": "exists"})
    hook = make_hook(api, receiver, events=["segment.trial-users.entry"])
    response = api.patch(f"/segments/{segment['id']}", {"name": "Others"})
    assert response.status_code == 409
    assert response.json["error"]["code"] == "SEGMENT_SLUG_IN_USE"
    (usage,) = response.json["error"]["details"]["usages"]
    assert usage == {"type": "webhook", "id": hook["id"], "name": hook["url"]}
    assert api.patch(f"/segments/{segment['id']}", {"name": "TRIAL users"}).status_code == 200
    api.patch(f"/webhooks/{hook['id']}", {"events": ["segment.*"]})
    assert api.patch(f"/segments/{segment['id']}", {"name": "Others"}).status_code == 200


def test_an_event_that_a_webhook_wants_can_be_deleted(api: Api, receiver: Receiver) -> None:
    """The webhook hears of those to come, which deletion does not touch."""
    api.track("ada@example.com", "bought")
    make_hook(api, receiver, events=["bought"])
    assert api.get("/events/bought/usage").json == {"usages": []}
    assert api.delete("/events/bought").status_code == 202


def test_webhooks_come_through_the_same_door_as_plugins(context: None) -> None:
    assert plugins.manager().get_plugin("plunk.webhooks") is hooks
