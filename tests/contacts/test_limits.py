"""The limits on `data` hold for the merged result, and a write beyond them changes nothing."""

from __future__ import annotations

import pytest

from plunk.config import Settings
from tests.api import Api, problems
from tests.conftest import TestProject
from tests.live import own_app
from tests.web.envelope import error_of

EMAIL = "ada@example.com"
KIB = 1024


def keys(first: int, last: int) -> dict[str, int]:
    return {f"k{n}": n for n in range(first, last)}


TOO_MUCH = [
    (keys(0, 201), "too_many_keys"),
    ({"k" * 256: 1}, "key_too_long"),
    ({"ü" * 256: 1}, "key_too_long"),
    ({"a": [{"k" * 256: 1}]}, "key_too_long"),
    ({"a": "x" * 64 * KIB}, "too_large"),
    ({"a": "😀" * 16 * KIB}, "too_large"),
]
JUST_ENOUGH = [keys(0, 200), {"k" * 255: 1}, {"ü" * 255: 1}, {"a": "x" * (64 * KIB - 8)}]


@pytest.mark.parametrize("data", JUST_ENOUGH)
def test_data_up_to_the_limits_is_kept(api: Api, data: dict) -> None:
    assert api.contact(EMAIL, data=data)["data"] == data
    assert api.track(EMAIL, "e", data=data)


@pytest.mark.parametrize(("data", "code"), TOO_MUCH)
def test_data_beyond_a_limit_is_422(api: Api, data: dict, code: str) -> None:
    contact = api.contact(EMAIL)
    for response in (
        api.post("/contacts", {"email": EMAIL, "data": data}),
        api.post("/v1/track", {"email": EMAIL, "event": "e", "data": data}),
        api.patch(f"/contacts/{contact['id']}", {"data": data}),
    ):
        error_of(response, 422, "VALIDATION_ERROR")
        assert code in problems(response).values()
    assert api.get(f"/contacts/{contact['id']}").json["data"] == {}
    assert api.get("/events").json["events"] == []


MERGED = [
    (keys(0, 150), keys(100, 201), "too_many_keys"),
    ({"a": "x" * 40 * KIB}, {"b": "x" * 30 * KIB}, "too_large"),
]


@pytest.mark.parametrize(("before", "written", "code"), MERGED)
def test_data_that_would_exceed_a_limit_when_merged_is_refused_whole(
    api: Api, before: dict, written: dict, code: str
) -> None:
    contact = api.contact(EMAIL, data=before)
    for response in (
        api.post("/contacts", {"email": EMAIL, "data": written, "subscribed": False}),
        api.post("/v1/track", {"email": EMAIL, "event": "e", "data": written, "subscribed": False}),
        api.patch(
            f"/contacts/{contact['id']}", {"data": written, "subscribed": False, "email": "b@example.com"}
        ),
    ):
        error_of(response, 422, "VALIDATION_ERROR")
        assert problems(response) == {"data": code}
    after = api.get(f"/contacts/{contact['id']}").json
    assert after == {key: value for key, value in contact.items() if key != "_meta"}
    assert api.get("/events").json["events"] == []


def test_room_made_in_the_same_write_counts(api: Api) -> None:
    api.contact(EMAIL, data=keys(0, 200))
    contact = api.contact(EMAIL, data={"k0": None, "new": 1})
    assert len(contact["data"]) == 200


def test_what_an_event_carries_beside_does_not_count(api: Api) -> None:
    api.contact(EMAIL, data=keys(0, 200))
    data = {f"e{n}": {"value": n, "persistent": False} for n in range(200)}
    assert api.track(EMAIL, "e", data=data)
    assert len(api.get("/events").json["events"][0]["data"]) == 200


def test_the_limits_of_the_merged_result_are_settings(settings: Settings, project: TestProject) -> None:
    with own_app(settings, max_data_bytes=100, max_data_keys=3) as app:
        api = Api(app.test_client(), project.secret_key)
        api.contact(EMAIL, data={"a": "x" * 50})
        response = api.post("/contacts", {"email": EMAIL, "data": {"b": "x" * 50}})
        assert problems(response) == {"data": "too_large"}
        api.contact(EMAIL, data={"b": 1, "c": 1})
        assert problems(api.post("/contacts", {"email": EMAIL, "data": {"d": 1}})) == {
            "data": "too_many_keys"
        }


def test_exactly_what_fits_is_kept_and_a_byte_more_is_not(api: Api) -> None:
    api.contact(EMAIL, data={"a": "x" * 32 * KIB})
    room = 64 * KIB - 32 * KIB - len('{"a":"","b":""}')
    assert api.post("/contacts", {"email": EMAIL, "data": {"b": "x" * (room + 1)}}).status_code == 422
    assert api.post("/contacts", {"email": EMAIL, "data": {"b": "x" * room}}).status_code == 200


def test_the_limit_of_keys_is_for_what_is_kept_not_for_what_is_said(api: Api) -> None:
    full = {f"k{n}": n for n in range(200)}
    contact = api.contact("full@example.com", data={**full, "id": "reserved, left out"})
    gone = api.patch(f"/contacts/{contact['id']}", {"data": {**dict.fromkeys(full), "new": 1}})
    assert (gone.status_code, gone.json["data"]) == (200, {"new": 1})
