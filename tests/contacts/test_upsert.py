"""`POST /contacts`: create or update by e-mail."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from tests.api import Api, problems
from tests.web.envelope import TIME, error_of

EMAIL = "ada@example.com"


def test_a_new_contact_is_201_and_complete(api: Api) -> None:
    response = api.post("/contacts", {"email": EMAIL, "data": {"plan": "pro"}})
    assert response.status_code == 201
    contact = response.json
    assert list(contact) == [
        "id",
        "projectId",
        "email",
        "subscribed",
        "data",
        "createdAt",
        "updatedAt",
        "_meta",
    ]
    assert UUID(contact["id"]).version == 7
    assert (contact["email"], contact["subscribed"], contact["data"]) == (EMAIL, True, {"plan": "pro"})
    assert contact["_meta"] == {"isNew": True, "isUpdate": False, "ignoredKeys": []}
    assert TIME.fullmatch(contact["createdAt"])
    assert contact["createdAt"] == contact["updatedAt"]
    age = datetime.now(UTC) - datetime.fromisoformat(contact["createdAt"])
    assert abs(age.total_seconds()) < 10


def test_a_known_contact_is_200_and_keeps_its_id(api: Api) -> None:
    first = api.contact(EMAIL)
    response = api.post("/contacts", {"email": EMAIL})
    assert response.status_code == 200
    assert response.json["id"] == first["id"]
    assert response.json["_meta"] == {"isNew": False, "isUpdate": True, "ignoredKeys": []}


@pytest.mark.parametrize("subscribed", [True, False])
def test_a_new_contact_is_subscribed_as_told(api: Api, subscribed: bool) -> None:
    assert api.contact(EMAIL, subscribed=subscribed)["subscribed"] is subscribed


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("said", [{}, {"subscribed": None}])
def test_saying_nothing_of_the_subscription_leaves_it_alone(api: Api, before: bool, said: dict) -> None:
    api.contact(EMAIL, subscribed=before)
    assert api.contact(EMAIL, data={"x": 1}, **said)["subscribed"] is before


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": {}}])
def test_saying_nothing_of_the_data_leaves_it_alone(api: Api, data: dict) -> None:
    api.contact(EMAIL, data={"plan": "pro"})
    assert api.contact(EMAIL, **data)["data"] == {"plan": "pro"}


def test_data_is_an_object_even_when_there_is_none(api: Api) -> None:
    contact = api.contact(EMAIL)
    assert contact["data"] == {}
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {}


MERGES = [
    ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
    ({"a": 1}, {"a": 2}, {"a": 2}),
    ({"a": 1}, {"a": None}, {}),
    ({"a": 1}, {"b": None}, {"a": 1}),
    ({"a": 1}, {"a": ""}, {"a": 1}),
    ({}, {"a": ""}, {}),
    ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"y": 2}}),
    ({"a": [1]}, {"a": []}, {"a": []}),
    ({"a": 1}, {"a": False}, {"a": False}),
    ({"a": 1}, {"a": True}, {"a": True}),
    ({"a": 0}, {"a": False}, {"a": False}),
    ({"a": [1, {"b": 0}]}, {"a": [True, {"b": False}]}, {"a": [True, {"b": False}]}),
    ({"a": 1}, {"a": 0}, {"a": 0}),
    ({"a": 1}, {"a": " "}, {"a": " "}),
    ({"a": 1}, {"A": 2}, {"a": 1, "A": 2}),
    ({"a": 1}, {"a.b": 2, "": 3, " ": 4}, {"a": 1, "a.b": 2, "": 3, " ": 4}),
    ({}, {"a": {"value": 1, "persistent": True}}, {"a": 1}),
    ({}, {"a": {"value": 1, "persistent": False}}, {}),
    ({"a": 0}, {"a": {"value": 1, "persistent": False}}, {"a": 0}),
    ({"a": 0}, {"a": {"value": None, "persistent": True}}, {}),
    ({"a": 0}, {"a": {"value": None, "persistent": False}}, {"a": 0}),
    ({"a": 0}, {"a": {"value": "", "persistent": True}}, {"a": 0}),
    ({}, {"a": {"value": {"x": None, "y": ""}, "persistent": True}}, {"a": {"x": None, "y": ""}}),
    ({}, {"a": {"value": 1}}, {"a": {"value": 1}}),
    ({}, {"a": {"persistent": False}}, {"a": {"persistent": False}}),
    (
        {},
        {"a": {"value": 1, "persistent": False, "more": 1}},
        {"a": {"value": 1, "persistent": False, "more": 1}},
    ),
    ({}, {"a": [{"value": 1, "persistent": False}]}, {"a": [{"value": 1, "persistent": False}]}),
    ({}, {"a": {"b": {"value": 1, "persistent": False}}}, {"a": {"b": {"value": 1, "persistent": False}}}),
    ({}, {"a": {"b": None, "c": ""}}, {"a": {"b": None, "c": ""}}),
]


@pytest.mark.parametrize(("before", "written", "after"), MERGES)
def test_data_is_merged_key_by_key(api: Api, before: dict, written: dict, after: dict) -> None:
    api.contact(EMAIL, data=before)
    contact = api.contact(EMAIL, data=written)
    assert same(contact["data"], after)
    assert same(api.get(f"/contacts/{contact['id']}").json["data"], after)


@pytest.mark.parametrize(("before", "written", "after"), MERGES)
def test_a_patch_merges_as_a_post_does(api: Api, before: dict, written: dict, after: dict) -> None:
    contact = api.contact(EMAIL, data=before)
    response = api.patch(f"/contacts/{contact['id']}", {"data": written})
    assert same(response.json["data"], after)
    assert same(api.get(f"/contacts/{contact['id']}").json["data"], after)


def same(one: object, other: object) -> bool:
    """Equal as JSON: in Python alone True == 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


