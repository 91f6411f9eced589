"""Every error has the one shape, an id that can be found again, and its own word."""

from __future__ import annotations

import re
from uuid import UUID

import psycopg
import pytest
import sqlalchemy.exc
from flask import Flask

from plunk.embedded.errors import EmbeddedError
from plunk.errors import PlunkError
from plunk.web.errors import STATUS, codes
from tests.api import Api, problems
from tests.web.envelope import error_of

UNKNOWN = "01890000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "path", ["/", "/contact", "/contacts/x/y", "/v1", "/v1/tracks", "/%00", "/ü", "/events/"]
)
def test_an_unknown_route_is_404(api: Api, path: str) -> None:
    if path == "/events/":
        assert api.get(path).status_code == 200, "a slash at the end changes nothing"
    else:
        error_of(api.get(path), 404, "NOT_FOUND")


def test_an_unknown_route_needs_no_key_to_be_unknown(app: Flask) -> None:
    error_of(Api(app.test_client(), None).get("/nowhere"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/contacts", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("DELETE", "/contacts", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", f"/contacts/{UNKNOWN}", {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
        ("GET", "/v1/track", {"POST", "OPTIONS"}),
        ("GET", "/v1/track/batch", {"POST", "OPTIONS"}),
        ("PATCH", "/segments", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("POST", f"/jobs/{UNKNOWN}", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_of_a_known_route_is_405_and_says_which_are_allowed(
    api: Api, method: str, path: str, allowed: set[str]
) -> None:
    response = api.call(method, path)
    error_of(response, 405, "METHOD_NOT_ALLOWED")
    assert set(re.split(r",\s*", response.headers["Allow"])) == allowed


def test_an_unheard_of_method_is_405(api: Api) -> None:
    error_of(api.call("BREW", "/contacts"), 405)


def test_every_answer_has_an_id(api: Api) -> None:
    answers = [api.get("/contacts"), api.get("/healthz"), api.get("/nowhere"), api.get("/docs")]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 4
    assert all(UUID(each).version == 7 for each in ids)


def test_an_id_that_the_client_chose_is_kept(api: Api) -> None:
    response = api.call("GET", "/nowhere", headers={"X-Request-Id": "order-17.a:b_c"})
    assert error_of(response, 404)["requestId"] == "order-17.a:b_c"


@pytest.mark.parametrize("odd", ["", " ", "a b", "a" * 65, "ü", "<script>", "a;b"])
def test_an_id_that_could_do_harm_in_a_log_is_replaced(api: Api, odd: str) -> None:
    response = api.call("GET", "/contacts", headers={"X-Request-Id": odd})
    assert UUID(response.headers["X-Request-Id"]).version == 7


def test_a_fault_of_ours_is_500_and_tells_nothing(
    app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setitem(app.view_functions, "contacts.list_contacts", fail)
    response = api.get("/contacts")
    error_of(response, 500, "INTERNAL_SERVER_ERROR")
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("state", "status"),
    [("22P02", 422), ("22021", 422), ("23505", 422), ("40P01", 503), ("40001", 503), ("53300", 503)]
    + [("55P03", 503), ("57014", 503), ("57P01", 503), ("08006", 503), (None, 503), ("42P01", 500)],
)
def test_what_the_database_says_is_sorted_by_its_kind(
    app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch, state: str | None, status: int
) -> None:
    said = psycopg.OperationalError("so it is")
    said.sqlstate = state

    def fail(**_: object) -> None:
        raise sqlalchemy.exc.DBAPIError("SELECT", {}, said)

    monkeypatch.setitem(app.view_functions, "contacts.list_contacts", fail)
    response = api.get("/contacts")
    error_of(response, status)
    assert ("Retry-After" in response.headers) == (status == 503)
    if status == 503:
        assert int(response.headers["Retry-After"]) >= 1


def test_the_list_of_codes_is_closed_and_documented(api: Api) -> None:
    manual = api.get("/docs").text
    assert all(code in manual for code in codes())
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) for code in codes())


def test_every_error_that_can_be_raised_has_a_status_and_a_place_in_the_list() -> None:
    pending = PlunkError.__subclasses__()
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if kind.__module__ == EmbeddedError.__module__:
            continue  # Commands say these; no request meets them.
        assert any(base in STATUS for base in kind.__mro__), kind
        assert (kind.code in codes()) == kind.in_api or kind.__subclasses__(), kind


def test_all_problems_are_named_at_once_with_their_paths(api: Api) -> None:
    body = {
        "email": "no address",
        "subscribed": "yes",
        "data": {"locale": "klingon", "a": {"value": 1, "persistent": 0}},
    }
    response = api.post("/contacts", body)
    error_of(response, 400, "VALIDATION_ERROR")
    assert problems(response) == {
        "email": "email",
        "subscribed": "type",
        "data.locale": "locale",
        "data.a.persistent": "type",
    }


def test_all_problems_of_a_track_are_named_at_once(api: Api) -> None:
    response = api.post("/v1/track", {"event": "email.open", "timestamp": "yesterday", "data": []})
    error_of(response, 422, "VALIDATION_ERROR")
    assert problems(response) == {
        "email": "required",
        "event": "reserved_event",
        "timestamp": "type",
        "data": "type",
    }


def test_items_of_a_list_are_named_by_their_place(api: Api) -> None:
    response = api.post("/contacts/lookup", {"emails": ["a@example.com", 5, None, "b@example.com", {}]})
    error_of(response, 422)
    assert set(problems(response)) == {"emails[1]", "emails[2]", "emails[4]"}


def test_a_missing_field_makes_a_new_contact_or_segment_malformed(api: Api) -> None:
    for path in ("/contacts", "/segments"):
        response = api.post(path, {})
        error_of(response, 400, "VALIDATION_ERROR")
        assert "required" in problems(response).values()


def test_malformed_wins_over_invalid(api: Api) -> None:
    response = api.post("/contacts", {"subscribed": 5})
    error_of(response, 400)
    assert problems(response) == {"email": "required", "subscribed": "type"}


@pytest.mark.parametrize("path", ["/v1/track", "/contacts/lookup", "/v1/track/batch"])
def test_a_missing_field_elsewhere_is_merely_invalid(api: Api, path: str) -> None:
    error_of(api.post(path, {}), 422, "VALIDATION_ERROR")
