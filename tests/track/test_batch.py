"""`POST /v1/track/batch`: bad items are named, the rest is committed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plunk.clock import iso
from tests.api import Api, problems
from tests.web.envelope import error_of

GOOD = {"email": "good@example.com", "event": "e"}


def send(api: Api, *items: Any) -> list[dict[str, Any]]:
    response = api.post("/v1/track/batch", {"events": list(items)})
    assert response.status_code == 200, response.json
    assert set(response.json) == {"success", "data"}
    assert response.json["success"] is True
    return response.json["data"]["results"]


def test_answers_come_in_the_order_of_the_items(api: Api) -> None:
    emails = [f"{letter}@example.com" for letter in "zqamxbzqa"]
    results = send(api, *({"email": email, "event": f"e{n}"} for n, email in enumerate(emails)))
    events = {event["id"]: event for event in api.get("/events").json["events"]}
    contacts = {contact["id"]: contact["email"] for contact in api.get("/contacts").json["data"]}
    assert [set(result) for result in results] == [{"contact", "event", "timestamp"}] * 9
    assert [contacts[result["contact"]] for result in results] == emails
    assert [events[result["event"]]["name"] for result in results] == [f"e{n}" for n in range(9)]
    assert [events[result["event"]]["createdAt"] for result in results] == [r["timestamp"] for r in results]


def test_items_of_one_contact_are_written_in_their_order(api: Api) -> None:
    send(api, *({**GOOD, "data": {"n": n, f"k{n}": n}} for n in range(5)))
    contact = api.get("/contacts/by-email/good@example.com").json
    assert contact["data"] == {"n": 4, **{f"k{n}": n for n in range(5)}}


BAD = [
    ({"event": "e"}, {"email": "required"}),
    ({"email": "x", "event": "e"}, {"email": "email"}),
    ({**GOOD, "event": ""}, {"event": "required"}),
    ({**GOOD, "event": "email.open"}, {"event": "reserved_event"}),
    ({**GOOD, "event": "x" * 256}, {"event": "too_long"}),
    ({**GOOD, "data": []}, {"data": "type"}),
    ({**GOOD, "data": {"locale": "xx"}}, {"data.locale": "locale"}),
    ({**GOOD, "data": {f"k{n}": n for n in range(201)}}, {"data": "too_many_keys"}),
    ({**GOOD, "data": {"a": "x" * 70_000}}, {"data": "too_large"}),
    ({**GOOD, "subscribed": "no"}, {"subscribed": "type"}),
    ({**GOOD, "timestamp": "yesterday"}, {"timestamp": "type"}),
    ({**GOOD, "timestamp": "2999-01-01"}, {"timestamp": "future"}),
    (
        {"email": "x", "event": "email.x", "data": 5},
        {"email": "email", "event": "reserved_event", "data": "type"},
    ),
    ({}, {"email": "required", "event": "required"}),
]


def test_bad_items_are_named_and_the_rest_is_committed(api: Api) -> None:
    items = [item for bad, _ in BAD for item in (bad, GOOD)]
    results = send(api, *items)
    assert len(results) == len(items)
    for (_, expected), result in zip(BAD, results[::2], strict=True):
        assert set(result) == {"error"}
        assert result["error"]["code"] == "VALIDATION_ERROR"
        assert result["error"]["message"]
        assert {problem["field"]: problem["code"] for problem in result["error"]["errors"]} == expected
    assert all(set(result) == {"contact", "event", "timestamp"} for result in results[1::2])
    assert len(api.get("/events").json["events"]) == len(BAD)
    assert api.get("/contacts").json["total"] == 1


@pytest.mark.parametrize("odd", [None, 5, "text", True, [], [GOOD]])
def test_an_item_that_is_no_object_is_a_bad_item(api: Api, odd: Any) -> None:
    results = send(api, odd, GOOD)
    assert set(results[0]) == {"error"}
    assert results[0]["error"]["errors"]
    assert "event" in results[1]


def test_a_batch_of_bad_items_only_writes_nothing(api: Api) -> None:
    results = send(api, *(bad for bad, _ in BAD))
    assert all(set(result) == {"error"} for result in results)
    assert api.get("/contacts").json["total"] == 0


def test_an_empty_batch_has_no_results(api: Api) -> None:
    assert send(api) == []


def test_a_batch_has_up_to_1000_items(api: Api) -> None:
    items = [{"email": f"{n % 50}@example.com", "event": "e"} for n in range(1001)]
    assert len(send(api, *items[:1000])) == 1000
    error_of(api.post("/v1/track/batch", {"events": items}), 413, "TOO_MANY_ITEMS")
    assert api.get("/events/stats").json == [{"name": "e", "count": 1000}]


@pytest.mark.parametrize("body", [{}, {"events": None}, {"events": {}}, {"events": "x"}])
def test_a_batch_is_a_list(api: Api, body: dict) -> None:
    response = api.post("/v1/track/batch", body)
    error_of(response, 422, "VALIDATION_ERROR")
    assert set(problems(response)) == {"events"}


def keys(first: int, last: int) -> dict[str, int]:
    return {f"k{n}": n for n in range(first, last)}


def test_an_item_beyond_the_merged_limit_is_a_bad_item(api: Api) -> None:
    api.contact("full@example.com", data=keys(0, 200))
    full = {"email": "full@example.com", "event": "e"}
    results = send(api, GOOD, {**full, "data": {"one too many": 1}}, {**full, "data": {"k0": "changed"}})
    assert [set(result) == {"error"} for result in results] == [False, True, False]
    found = {problem["field"]: problem["code"] for problem in results[1]["error"]["errors"]}
    assert found == {"data": "too_many_keys"}
    assert api.get("/contacts/by-email/full@example.com").json["data"] == {**keys(0, 200), "k0": "changed"}
    assert len(api.get("/events").json["events"]) == 2


def test_an_item_is_not_blamed_for_another_that_was_too_much(api: Api) -> None:
    item = {"email": "full@example.com", "event": "e"}
    results = send(
        api,
        {**item, "data": keys(0, 199)},
        {**item, "data": keys(300, 305)},
        {**item, "data": {"fits": 1}},
        {**item, "data": {"fits no more": 1}},
        {**item, "data": {"fits": 2, "k0": None}},
        {**item, "data": {"fits again": 1}},
    )
    assert [set(result) == {"error"} for result in results] == [False, True, False, True, False, False]
    data = api.get("/contacts/by-email/full@example.com").json["data"]
    assert data == {**keys(1, 199), "fits": 2, "fits again": 1}


def test_each_bad_item_is_told_its_own_problems(api: Api) -> None:
    api.contact("full@example.com", data=keys(0, 200))
    api.contact("large@example.com", data={"a": "x" * 60_000})
    results = send(
        api,
        {"email": "full@example.com", "event": "e", "data": {"more": 1}},
        {"email": "large@example.com", "event": "e", "data": {"b": "x" * 10_000}},
    )
    codes = [[problem["code"] for problem in result["error"]["errors"]] for result in results]
    assert codes == [["too_many_keys"], ["too_large"]]


def test_many_items_beyond_a_limit_do_not_take_for_ever(api: Api) -> None:
    api.contact("full@example.com", data=keys(0, 200))
    items = [{"email": "full@example.com", "event": "e", "data": {f"x{n}": n}} for n in range(300)]
    results = send(api, *items, GOOD)
    assert sum(set(result) == {"error"} for result in results) == 300


def test_each_item_may_have_its_own_time(api: Api) -> None:
    at = [datetime.now(UTC) - timedelta(days=days) for days in (3, 1, 2)]
    results = send(
        api, *({**GOOD, "event": f"e{n}", "timestamp": iso(moment)} for n, moment in enumerate(at)), GOOD
    )
    assert [result["timestamp"] for result in results[:3]] == [iso(moment) for moment in at]
    assert [event["name"] for event in api.get("/events").json["events"]] == ["e", "e1", "e2", "e0"]


def test_a_body_of_many_megabytes_is_taken(api: Api) -> None:
    items = [{"email": f"{n}@example.com", "event": "e", "data": {"a": {"value": "x" * 60_000, "persistent": False}}}
             for n in range(100)]  # fmt: skip
    assert all("event" in result for result in send(api, *items))