RESERVED = ["email", "createdAt", "updatedAt", "subscribed", "id", "plunk_id", "plunk_email"]
RESERVED += ["unsubscribeUrl", "subscribeUrl", "manageUrl"]


def test_reserved_keys_are_left_out_and_named(api: Api) -> None:
    contact = api.contact(EMAIL, data={**dict.fromkeys(RESERVED, "x"), "plan": "pro"})
    assert contact["data"] == {"plan": "pro"}
    assert sorted(contact["_meta"]["ignoredKeys"]) == sorted(RESERVED)
    assert (contact["email"], contact["subscribed"]) == (EMAIL, True)


@pytest.mark.parametrize("key", RESERVED)
def test_a_reserved_key_is_reserved_in_a_wrapper_too(api: Api, key: str) -> None:
    contact = api.contact(EMAIL, data={key: {"value": "x", "persistent": True}})
    assert (contact["data"], contact["_meta"]["ignoredKeys"]) == ({}, [key])


def test_reserved_words_are_ordinary_in_another_case_or_deeper(api: Api) -> None:
    data = {"Email": 1, "ID": 2, "nested": {"email": 3}}
    contact = api.contact(EMAIL, data=data)
    assert (contact["data"], contact["_meta"]["ignoredKeys"]) == (data, [])


@pytest.mark.parametrize("locale", ["en", "de", "fr", "zu", "zh"])
def test_a_locale_is_a_language_code(api: Api, locale: str) -> None:
    assert api.contact(EMAIL, data={"locale": locale})["data"] == {"locale": locale}


@pytest.mark.parametrize(
    "locale", ["EN", "en-US", "en_US", "eng", "xx", "english", " en", 5, True, [], {}, ["en"]]
)
def test_anything_else_as_locale_is_400(api: Api, locale: object) -> None:
    contact = api.contact(EMAIL)
    for response in (
        api.post("/contacts", {"email": EMAIL, "data": {"locale": locale}}),
        api.post("/v1/track", {"email": EMAIL, "event": "e", "data": {"locale": locale}}),
        api.patch(f"/contacts/{contact['id']}", {"data": {"locale": locale}}),
    ):
        error_of(response, 400, "VALIDATION_ERROR")
        assert problems(response) == {"data.locale": "locale"}
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {}


def test_a_locale_can_be_taken_away(api: Api) -> None:
    api.contact(EMAIL, data={"locale": "de"})
    assert api.contact(EMAIL, data={"locale": ""})["data"] == {"locale": "de"}
    assert api.contact(EMAIL, data={"locale": None})["data"] == {}


@pytest.mark.parametrize("persistent", ["false", 0, None, []])
def test_a_wrapper_says_persistent_with_a_boolean(api: Api, persistent: object) -> None:
    response = api.post("/contacts", {"email": EMAIL, "data": {"a": {"value": 1, "persistent": persistent}}})
    error_of(response, 422)
    assert problems(response) == {"data.a.persistent": "type"}


NOTHING_NEW = [
    {},
    {"data": {}},
    {"data": {"plan": "pro"}},
    {"data": {"n": 1.0}},
    {"data": {"n": 1}},
    {"data": {"big": 1e23}},
    {"data": {"o": {"b": [1, 2], "a": 1}}},
    {"data": {"plan": ""}},
    {"data": {"nothing": None}},
    {"data": {"email": "x"}},
    {"data": {"plan": {"value": "free", "persistent": False}}},
    {"subscribed": True},
    {"subscribed": True, "data": {"plan": "pro"}},
]
SOMETHING_NEW = [
    {"data": {"plan": "free"}},
    {"data": {"plan": None}},
    {"data": {"n": True}},
    {"data": {"n": "1"}},
    {"data": {"x": False}},
    {"data": {"o": {"a": 1, "b": [2, 1]}}},
    {"subscribed": False},
]


@pytest.fixture
def known(api: Api) -> dict:
    data = {"plan": "pro", "n": 1, "big": 1e23, "o": {"a": 1, "b": [1, 2]}}
    return api.contact(EMAIL, data=data)


@pytest.mark.parametrize("write", NOTHING_NEW)
def test_updated_at_stays_when_nothing_changes(api: Api, known: dict, write: dict) -> None:
    before = known["updatedAt"]
    assert api.contact(EMAIL, **write)["updatedAt"] == before
    assert api.patch(f"/contacts/{known['id']}", write).json["updatedAt"] == before
    api.track(EMAIL, "seen", **write)
    assert api.get(f"/contacts/{known['id']}").json["updatedAt"] == before


@pytest.mark.parametrize("write", SOMETHING_NEW)
def test_updated_at_moves_when_something_changes(api: Api, known: dict, write: dict) -> None:
    after = api.contact(EMAIL, **write)
    assert after["updatedAt"] > known["updatedAt"]
    assert after["createdAt"] == known["createdAt"]


@pytest.mark.parametrize("write", [*SOMETHING_NEW, {"email": "b@example.com"}, {"data": None}])
def test_updated_at_moves_when_a_patch_changes_something(api: Api, known: dict, write: dict) -> None:
    after = api.patch(f"/contacts/{known['id']}", write).json
    assert after["updatedAt"] > known["updatedAt"]
    assert after["createdAt"] == known["createdAt"]
