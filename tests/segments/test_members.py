"""Putting contacts into a static segment and taking them out, by address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from tests.api import Api, problems
from tests.conftest import TestProject
from tests.segments.rules import count, people, plan_is, refusal, static


def add(api: Api, segment: dict[str, Any], *emails: str, **fields: Any) -> dict[str, Any]:
    response = api.post(f"/segments/{segment['id']}/members", {"emails": list(emails), **fields})
    assert response.status_code == 200, response.json
    return response.json


def remove(api: Api, segment: dict[str, Any], *emails: str) -> dict[str, Any]:
    response = api.delete(f"/segments/{segment['id']}/members", {"emails": list(emails)})
    assert response.status_code == 200, response.json
    return response.json


def test_added_contacts_are_members_at_once(api: Api) -> None:
    people(api, "ada", "bob", "tom")
    friends = static(api, "Friends", "ada@example.com")
    answer = add(api, friends, "ada@example.com", "bob@example.com", "nobody@example.com")
    assert answer == {"added": 1, "alreadyMembers": 1, "created": 0, "notFound": ["nobody@example.com"]}
    assert api.members(friends) == {"ada@example.com", "bob@example.com"}
    assert count(api, friends) == (2, 2)


def test_unknown_addresses_come_back_as_they_were_sent(api: Api, other_api: Api) -> None:
    people(other_api, "foreign")
    friends = static(api, "Friends")
    sent = [" Nobody@Example.com ", "no address", "FOREIGN@example.com", "", "a@b"]
    answer = add(api, friends, *sent)
    assert answer == {"added": 0, "alreadyMembers": 0, "created": 0, "notFound": sent}


def test_repeated_addresses_count_once(api: Api) -> None:
    people(api, "ada")
    friends = static(api, "Friends")
    spellings = ["ada@example.com", "ADA@example.com", " ada@EXAMPLE.com ", "ada@example.com"]
    assert add(api, friends, *spellings)["added"] == 1
    assert add(api, friends, *spellings)["alreadyMembers"] == 1
    twice = add(api, friends, "nobody@example.com", "nobody@example.com")
    assert twice["notFound"] == ["nobody@example.com"]
    assert remove(api, friends, *spellings)["removed"] == 1


def test_missing_contacts_are_created_on_request_and_count_as_added(api: Api) -> None:
    people(api, "ada")
    friends = static(api, "Friends", "ada@example.com")
    answer = add(
        api,
        friends,
        *("ada@example.com", "New@Example.com", "new@example.com", "no address"),
        createMissing=True,
    )
    assert answer == {"added": 1, "alreadyMembers": 1, "created": 1, "notFound": ["no address"]}
    made = api.get("/contacts/by-email/new@example.com").json
    assert (made["subscribed"], made["data"]) == (True, {})


def test_subscribed_applies_to_created_contacts_only(api: Api) -> None:
    people(api, "ada")
    people(api, "eve", subscribed=False)
    friends = static(api, "Friends")
    emails = ["ada@example.com", "eve@example.com", "new@example.com"]
    add(api, friends, *emails, createMissing=True, subscribed=False)
    said = [api.get(f"/contacts/by-email/{email}").json["subscribed"] for email in emails]
    assert said == [True, False, False]
    add(api, friends, *emails, "newer@example.com", createMissing=True, subscribed=True)
    said = [
        api.get(f"/contacts/by-email/{email}").json["subscribed"] for email in [*emails, "newer@example.com"]
    ]
    assert said == [True, False, False, True]
    assert count(api, friends) == (4, 2)
    events = api.get("/events").json["events"]
    assert events == []


def test_removed_contacts_are_members_no_more(api: Api) -> None:
    people(api, "ada", "bob")
    friends = static(api, "Friends", "ada@example.com", "bob@example.com")
    sent = ["ADA@example.com", "Nobody@example.com", "no address"]
    assert remove(api, friends, *sent) == {"removed": 1, "notFound": ["Nobody@example.com", "no address"]}
    assert api.members(friends) == {"bob@example.com"}
    assert remove(api, friends, "ada@example.com")["removed"] == 0
    assert count(api, friends) == (1, 1)
    assert api.get("/contacts/by-email/ada@example.com").status_code == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_members_of_a_dynamic_segment_are_not_kept_by_hand(api: Api, method: str) -> None:
    people(api, "ada")
    made = api.segment("Payers", plan_is("pro"))
    body = {"emails": ["ada@example.com", "new@example.com"], "createMissing": True}
    response = api.call(method, f"/segments/{made['id']}/members", json=body)
    assert refusal(response) == (400, "SEGMENT_NOT_STATIC")
    assert api.get("/contacts/by-email/new@example.com").status_code == 404


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, {"emails": "required"}),
        ({"emails": None}, {"emails": "null"}),
        ({"emails": "ada@example.com"}, {"emails": "type"}),
        ({"emails": ["ada@example.com", 7, None]}, {"emails[1]": "type", "emails[2]": "null"}),
    ],
)
def test_a_list_of_addresses_is_a_list_of_texts(
    api: Api, method: str, body: dict[str, Any], found: dict[str, str]
) -> None:
    friends = static(api, "Friends")
    response = api.call(method, f"/segments/{friends['id']}/members", json=body)
    assert (response.status_code, problems(response)) == (422, found)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_call_takes_one_to_five_hundred_addresses(api: Api, method: str) -> None:
    path = f"/segments/{static(api, 'Friends')['id']}/members"
    emails = [f"n{number}@example.com" for number in range(501)]
    assert api.call(method, path, json={"emails": []}).status_code == 422
    assert api.call(method, path, json={"emails": emails[:500]}).status_code == 200
    assert refusal(api.call(method, path, json={"emails": emails})) == (413, "TOO_MANY_ITEMS")


@pytest.mark.parametrize("member", ["createMissing", "subscribed"])
def test_a_choice_is_a_boolean(api: Api, member: str) -> None:
    friends = static(api, "Friends")
    body = {"emails": ["ada@example.com"], member: "true"}
    response = api.post(f"/segments/{friends['id']}/members", body)
    assert (response.status_code, problems(response)) == (422, {member: "type"})


def test_many_calls_at_once_add_and_create_each_contact_once(
    app: Flask, api: Api, project: TestProject
) -> None:
    friends = static(api, "Friends")
    emails = [f"n{number}@example.com" for number in range(40)]

    def call(turn: int) -> dict[str, Any]:
        own = Api(app.test_client(), project.secret_key)
        return add(own, friends, *(emails if turn % 2 else reversed(emails)), createMissing=True)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(call, range(6)))
    assert [sum(answer[name] for answer in answers) for name in ("added", "created")] == [40, 40]
    assert sum(answer["alreadyMembers"] for answer in answers) == 5 * 40
    assert count(api, friends) == (40, 40)


def test_a_deleted_contact_leaves_its_static_segments(api: Api) -> None:
    ada, _ = people(api, "ada", "bob")
    friends = static(api, "Friends", "ada@example.com", "bob@example.com")
    others = static(api, "Others", "ada@example.com")
    assert api.delete(f"/contacts/{ada['id']}").status_code == 204
    assert (count(api, friends), count(api, others)) == ((1, 1), (0, 0))
    people(api, "ada")
    assert api.members(friends) == {"bob@example.com"}
    assert add(api, friends, "ada@example.com")["added"] == 1


def test_a_changed_address_stays_a_member(api: Api) -> None:
    (ada,) = people(api, "ada")
    friends = static(api, "Friends", "ada@example.com")
    api.patch(f"/contacts/{ada['id']}", {"email": "lovelace@example.com"})
    assert api.members(friends) == {"lovelace@example.com"}
