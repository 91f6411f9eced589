"""PATCH and DELETE /segments/{id}."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api, problems
from tests.segments.rules import count, entered, member_of, people, plan_is, refusal, rule, static


def test_each_member_changes_alone(api: Api) -> None:
    people(api, "ada", "bob", data={"plan": "pro"})
    people(api, "tom", data={"plan": "free"})
    made = api.segment("Payers", plan_is("pro"), description="Who pay")
    path = f"/segments/{made['id']}"

    renamed = api.patch(path, {"name": "Pro payers"}).json
    assert (renamed["name"], renamed["slug"], renamed["memberCount"]) == ("Pro payers", "pro-payers", 2)
    assert api.patch(path, {"description": None}).json["description"] is None
    assert api.patch(path, {"trackMembership": True}).json["trackMembership"] is True
    edited = api.patch(path, {"condition": rule(plan_is("free"))}).json
    assert (edited["memberCount"], edited["condition"]) == (1, rule(plan_is("free")))
    assert edited["name"] == "Pro payers"
    assert edited["trackMembership"] is True
    assert api.members(edited) == {"tom@example.com"}


def test_unknown_keys_of_a_change_are_ignored(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    response = api.patch(f"/segments/{made['id']}", {"colour": "red", "type": "STATIC"})
    assert response.status_code == 200
    assert response.json == {**made, "memberCountAt": response.json["memberCountAt"]}


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        ({"name": "?!"}, 422, {"name": "empty_slug"}),
        ({"name": "n" * 101}, 422, {"name": "too_long"}),
        ({"name": None}, 422, {"name": "null"}),
        ({"description": 7}, 422, {"description": "type"}),
        ({"trackMembership": 1}, 422, {"trackMembership": "type"}),
        ({"condition": {"logic": "AND"}}, 400, {"condition.groups": "required"}),
        (
            {"name": 7, "condition": {"logic": "AND", "groups": []}},
            400,
            {"name": "type", "condition.groups": "invalid_value"},
        ),
    ],
)
def test_a_bad_change_is_refused_whole(
    api: Api, body: dict[str, Any], status: int, found: dict[str, str]
) -> None:
    made = api.segment("Payers", plan_is("pro"))
    response = api.patch(f"/segments/{made['id']}", {"description": "new", **body})
    assert (response.status_code, problems(response)) == (status, found)
    assert api.get(f"/segments/{made['id']}").json["description"] is None


def test_a_static_segment_takes_no_condition(api: Api) -> None:
    made = static(api, "Friends")
    response = api.patch(f"/segments/{made['id']}", {"condition": rule(plan_is("pro"))})
    assert refusal(response) == (400, "SEGMENT_NOT_DYNAMIC")


def test_a_static_segment_keeps_its_members_when_renamed(api: Api) -> None:
    people(api, "ada")
    made = static(api, "Friends", "ada@example.com")
    renamed = api.patch(f"/segments/{made['id']}", {"name": "Good friends"}).json
    assert (renamed["slug"], renamed["memberCount"]) == ("good-friends", 1)


@pytest.mark.parametrize("is_tracked", [False, True])
def test_a_taken_name_cannot_be_taken_by_a_rename(api: Api, is_tracked: bool) -> None:
    api.segment("Payers", plan_is("pro"))
    other = api.segment("Others", plan_is("free"), trackMembership=is_tracked)
    response = api.patch(f"/segments/{other['id']}", {"name": "PAYERS"})
    assert refusal(response) == (409, "SEGMENT_NAME_TAKEN")
    assert api.patch(f"/segments/{other['id']}", {"name": "OTHERS"}).json["slug"] == "others"


@pytest.mark.parametrize("change", ["entry", "exit"])
def test_a_rename_is_refused_while_a_rule_names_the_old_slug(api: Api, change: str) -> None:
    made = api.segment("Payers", plan_is("pro"))
    reader = api.segment("Reader", {"field": f"event.segment.payers.{change}", "operator": "notTriggered"})
    response = api.patch(f"/segments/{made['id']}", {"name": "Customers"})
    assert refusal(response) == (409, "SEGMENT_SLUG_IN_USE")
    usage = {"type": "segment", "id": reader["id"], "name": "Reader"}
    assert response.json["error"]["details"]["usages"] == [usage]
    # The slug stays the same, so nothing that mentions it goes astray.
    assert api.patch(f"/segments/{made['id']}", {"name": "PAYERS!"}).status_code == 200
    assert api.patch(f"/segments/{reader['id']}", {"condition": rule(plan_is("pro"))}).status_code == 200
    assert api.patch(f"/segments/{made['id']}", {"name": "Customers"}).json["slug"] == "customers"


def test_a_rename_passes_while_a_rule_names_the_id(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    api.segment("Reader", member_of(made))
    assert api.patch(f"/segments/{made['id']}", {"name": "Customers"}).status_code == 200


def test_a_deleted_segment_is_gone_and_its_contacts_stay(api: Api) -> None:
    people(api, "ada")
    made = static(api, "Friends", "ada@example.com")
    assert api.delete(f"/segments/{made['id']}").status_code == 204
    assert refusal(api.get(f"/segments/{made['id']}")) == (404, "SEGMENT_NOT_FOUND")
    assert refusal(api.delete(f"/segments/{made['id']}")) == (404, "SEGMENT_NOT_FOUND")
    assert api.get("/contacts/by-email/ada@example.com").status_code == 200
    assert count(api, static(api, "Friends")) == (0, 0)


def test_a_segment_in_use_is_not_deleted_and_its_users_are_named(api: Api) -> None:
    made = api.segment("Payers", plan_is("pro"))
    by_id = api.segment("By id", plan_is("pro"), member_of(made))
    by_event = api.segment("By event", entered("payers"))
    response = api.delete(f"/segments/{made['id']}")
    assert refusal(response) == (409, "SEGMENT_IN_USE")
    assert "'By id'" in response.json["message"]
    named = {(each["type"], each["id"], each["name"]) for each in response.json["error"]["details"]["usages"]}
    assert named == {("segment", by_id["id"], "By id"), ("segment", by_event["id"], "By event")}
    for user in (by_id, by_event):
        assert api.delete(f"/segments/{user['id']}").status_code == 204
    assert api.delete(f"/segments/{made['id']}").status_code == 204
