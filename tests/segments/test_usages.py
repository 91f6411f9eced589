"""Who asks about a field or an event: named, and in the way of its deletion."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.segments.rules import field, people, plan_is, refusal, rule

PURCHASE = {"property": "plan", "operator": "equals", "value": "pro"}


def used_by(api: Api, path: str) -> list[str]:
    response = api.get(f"{path}/usage")
    assert response.status_code == 200, response.json
    return [usage["name"] for usage in response.json["usages"]]


def test_a_field_is_used_by_the_rules_that_read_it(api: Api, other_api: Api) -> None:
    data = {"plan": "pro", "planned": 1, "address": {"city": "Köln"}}
    for each in (api, other_api):
        people(each, "ada", data=data)
    other_api.segment("Theirs", plan_is("pro"))
    api.segment("Payers", plan_is("pro"))
    api.segment("Cities", field("data.address.city", "exists"))
    api.segment("Planned", field("data.planned", "exists"))
    # The data of an event is not the contact's.
    api.segment("Buyers", field("event.bought", "triggeredCount", value=1, where=[PURCHASE]))
    inner = {"logic": "OR", "groups": [{"not": True, "filters": [plan_is("free")]}]}
    nested = {"logic": "AND", "groups": [{"conditions": inner}]}
    assert api.post("/segments", {"name": "Nested", "condition": nested}).status_code == 201
    assert used_by(api, "/contacts/fields/data.plan") == ["Payers", "Nested"]
    assert used_by(api, "/contacts/fields/plan") == ["Payers", "Nested"]
    assert used_by(api, "/contacts/fields/address") == ["Cities"]
    assert used_by(api, "/contacts/fields/email") == []


@pytest.mark.parametrize(
    "mention",
    [
        field("event.bought", "triggered"),
        field("bought", "notTriggeredWithin", value=1, unit="days"),
        field("event.bought", "triggeredCount", value=2),
    ],
)
def test_an_event_in_use_is_not_deleted(api: Api, mention: dict[str, Any]) -> None:
    api.track("ada@example.com", "bought")
    made = api.segment("Buyers", mention)
    assert used_by(api, "/events/bought") == ["Buyers"]
    response = api.delete("/events/bought")
    assert refusal(response) == (409, "EVENT_IN_USE")
    assert response.json["error"]["details"]["usages"] == [
        {"type": "segment", "id": made["id"], "name": "Buyers"}
    ]
    api.patch(f"/segments/{made['id']}", {"condition": rule(plan_is("pro"))})
    assert api.delete("/events/bought").status_code == 202


def test_a_field_in_use_is_not_deleted(api: Api) -> None:
    people(api, "ada", data={"plan": "pro"})
    made = api.segment("Payers", plan_is("pro"))
    response = api.delete("/contacts/fields/data.plan")
    assert refusal(response) == (409, "FIELD_IN_USE")
    assert "Payers" in response.json["message"]
    api.delete(f"/segments/{made['id']}")
    assert api.delete("/contacts/fields/data.plan").status_code == 202
