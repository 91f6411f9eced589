"""Whatever a client sends as a body: a 4xx in the envelope, on every route that takes one."""

from __future__ import annotations

import json

import pytest

from tests.api import Api, problems
from tests.web.bodies import BAD_BODIES, MIB, ROUTES, Route, path_of
from tests.web.envelope import error_of

every_route = pytest.mark.parametrize("route", ROUTES, ids=str)


def send(api: Api, route: Route, body: bytes, kind: str | None = "application/json", path: str | None = None):
    return api.call(route.method, path or path_of(route, api), data=body, content_type=kind)


@every_route
def test_a_body_that_cannot_be_read_is_400(api: Api, route: Route) -> None:
    path = path_of(route, api)
    for name, body in BAD_BODIES.items():
        response = send(api, route, body, path=path)
        assert error_of(response, 400)["code"] == "INVALID_JSON", name


@every_route
def test_a_good_body_is_taken(api: Api, route: Route) -> None:
    assert send(api, route, json.dumps(route.body).encode()).status_code < 300


@every_route
def test_a_body_that_is_not_called_json_is_415(api: Api, route: Route) -> None:
    good, path = json.dumps(route.body).encode(), path_of(route, api)
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"):
        error_of(send(api, route, good, kind, path), 415, "UNSUPPORTED_MEDIA_TYPE")


@every_route
@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/merge-patch+json", "APPLICATION/JSON"]
)
def test_other_spellings_of_json_are_taken(api: Api, route: Route, kind: str) -> None:
    assert send(api, route, json.dumps(route.body).encode(), kind).status_code < 300


@every_route
def test_a_body_beyond_the_limit_is_413(api: Api, route: Route) -> None:
    padding = b'"' + b"a" * route.most + b'"'
    response = send(api, route, b'{"padding": ' + padding + b"}")
    error_of(response, 413, "BODY_TOO_LARGE")


@every_route
def test_32_megabytes_are_413_before_anything_is_parsed(api: Api, route: Route) -> None:
    error_of(send(api, route, b"[" * (32 * MIB)), 413, "BODY_TOO_LARGE")


@every_route
def test_a_body_up_to_the_limit_is_read(api: Api, route: Route) -> None:
    body = json.dumps(route.body).encode()
    assert send(api, route, body + b" " * (route.most - len(body))).status_code < 300


def test_32_levels_are_read(api: Api) -> None:
    value: object = 1
    for _ in range(30):
        value = [value]
    contact = api.contact("deep@example.com", data={"x": value})
    assert contact["data"] == {"x": value}


@pytest.mark.parametrize(
    "value",
    [2**63 - 1, -(2**63) + 1, 1.7e308, -1.7e308, 5e-324, 0.1, 1e-7, 12345678901234567, -0.5, 1e15],
)
def test_a_number_within_the_limits_comes_back_as_it_was(api: Api, value: float) -> None:
    assert api.contact("n@example.com", data={"x": value})["data"] == {"x": value}


@pytest.mark.parametrize(
    "text", ["😀", "\U0010ffff", "\u2028", "\ufeff", "\x01\x7f", "a\u0300", "\ufffe", "\\u0000"]
)
def test_odd_but_good_text_comes_back_as_it_was(api: Api, text: str) -> None:
    contact = api.contact("t@example.com", data={"x": text, f"key {text}": [text]})
    assert contact["data"] == {"x": text, f"key {text}": [text]}


def test_an_escaped_pair_is_one_character(api: Api) -> None:
    body = b'{"email": "pair@example.com", "data": {"x": "\\ud83d\\ude00"}}'
    response = api.call("POST", "/contacts", data=body, content_type="application/json")
    assert response.json["data"] == {"x": "😀"}


WRONG = [None, True, 0, 1.5, "text", [], {}, [None], [[]], {"a": 1}]


@every_route
def test_a_value_of_the_wrong_type_never_is_the_servers_fault(api: Api, route: Route) -> None:
    path = path_of(route, api)
    fields = ["email", "event", "data", "subscribed", "timestamp", "emails", "events", "name", "type"]
    fields += [
        "description",
        "condition",
        "trackMembership",
        "createMissing",
        "url",
        "since",
        "state",
        "enabled",
    ]
    for field in fields:
        for value in WRONG:
            response = api.call(route.method, path, json={**route.body, field: value})
            if response.status_code >= 400:
                assert response.status_code < 500, (field, value)
                error_of(response, response.status_code)


@every_route
def test_a_wrong_type_of_a_known_field_is_refused(api: Api, route: Route) -> None:
    wrong = {
        "email": 5,
        "event": [],
        "data": "x",
        "subscribed": "false",
        "emails": "a@example.com",
        "events": {},
    }
    wrong |= {"name": {}, "condition": [], "description": 7, "url": 5, "since": 5, "filter": 5}
    path = path_of(route, api)
    for field in route.body:
        response = api.call(route.method, path, json={**route.body, field: wrong[field]})
        assert response.status_code in (400, 422), field
        assert any(path.startswith(field) for path in problems(response)), response.json


@pytest.mark.parametrize("value", ["true", "false", 0, 1, [], {}, ""])
def test_only_a_json_boolean_is_a_boolean(api: Api, value: object) -> None:
    response = api.post("/contacts", {"email": "b@example.com", "subscribed": value})
    error_of(response, 422, "VALIDATION_ERROR")
    assert problems(response) == {"subscribed": "type"}


def test_unknown_keys_of_a_body_are_ignored(api: Api) -> None:
    body = {"email": "u@example.com", "nonsense": 1, "id": "x", "projectId": 5, "createdAt": []}
    assert api.post("/contacts", body).status_code == 201
    assert api.post("/v1/track", {**body, "event": "e"}).status_code == 200
    assert api.post("/contacts/lookup", {"emails": ["u@example.com"], "nonsense": 1}).status_code == 200
