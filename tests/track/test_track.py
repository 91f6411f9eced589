"""`POST /v1/track`: a contact and an event in one go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from plunk.clock import iso
from tests.api import Api, problems
from tests.web.envelope import TIME, error_of

EMAIL = "ada@example.com"


def newest(api: Api) -> dict[str, Any]:
    return api.get("/events").json["events"][0]


def test_the_answer_is_three_ids_in_an_envelope(api: Api) -> None:
    response = api.post("/v1/track", {"email": EMAIL, "event": "signed up"})
    assert response.status_code == 200
    assert set(response.json) == {"success", "data"}
    assert response.json["success"] is True
    data = response.json["data"]
    assert set(data) == {"contact", "event", "timestamp"}
    assert UUID(data["contact"]).version == UUID(data["event"]).version == 7
    assert TIME.fullmatch(data["timestamp"])
    event = newest(api)
    assert (event["id"], event["contactId"], event["createdAt"]) == (
        data["event"],
        data["contact"],
        data["timestamp"],
    )


def test_an_unknown_person_becomes_a_subscribed_contact(api: Api) -> None:
    tracked = api.track(" ADA@example.com", "signed up", data={"plan": "pro"})
    contact = api.get(f"/contacts/{tracked['contact']}").json
    assert (contact["email"], contact["subscribed"], contact["data"]) == (EMAIL, True, {"plan": "pro"})


def test_the_event_has_all_data_and_the_contact_the_persistent_part(api: Api) -> None:
    api.contact(EMAIL, data={"old": 1, "plan": "free", "gone": 1})
    data = {
        "plan": "pro",
        "once": {"value": [1, {"a": None}], "persistent": False},
        "kept": {"value": "v", "persistent": True},
        "gone": None,
        "blank": "",
        "email": "reserved@example.com",
        "nested": {"x": {"value": 1, "persistent": False}},
    }
    tracked = api.track(EMAIL, "bought", data=data)
    assert newest(api)["data"] == {**data, "once": [1, {"a": None}], "kept": "v"}
    contact = api.get(f"/contacts/{tracked['contact']}").json
    assert contact["data"] == {"old": 1, "plan": "pro", "kept": "v", "nested": data["nested"]}


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": {}}])
def test_an_event_without_data_has_an_empty_object(api: Api, data: dict) -> None:
    api.track(EMAIL, "seen", **data)
    assert newest(api)["data"] == {}


def test_the_same_event_twice_is_two_events(api: Api) -> None:
    ids = {api.track(EMAIL, "seen")["event"] for _ in range(3)}
    assert len(ids) == 3
    assert len(api.get("/events").json["events"]) == 3


RESERVED = ["email.open", "email.", "email.opened.twice", "contact.subscribed", "contact.unsubscribed"]
RESERVED += [
    "segment.vip.entry",
    "segment.vip.exit",
    "segment..entry",
    "segment.a.b.exit",
    "segment.a\nb.entry",
]
FREE = ["email", "emails.open", "contact.created", "contact.subscribed.twice", "segment.entry", "segment.vip"]
FREE += [
    "segment.vip.entry.x",
    "my.email.open",
    "x" * 255,
    "ü 😀",
    "a/b",
    "%",
    "names",
    "a.b.c",
    " ",
    "Email.open",
]


@pytest.mark.parametrize("name", RESERVED)
def test_a_reserved_name_is_422(api: Api, public_api: Api, name: str) -> None:
    for one in (api, public_api):
        response = one.post("/v1/track", {"email": EMAIL, "event": name})
        error_of(response, 422, "VALIDATION_ERROR")
        assert problems(response) == {"event": "reserved_event"}
    assert api.get("/contacts").json["total"] == 0, "nothing half-written"


@pytest.mark.parametrize("name", ["contact.created", "contact.updated", "contact.deleted"])
def test_a_web_page_cannot_pretend_that_a_contact_is_gone(api: Api, public_api: Api, name: str) -> None:
    response = public_api.post("/v1/track", {"email": EMAIL, "event": name, "timestamp": "2026-01-01"})
    assert problems(response) == {"event": "reserved_event", "timestamp": "not_allowed"}
    assert api.get("/contacts").json["total"] == 0


@pytest.mark.parametrize("name", [name for name in FREE if name.strip()])
def test_any_other_name_is_taken_as_it_is(api: Api, name: str) -> None:
    api.track(EMAIL, name)
    assert newest(api)["name"] == name
    assert api.get("/events/names").json == {"eventNames": [name]}


@pytest.mark.parametrize("name", ["", " ", "\n\t", "x" * 256, None, 5, [], {}, True])
def test_a_name_is_1_to_255_characters(api: Api, name: Any) -> None:
    response = api.post("/v1/track", {"email": EMAIL, "event": name})
    error_of(response, 422, "VALIDATION_ERROR")
    assert set(problems(response)) == {"event"}


def test_an_event_counts_at_the_time_it_happened(api: Api) -> None:
    at = datetime.now(UTC) - timedelta(days=400)
    tracked = api.track(EMAIL, "bought", timestamp=iso(at))
    assert tracked["timestamp"] == iso(at) == newest(api)["createdAt"]
    rule = {"field": "event.bought", "operator": "triggeredWithin", "value": 30, "unit": "days"}
    assert api.members(api.segment("Lately", rule)) == set()
    assert api.members(api.segment("Long ago", {**rule, "operator": "triggeredOlderThan", "value": 399})) == {
        EMAIL
    }
    assert api.members(api.segment("Ever", {"field": "event.bought", "operator": "triggered"})) == {EMAIL}


def test_history_may_come_in_any_order(api: Api) -> None:
    for days in (10, 300, 1, 90):
        api.track(EMAIL, "bought", timestamp=iso(datetime.now(UTC) - timedelta(days=days)))
    events = api.get("/events", eventName="bought").json["events"]
    assert [event["createdAt"] for event in events] == sorted((e["createdAt"] for e in events), reverse=True)
    contact = api.get(f"/contacts/by-email/{EMAIL}").json["id"]
    assert api.get(f"/events/contact/{contact}").json["events"] == events
    assert api.get("/events").json["events"] == events
    rule = {"field": "event.bought", "operator": "triggeredWithin", "value": 2, "unit": "days"}
    assert api.members(api.segment("Lately", rule)) == {EMAIL}
    count = {"field": "event.bought", "operator": "triggeredCount", "value": 2, "window": 30, "unit": "days"}
    assert api.members(api.segment("Twice in a month", {**count, "comparison": "exactly"})) == {EMAIL}


SPELLINGS = [
    ("2025-01-02", "2025-01-02T00:00:00.000Z"),
    ("2025-01-02T03:04:05Z", "2025-01-02T03:04:05.000Z"),
    ("2025-01-02T03:04:05.678999Z", "2025-01-02T03:04:05.678Z"),
    ("2025-01-02T03:04:05+02:00", "2025-01-02T01:04:05.000Z"),
    ("2025-01-02T03:04", "2025-01-02T03:04:00.000Z"),
    ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000Z"),
    ("0001-01-01", "0001-01-01T00:00:00.000Z"),
]


@pytest.mark.parametrize(("written", "stored"), SPELLINGS)
def test_a_timestamp_is_a_moment_in_utc_with_milliseconds(api: Api, written: str, stored: str) -> None:
    assert api.track(EMAIL, "e", timestamp=written)["timestamp"] == stored
    assert newest(api)["createdAt"] == stored


@pytest.mark.parametrize("seconds", [1, 60, 290])
def test_a_clock_that_goes_ahead_a_little_is_set_right(api: Api, seconds: int) -> None:
    ahead = datetime.now(UTC) + timedelta(seconds=seconds)
    stored = datetime.fromisoformat(api.track(EMAIL, "e", timestamp=iso(ahead))["timestamp"])
    assert abs((datetime.now(UTC) - stored).total_seconds()) < 5
    api.track(EMAIL, "later")
    assert [event["name"] for event in api.get("/events").json["events"]] == ["later", "e"]


@pytest.mark.parametrize(
    "ahead", [timedelta(minutes=5, seconds=10), timedelta(days=1), timedelta(days=365_0)]
)
def test_a_timestamp_further_ahead_is_422(api: Api, ahead: timedelta) -> None:
    response = api.post(
        "/v1/track", {"email": EMAIL, "event": "e", "timestamp": iso(datetime.now(UTC) + ahead)}
    )
    error_of(response, 422, "VALIDATION_ERROR")
    assert problems(response) == {"timestamp": "future"}


@pytest.mark.parametrize(
    "odd", ["now", "", "2025-02-30", "1735689600", 1735689600, "9999-12-31", "0000-01-01", [], "12:00"]
)
def test_a_timestamp_that_is_none_is_422(api: Api, odd: Any) -> None:
    response = api.post("/v1/track", {"email": EMAIL, "event": "e", "timestamp": odd})
    error_of(response, 422, "VALIDATION_ERROR")
    assert set(problems(response)) == {"timestamp"}


def test_a_public_key_may_not_send_a_timestamp(api: Api, public_api: Api) -> None:
    body = {"email": EMAIL, "event": "e", "timestamp": iso(datetime.now(UTC))}
    response = public_api.post("/v1/track", body)
    error_of(response, 422, "VALIDATION_ERROR")
    assert problems(response) == {"timestamp": "not_allowed"}
    assert api.get("/contacts").json["total"] == 0


def test_a_public_key_gets_all_problems_at_once_too(public_api: Api) -> None:
    response = public_api.post("/v1/track", {"email": "x", "timestamp": "2025-01-01"})
    error_of(response, 422)
    assert set(problems(response)) == {"email", "event", "timestamp"}


def test_a_public_key_reads_nothing_back_but_ids(api: Api, public_api: Api) -> None:
    api.contact(EMAIL, data={"secret": "s3cret"})
    response = public_api.post("/v1/track", {"email": EMAIL, "event": "seen"})
    assert set(response.json["data"]) == {"contact", "event", "timestamp"}
    assert "s3cret" not in response.text


def test_web_pages_of_any_origin_may_track(app: Flask, public_api: Api) -> None:
    origin = {"Origin": "https://shop.example"}
    response = public_api.call("POST", "/v1/track", json={"email": EMAIL, "event": "seen"}, headers=origin)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert "X-Request-Id" in exposed


@pytest.mark.parametrize("body", [b"{", b'{"email": "x"}'])
def test_web_pages_can_read_errors(public_api: Api, body: bytes) -> None:
    response = public_api.call("POST", "/v1/track", data=body, content_type="application/json")
    assert response.status_code >= 400
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_web_pages_can_read_that_their_key_is_wrong(app: Flask) -> None:
    response = Api(app.test_client(), "pk_wrong").post("/v1/track", {"email": EMAIL, "event": "seen"})
    error_of(response, 401)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_needs_no_key(app: Flask) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    response = Api(app.test_client(), None).call("OPTIONS", "/v1/track", headers=asked)
    assert response.status_code in (200, 204)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    allowed = {name.strip().lower() for name in response.headers["Access-Control-Allow-Headers"].split(",")}
    assert allowed >= {"authorization", "content-type", "idempotency-key"}
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/contacts"), ("POST", "/contacts"), ("OPTIONS", "/contacts"), ("POST", "/v1/track/batch")]
    + [("OPTIONS", "/v1/track/batch"), ("GET", "/nowhere"), ("GET", "/segments"), ("GET", "/healthz")],
)  # fmt: skip
def test_nothing_else_is_open_to_web_pages(api: Api, method: str, path: str) -> None:
    response = api.call(method, path, headers={"Origin": "https://shop.example"})
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
