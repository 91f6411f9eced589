"""Ids in paths, and limits, cursors and pages in query strings: what is odd is refused, never a fault of ours."""

from __future__ import annotations

import base64
import json

import pytest

from tests.api import Api, problems
from tests.web.envelope import error_of

UNKNOWN = "01890000-0000-7000-8000-000000000000"
BAD_IDS = [
    "1",
    "x",
    "null",
    UNKNOWN[:-1],
    UNKNOWN + "0",
    UNKNOWN.replace("-", ""),
    "{" + UNKNOWN + "}",
    "%00",
    "%ff",
]
BAD_IDS += [
    "'; DROP TABLE contacts; --",
    "🙂",
    "a" * 5000,
    f"{UNKNOWN}%00",
    f"%20{UNKNOWN}",
    "٠" * 8 + UNKNOWN[8:],
]
BY_ID = [
    ("GET", "/contacts/{}", "CONTACT_NOT_FOUND"),
    ("PATCH", "/contacts/{}", "CONTACT_NOT_FOUND"),
    ("DELETE", "/contacts/{}", "CONTACT_NOT_FOUND"),
    ("GET", "/events/contact/{}", "CONTACT_NOT_FOUND"),
    ("GET", "/jobs/{}", "JOB_NOT_FOUND"),
    ("GET", "/segments/{}", "SEGMENT_NOT_FOUND"),
    ("PATCH", "/segments/{}", "SEGMENT_NOT_FOUND"),
    ("DELETE", "/segments/{}", "SEGMENT_NOT_FOUND"),
    ("GET", "/segments/{}/contacts", "SEGMENT_NOT_FOUND"),
    ("POST", "/segments/{}/refresh", "SEGMENT_NOT_FOUND"),
    ("GET", "/webhooks/{}", "WEBHOOK_NOT_FOUND"),
    ("PATCH", "/webhooks/{}", "WEBHOOK_NOT_FOUND"),
    ("DELETE", "/webhooks/{}", "WEBHOOK_NOT_FOUND"),
    ("POST", "/webhooks/{}/rotate", "WEBHOOK_NOT_FOUND"),
    ("POST", "/webhooks/{}/test", "WEBHOOK_NOT_FOUND"),
    ("GET", "/webhooks/{}/deliveries", "WEBHOOK_NOT_FOUND"),
]
LISTS = ["/contacts", "/events", "/segments/{segment}/contacts?cursor=", "/events/contact/{contact}"]
LISTS += ["/contacts/fields/email/values", "/webhooks"]


@pytest.mark.parametrize(("method", "path", "code"), BY_ID)
def test_a_malformed_id_is_as_unknown_as_an_unknown_one(api: Api, method: str, path: str, code: str) -> None:
    body = {"json": {}} if method == "PATCH" else {}
    error_of(api.call(method, path.format(UNKNOWN), **body), 404, code)
    for bad in BAD_IDS:
        error = error_of(api.call(method, path.format(bad), **body), 404)
        assert error["code"] in (code, "NOT_FOUND"), bad


def test_an_id_in_capitals_is_the_same_id(api: Api) -> None:
    contact_id = api.contact("caps@example.com")["id"]
    assert api.get(f"/contacts/{contact_id.upper()}").json["id"] == contact_id


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["x", "", "1.5", "1e3", "null", "true", "٣", "0x10", "1 2", "NaN", "--1"])
def test_a_limit_that_is_no_number_is_422(api: Api, path: str, limit: str) -> None:
    response = listed(api, path, limit)
    error_of(response, 422, "VALIDATION_ERROR")
    assert problems(response) == {"limit": "type"}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", ["0", "-1", "1", "100", "101", "999999999", "9" * 400, "-" + "9" * 400])
def test_a_limit_beyond_the_bounds_is_pulled_into_them(api: Api, path: str, limit: str) -> None:
    assert listed(api, path, limit).status_code == 200


def test_the_bounds_are_1_and_100(api: Api) -> None:
    items = [{"email": f"n{n}@example.com", "event": "e"} for n in range(101)]
    assert api.post("/v1/track/batch", {"events": items}).status_code == 200
    for path, rows in (("/contacts", "data"), ("/events", "events")):
        assert len(api.get(path).json[rows]) == 20
        assert len(api.get(path, limit=0).json[rows]) == 1
        assert len(api.get(path, limit=-5).json[rows]) == 1
        assert len(api.get(path, limit=1000).json[rows]) == 100


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "1.5", "-" + "9" * 400])
def test_a_page_before_the_first_is_422(api: Api, page: str) -> None:
    response = api.get(f"/segments/{segment(api)}/contacts", page=page)
    error_of(response, 422)
    assert set(problems(response)) == {"page"}


@pytest.mark.parametrize("page", ["2", "999999999", "9" * 30])
def test_a_page_behind_the_last_is_empty(api: Api, page: str) -> None:
    answer = api.get(f"/segments/{segment(api)}/contacts", page=page, pageSize=1000)
    assert answer.json["data"] == []
    assert answer.json["pageSize"] == 100


