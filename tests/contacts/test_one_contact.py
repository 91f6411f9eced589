"""Reading, changing, deleting and looking up contacts."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select

from plunk.db.base import db
from plunk.events.models import Activity, Event
from plunk.segments.models import Membership
from tests.api import Api, problems
from tests.web.envelope import error_of

EMAIL = "ada@example.com"


def test_a_contact_is_found_by_id_and_by_address(api: Api) -> None:
    contact = api.contact(EMAIL, data={"plan": "pro"})
    del contact["_meta"]
    assert api.get(f"/contacts/{contact['id']}").json == contact
    assert api.get(f"/contacts/by-email/{EMAIL}").json == contact
    assert list(contact) == ["id", "projectId", "email", "subscribed", "data", "createdAt", "updatedAt"]


@pytest.mark.parametrize("text", ["nobody@example.com", "no address", "a/b", "@", "%20", "a" * 1000])
def test_an_unknown_address_is_404(api: Api, text: str) -> None:
    error_of(api.get(f"/contacts/by-email/{text}"), 404, "CONTACT_NOT_FOUND")


@pytest.mark.parametrize(
    "email", ["a+b@example.com", "a/b@example.com", "a%b@example.com", "a?b@example.com", "a#b@x.de"]
)
def test_an_address_with_odd_characters_is_found_in_a_path(api: Api, email: str) -> None:
    contact = api.contact(email)
    quoted = email.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    assert api.call("GET", f"/contacts/by-email/{quoted}").json["id"] == contact["id"]


def test_a_patch_changes_what_it_names(api: Api) -> None:
    before = api.contact(EMAIL, data={"plan": "pro", "n": 1})
    path = f"/contacts/{before['id']}"
    assert api.patch(path, {"email": " Ada.L@Example.com "}).json["email"] == "ada.l@example.com"
    assert api.patch(path, {"subscribed": False}).json["subscribed"] is False
    after = api.patch(path, {"data": {"n": None, "x": "y"}}).json
    assert after["data"] == {"plan": "pro", "x": "y"}
    assert (after["email"], after["subscribed"], after["createdAt"]) == (
        "ada.l@example.com",
        False,
        before["createdAt"],
    )
    assert api.get(path).json == after
    error_of(api.get(f"/contacts/by-email/{EMAIL}"), 404)


def test_a_patch_with_null_for_data_clears_all_of_it(api: Api) -> None:
    contact = api.contact(EMAIL, data={"plan": "pro", "locale": "de"})
    assert api.patch(f"/contacts/{contact['id']}", {"data": None}).json["data"] == {}


def test_a_patch_to_an_address_that_is_taken_is_409_and_changes_nothing(api: Api) -> None:
    contact = api.contact(EMAIL, data={"a": 1})
    api.contact("taken@example.com")
    path = f"/contacts/{contact['id']}"
    response = api.patch(path, {"email": "TAKEN@example.com", "data": {"a": 2}, "subscribed": False})
    error_of(response, 409, "EMAIL_TAKEN")
    after = api.get(path).json
    assert (after["email"], after["data"], after["subscribed"]) == (EMAIL, {"a": 1}, True)


def test_a_patch_to_its_own_address_is_fine(api: Api) -> None:
    contact = api.contact(EMAIL)
    assert api.patch(f"/contacts/{contact['id']}", {"email": "ADA@example.com"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"), [({"email": None}, "email"), ({"email": "x"}, "email"), ({"subscribed": None}, "subscribed")]
    + [({"data": []}, "data"), ({"subscribed": 1}, "subscribed")],
)  # fmt: skip
def test_a_patch_with_an_ill_value_is_422(api: Api, body: dict, field: str) -> None:
    contact = api.contact(EMAIL)
    response = api.patch(f"/contacts/{contact['id']}", body)
    error_of(response, 422, "VALIDATION_ERROR")
    assert set(problems(response)) == {field}


def test_reserved_keys_are_left_out_of_a_patch(api: Api) -> None:
    contact = api.contact(EMAIL)
    response = api.patch(f"/contacts/{contact['id']}", {"data": {"id": "x", "plunk_id": 1, "plan": "pro"}})
    assert response.json["data"] == {"plan": "pro"}


def test_a_deleted_contact_takes_everything_with_it(api: Api, context: None) -> None:
    contact = api.contact(EMAIL, data={"plan": "pro"})
    api.contact(EMAIL, subscribed=False)
    other = api.contact("other@example.com")
    for _ in range(3):
        api.track(EMAIL, "bought")
        api.track("other@example.com", "bought")
    segment = api.post(
        "/segments", {"name": "By hand", "type": "STATIC", "emails": [EMAIL, "other@example.com"]}
    ).json
    response = api.delete(f"/contacts/{contact['id']}")
    assert (response.status_code, response.data) == (204, b"")

    for path in ("", "/by-email"):
        name = EMAIL if path else contact["id"]
        error_of(api.get(f"/contacts{path}/{name}"), 404, "CONTACT_NOT_FOUND")
    error_of(api.get(f"/events/contact/{contact['id']}"), 404, "CONTACT_NOT_FOUND")
    error_of(api.delete(f"/contacts/{contact['id']}"), 404, "CONTACT_NOT_FOUND")
    assert {event["contactId"] for event in api.get("/events").json["events"]} == {other["id"]}
    assert api.get(f"/segments/{segment['id']}").json["memberCount"] == 1
    assert api.members(segment) == {"other@example.com"}
    for table in (Event, Activity, Membership):
        left = select(func.count()).select_from(table).where(table.contact_id == UUID(contact["id"]))
        assert db.session.scalar(left) == 0


def test_who_comes_back_after_a_deletion_is_somebody_new(api: Api) -> None:
    before = api.contact(EMAIL, data={"plan": "pro"})
    api.delete(f"/contacts/{before['id']}")
    after = api.contact(EMAIL)
    assert after["_meta"]["isNew"]
    assert (after["id"] != before["id"], after["data"], after["subscribed"]) == (True, {}, True)


def test_lookup_answers_in_the_callers_words(api: Api) -> None:
    api.contact(EMAIL)
    api.contact("b@example.com")
    sent = [
        " ADA@example.com",
        "c@example.com",
        "ada@example.com",
        "no address",
        "B@EXAMPLE.com",
        "",
        "C@example.com",
    ]
    answer = api.post("/contacts/lookup", {"emails": sent}).json
    assert answer["found"] == [" ADA@example.com", "ada@example.com", "B@EXAMPLE.com"]
    assert answer["notFound"] == ["c@example.com", "no address", "", "C@example.com"]


def test_lookup_takes_1_to_500_addresses(api: Api) -> None:
    many = [f"n{n}@example.com" for n in range(501)]
    assert len(api.post("/contacts/lookup", {"emails": many[:500]}).json["notFound"]) == 500
    error_of(api.post("/contacts/lookup", {"emails": many}), 413, "TOO_MANY_ITEMS")
    error_of(api.post("/contacts/lookup", {"emails": []}), 422, "VALIDATION_ERROR")
    error_of(api.post("/contacts/lookup", {"emails": "n1@example.com"}), 422)
    error_of(api.post("/contacts/lookup", {"emails": None}), 422)
