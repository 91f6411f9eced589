"""Looking before saving, and why somebody is in or out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from plunk import clock
from tests.api import Api, problems
from tests.segments.rules import (
    UNKNOWN_ID,
    field,
    member_of,
    people,
    plan_is,
    refusal,
    rule,
    static,
)


def test_a_preview_counts_and_shows_the_ten_newest_and_saves_nothing(api: Api) -> None:
    people(api, *(f"n{number}" for number in range(12)), data={"plan": "pro"})
    people(api, "quiet", data={"plan": "pro"}, subscribed=False)
    people(api, "outside")
    response = api.post("/segments/preview", {"condition": rule(plan_is("pro"))})
    assert response.status_code == 200
    assert (response.json["count"], response.json["reachable"]) == (13, 12)
    sample = [contact["email"].partition("@")[0] for contact in response.json["sample"]]
    assert sample == ["quiet", *(f"n{number}" for number in range(11, 2, -1))]
    assert response.json["sample"][0] == api.get("/contacts/by-email/quiet@example.com").json
    assert api.get("/segments").json == []


def test_a_preview_of_nobody_is_empty(api: Api) -> None:
    response = api.post("/segments/preview", {"condition": rule(plan_is("pro"))})
    assert response.json == {"count": 0, "reachable": 0, "sample": []}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "condition"),
        ({"condition": None}, "condition"),
        ({"condition": "plan = pro"}, "condition"),
        ({"condition": rule(field("data.plan", "equalz"))}, "condition.groups[0].filters[0].operator"),
    ],
)
def test_a_preview_of_a_faulty_rule_is_refused(api: Api, body: dict[str, Any], path: str) -> None:
    response = api.post("/segments/preview", body)
    assert (response.status_code, list(problems(response))) == (400, [path])


def explanation(api: Api, segment: dict[str, Any], contact: dict[str, Any]) -> dict[str, Any]:
    response = api.get(f"/segments/{segment['id']}/explain/{contact['id']}")
    assert response.status_code == 200, response.json
    assert (response.json["segmentId"], response.json["contactId"]) == (segment["id"], contact["id"])
    return response.json


def test_an_explanation_shows_each_value_and_what_it_decides(api: Api) -> None:
    friends = static(api, "Friends")
    when = clock.iso(clock.now() - timedelta(days=3))
    api.track("ada@example.com", "bought", timestamp=when)
    ada = api.contact("ada@example.com", data={"plan": "pro", "address": {"city": "Köln"}})
    filters = [
        plan_is("pro"),
        field("data.address.city", "equals", value="Bonn"),
        field("data.mrr", "notExists"),
        field("event.bought", "triggeredCount", value=2),
        member_of(friends),
        field("createdAt", "within", value=30, unit="days"),
    ]
    condition = {
        "logic": "OR",
        "groups": [
            {"filters": filters},
            {"not": True, "conditions": rule(field("subscribed", "equals", value=False))},
        ],
    }
    made = api.post("/segments", {"name": "All sorts", "condition": condition}).json
    told = explanation(api, made, ada)
    assert told["matches"] is True
    tree = told["condition"]
    assert (tree["logic"], tree["matches"]) == ("OR", True)
    first, second = tree["groups"]
    activity = {"count": 1, "firstAt": when, "lastAt": when}
    actual = ["pro", "Köln", None, activity, False, ada["createdAt"]]
    matches = [True, False, True, False, False, True]
    assert first["matches"] is False
    assert first["filters"] == [
        {**sent, "actual": value, "matches": answer}
        for sent, value, answer in zip(filters, actual, matches, strict=True)
    ]
    assert (second["not"], second["matches"]) == (True, True)
    inner = second["conditions"]["groups"][0]["filters"][0]
    assert (inner["actual"], inner["matches"]) == (True, False)


def test_an_explanation_agrees_with_the_list(api: Api) -> None:
    contacts = people(api, "ada", data={"plan": "pro"}) + people(api, "bob", data={"plan": "free"})
    friends = static(api, "Friends", "bob@example.com")
    made = api.segment("Payers", plan_is("pro"))
    for segment in (friends, made):
        members = api.members(segment)
        for contact in contacts:
            assert explanation(api, segment, contact)["matches"] is (contact["email"] in members)
    assert explanation(api, friends, contacts[0])["condition"] is None


def test_an_unknown_contact_cannot_be_explained(api: Api, other_api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    (foreign,) = people(other_api, "foreign")
    for contact_id in (UNKNOWN_ID, foreign["id"], "no-id"):
        response = api.get(f"/segments/{made['id']}/explain/{contact_id}")
        assert refusal(response) == (404, "CONTACT_NOT_FOUND")


def test_the_vocabulary_lists_the_projects_own_fields(api: Api, other_api: Api) -> None:
    other_api.track("foreign@example.com", "theirs", data={"theirs": 1})
    other_api.segment("Theirs", plan_is("pro"))
    api.track("ada@example.com", "bought", data={"plan": "pro", "seats": 3, "tags": ["a"]})
    friends = static(api, "Friends")
    response = api.get("/segments/vocabulary")
    assert response.status_code == 200
    found = {each["field"]: each["type"] for each in response.json["fields"]}
    assert found == {
        "email": "string",
        "subscribed": "boolean",
        "createdAt": "date",
        "updatedAt": "date",
        "data.plan": "string",
        "data.seats": "number",
        "data.tags": "list",
        "event.bought": "event",
        "email.sent": "event",
        "email.delivered": "event",
        "email.opened": "event",
        "email.clicked": "event",
        "email.bounced": "event",
        "email.complained": "event",
        f"segment.{friends['id']}": "segment",
    }
    labels = {each["field"]: each["label"] for each in response.json["fields"]}
    assert labels[f"segment.{friends['id']}"] == "Friends"


def test_the_vocabulary_lists_operators_that_work_as_it_says(api: Api) -> None:
    vocabulary = api.get("/segments/vocabulary").json
    friends = static(api, "Friends")
    kinds = {each["kind"] for each in vocabulary["fields"]} | {"segment", "event", "data"}
    assert len(vocabulary["operators"]) >= 36, "and those of installed plugins"
    assert vocabulary["units"] == ["minutes", "hours", "days", "weeks", "months"]
    for operator in vocabulary["operators"]:
        assert operator["label"]
        assert set(operator["kinds"]) <= kinds
        example = operator["example"]
        if example["field"].startswith("segment."):
            example = {**example, "field": f"segment.{friends['id']}"}
        response = api.post("/segments/preview", {"condition": rule(example)})
        assert response.status_code == 200, (operator["operator"], response.json)


def test_the_vocabulary_offers_no_field_that_rules_refuse(api: Api) -> None:
    api.contact("odd@example.com", data={"": 1, "x.": 1, "fine": 1, "a.b": 1})
    fields = api.get("/segments/vocabulary").json["fields"]
    assert {each["field"] for each in fields if each["kind"] == "data"} == {"data.fine", "data.a.b"}


def test_the_vocabulary_says_how_large_a_rule_may_be(api: Api) -> None:
    limits = api.get("/segments/vocabulary").json["limits"]
    assert limits == {"filters": 100, "nesting": 8, "valueBytes": 1024, "listValues": 1000, "where": 20}
    leaf = field("data.plan", "in", value=["x"] * limits["listValues"])
    fits = rule(*[leaf, *[plan_is("pro")] * (limits["filters"] - 1)])
    assert api.post("/segments/preview", {"condition": fits}).status_code == 200
    too_many = rule(*[plan_is("pro")] * (limits["filters"] + 1))
    assert api.post("/segments/preview", {"condition": too_many}).status_code == 400