def test_page_sizes_are_clamped_and_must_be_numbers(api: Api) -> None:
    path = f"/segments/{segment(api)}/contacts"
    assert api.get(path, pageSize=0).json["pageSize"] == 1
    assert api.get(path).json["pageSize"] == 20
    error_of(api.get(path, pageSize="many"), 422)


def odd_cursors() -> list[str]:
    def packed(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    odd: list[object] = [None, 5, [], {}, [1, 2, 3], ["contacts", "x", UNKNOWN], {"a": 1, "b": 2, "c": 3}]
    odd += [
        ["contacts", "2026-01-01T00:00:00", UNKNOWN],
        ["contacts", "2026-01-01T00:00:00+00:00", "x"],
        "abc",
    ]
    return [
        "x",
        "%00",
        "🙂",
        "a" * 3000,
        "====",
        "null",
        "bm9wZQ",
        "_-_-",
        packed(None) * 50,
        *map(packed, odd),
    ]


@pytest.mark.parametrize("cursor", odd_cursors())
def test_a_cursor_that_no_list_hands_out_is_422(api: Api, cursor: str) -> None:
    lists = [
        "/contacts",
        "/events",
        "/contacts?sort=email",
        f"/segments/{segment(api)}/contacts",
        "/webhooks",
    ]
    for path in lists:
        join = "&" if "?" in path else "?"
        response = api.get(f"{path}{join}cursor={cursor}")
        error_of(response, 422, "VALIDATION_ERROR")
        assert problems(response) == {"cursor": "invalid_cursor"}, path


def test_the_cursor_of_another_list_is_422(api: Api, other_api: Api) -> None:
    for one in (api, other_api):
        for n in range(3):
            one.track(f"c{n}@example.com", "e")
    contact = api.contact("c1@example.com")["id"]
    api.track("c1@example.com", "e")
    rule = {"field": "email", "operator": "contains", "value": "c"}
    first, second = (api.segment(name, rule)["id"] for name in ("One", "Two"))
    lists = ["/contacts?", "/contacts?sort=email&", "/contacts?dir=asc&", "/contacts?sort=email&dir=asc&"]
    lists += ["/events?", "/events?eventName=e&", f"/events/contact/{contact}?"]
    lists += [f"/segments/{first}/contacts?", f"/segments/{second}/contacts?"]
    cursors = {}
    for path in lists:
        begin = "&cursor=" if "segments" in path else ""
        cursors[path] = api.get(f"{path}limit=1{begin}").json["cursor"]
        assert cursors[path], path
    for path in lists:
        for other, cursor in cursors.items():
            response = api.get(f"{path}limit=1&cursor={cursor}")
            assert response.status_code == (200 if path == other else 422), (path, other)
    for path in lists[:6]:
        foreign = other_api.get(f"{path}limit=1").json["cursor"]
        error_of(api.get(f"{path}limit=1&cursor={foreign}"), 422)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/contacts?search=%00", "search"),
        ("/contacts?search=a%00b&limit=x", "search"),
        ("/contacts?cursor=%00", "cursor"),
        ("/contacts?sort=%00", "sort"),
        ("/contacts?sort=updatedAt", "sort"),
        ("/contacts?dir=up", "dir"),
        ("/contacts?subscribed=yes", "subscribed"),
        ("/contacts?subscribed=", "subscribed"),
        ("/events?eventName=a%00", "eventName"),
        ("/events/stats?startDate=yesterday", "startDate"),
        ("/events/stats?endDate=2026-02-30", "endDate"),
        ("/events/stats?startDate=%00", "startDate"),
    ],
)
def test_an_odd_value_in_a_query_string_is_422_at_its_name(api: Api, path: str, field: str) -> None:
    response = api.get(path)
    error_of(response, 422, "VALIDATION_ERROR")
    assert field in problems(response)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/contacts/by-email/%00"),
        ("GET", "/contacts/by-email/a%00@example.com"),
        ("GET", "/contacts/fields/%00/values"),
        ("GET", "/contacts/fields/a%00b/usage"),
        ("DELETE", "/contacts/fields/data.a%00b"),
        ("GET", "/events/%00/usage"),
        ("DELETE", "/events/a%00b"),
    ],
)
def test_a_name_that_cannot_be_stored_is_unknown(api: Api, method: str, path: str) -> None:
    error_of(api.call(method, path), 404)


@pytest.mark.parametrize(
    "path", ["/contacts?search=%ff%fe", "/contacts?search=%ed%a0%80", "/events?eventName=%ff"]
)
def test_bytes_that_are_no_text_find_nothing(api: Api, path: str) -> None:
    assert api.get(path).status_code == 200


def listed(api: Api, path: str, limit: str):
    path = path.format(segment=segment(api), contact="{contact}") if "{segment}" in path else path
    if "{contact}" in path:
        path = path.format(contact=api.contact("l@example.com")["id"])
    join = "&" if "?" in path else "?"
    return api.get(f"{path}{join}limit={limit}")


def segment(api: Api) -> str:
    made = api.post("/segments", {"name": "By hand", "type": "STATIC"})
    return made.json["id"]
