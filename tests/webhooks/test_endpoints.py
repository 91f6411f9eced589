"""Webhooks over HTTP: making, changing, rotating, deleting them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from plunk.accounts.service import get_project
from plunk.config import Settings
from plunk.db.base import db
from plunk.webhooks.models import WebhookEndpoint
from tests.api import Api, problems
from tests.conftest import TestProject
from tests.live import at_once, own_app
from tests.web.envelope import TIME, error_of

UNKNOWN = "01890000-0000-7000-8000-000000000000"
GOOD = {"url": "https://example.com/hook", "events": ["segment.*", "contact.unsubscribed"]}


def made(api: Api, **fields: Any) -> dict[str, Any]:
    response = api.post("/webhooks", {**GOOD, **fields})
    assert response.status_code == 201, response.json
    return response.json


def test_a_webhook_comes_back_as_it_was_made_with_its_secret_once(api: Api, project: TestProject) -> None:
    hook = made(api, description="CRM", nonsense=1)
    secret = hook.pop("secret")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) >= 24
    assert hook.pop("previousSecretUntil") is None
    assert TIME.fullmatch(hook["createdAt"])
    assert hook == {
        "id": hook["id"],
        "projectId": str(project.id),
        **GOOD,
        "enabled": True,
        "description": "CRM",
        "failingSince": None,
        "disabledAt": None,
        "disabledReason": None,
        "createdAt": hook["createdAt"],
        "updatedAt": hook["createdAt"],
    }
    assert api.get(f"/webhooks/{hook['id']}").json == hook
    assert api.get("/webhooks").json == {"data": [hook], "cursor": None, "hasMore": False, "total": 1}


def test_the_list_is_newest_first_and_goes_by_pages(api: Api) -> None:
    ids = [made(api)["id"] for _ in range(5)]
    first = api.get("/webhooks", limit=3).json
    assert [hook["id"] for hook in first["data"]] == ids[:1:-1]
    assert (first["hasMore"], first["total"]) == (True, 5)
    second = api.get("/webhooks", limit=3, cursor=first["cursor"]).json
    assert [hook["id"] for hook in second["data"]] == ids[1::-1]
    assert (second["hasMore"], second["cursor"], second["total"]) == (False, None, 0)


def test_each_thing_can_be_changed_alone(api: Api) -> None:
    hook = made(api)
    path = f"/webhooks/{hook['id']}"
    for change in (
        {"url": "http://example.com:8080/other?x=1"},
        {"events": ["*"]},
        {"enabled": False},
        {"description": "so"},
        {"description": None},
    ):
        before = api.get(path).json
        after = api.patch(path, change).json
        assert api.get(path).json == after
        moving = dict.fromkeys(("updatedAt", "disabledAt"), None)
        assert {**after, **moving} == {**before, **change, **moving}
        assert after["updatedAt"] > hook["createdAt"]
    assert after["disabledAt"] is not None
    assert after["disabledReason"] is None
    enabled = api.patch(path, {"enabled": True}).json
    assert (enabled["enabled"], enabled["disabledAt"]) == (True, None)


def test_a_change_to_what_it_is_changes_nothing(api: Api) -> None:
    hook = made(api)
    assert api.patch(f"/webhooks/{hook['id']}", GOOD).json["updatedAt"] == hook["updatedAt"]


def test_a_deleted_webhook_is_gone(api: Api) -> None:
    path = f"/webhooks/{made(api)['id']}"
    assert api.delete(path).status_code == 204
    for method in ("GET", "DELETE"):
        error_of(api.call(method, path), 404, "WEBHOOK_NOT_FOUND")
    assert api.get("/webhooks").json["total"] == 0


BAD = [
    ({}, {"url": "required", "events": "required"}),
    ({"url": None, "events": None}, {"url": "null", "events": "null"}),
    ({"url": 5, "events": "segment.*"}, {"url": "type", "events": "type"}),
    ({"url": " ", "events": []}, {"url": "required", "events": "too_short"}),
    ({**GOOD, "events": ["a", 5, "", " ", "x" * 256]}, {
        "events[1]": "type", "events[2]": "required", "events[3]": "required", "events[4]": "too_long",
    }),
    ({**GOOD, "events": ["a"] * 101}, {"events": "too_long"}),
    ({**GOOD, "events": [None]}, {"events[0]": "null"}),
    ({**GOOD, "enabled": "true"}, {"enabled": "type"}),
    ({**GOOD, "enabled": None}, {"enabled": "null"}),
    ({**GOOD, "description": 5}, {"description": "type"}),
    ({**GOOD, "description": "x" * 501}, {"description": "too_long"}),
    ({**GOOD, "url": "example.com/hook"}, {"url": "url"}),
    ({**GOOD, "url": "ftp://example.com/"}, {"url": "url"}),
    ({**GOOD, "url": "javascript:alert(1)"}, {"url": "url"}),
    ({**GOOD, "url": "https://user:pass@example.com/"}, {"url": "url"}),
    ({**GOOD, "url": "https://example.com:22/"}, {"url": "url"}),
    ({**GOOD, "url": "https://example.com/" + "x" * 2048}, {"url": "url"}),
    ({**GOOD, "url": "http://10.0.0.1/"}, {"url": "url"}),
    ({**GOOD, "url": "http://169.254.169.254/latest/meta-data"}, {"url": "url"}),
    ({**GOOD, "url": "http://[::1]/"}, {"url": "url"}),
    ({"url": "http://10.0.0.1/", "events": [5], "enabled": 1}, {
        "url": "url", "events[0]": "type", "enabled": "type",
    }),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), BAD, ids=[str(each)[:60] for each, _ in BAD])
def test_every_fault_of_a_body_is_named(api: Api, body: dict[str, Any], expected: dict[str, str]) -> None:
    response = api.post("/webhooks", body)
    error_of(response, 422, "VALIDATION_ERROR")
    assert problems(response) == expected
    if body and None not in body.values():
        hook = made(api)
        assert problems(api.patch(f"/webhooks/{hook['id']}", body)) == expected


def test_a_refused_address_says_why(settings: Settings, project: TestProject) -> None:
    with own_app(settings, outbound_allow=()) as app:
        api = Api(app.test_client(), project.secret_key)
        response = api.post("/webhooks", {**GOOD, "url": "http://127.0.0.1:8080/"})
        (problem,) = error_of(response, 422)["errors"]
    assert "not a public address" in problem["message"]
    assert "PLUNK_OUTBOUND_ALLOW" in problem["message"]


def test_a_name_is_taken_whatever_it_resolves_to(api: Api) -> None:
    """It is looked at when the socket opens: it may mean something else by then."""
    made(api, url="https://no-such-host.invalid/hook")


def test_a_project_has_a_hundred_webhooks_and_no_more_however_many_ask(
    settings: Settings, project: TestProject
) -> None:
    with own_app(settings, max_webhooks=3) as app:

        def create() -> int:
            return Api(app.test_client(), project.secret_key).post("/webhooks", GOOD).status_code

        assert sorted(at_once([create] * 6)) == [201] * 3 + [422] * 3
        api = Api(app.test_client(), project.secret_key)
        assert problems(api.post("/webhooks", GOOD)) == {"webhooks": "too_many"}
        assert api.get("/webhooks").json["total"] == 3


def test_a_rotation_hands_out_a_new_secret_and_says_how_long_the_old_one_signs(api: Api) -> None:
    hook = made(api)
    rotated = api.post(f"/webhooks/{hook['id']}/rotate")
    assert rotated.status_code == 200
    assert rotated.json["secret"] != hook["secret"]
    assert TIME.fullmatch(rotated.json["previousSecretUntil"])
    assert "secret" not in api.get(f"/webhooks/{hook['id']}").json
    at_once_over = api.call("POST", f"/webhooks/{hook['id']}/rotate", query_string={"overlapHours": 0})
    assert at_once_over.json["previousSecretUntil"] is None


@pytest.mark.parametrize("hours", ["-1", "169", "1.5", "day", ""])
def test_an_overlap_is_0_to_168_hours(api: Api, hours: str) -> None:
    hook = made(api)
    response = api.call("POST", f"/webhooks/{hook['id']}/rotate", query_string={"overlapHours": hours})
    error_of(response, 422)
    assert list(problems(response)) == ["overlapHours"]


def test_two_rotations_at_once_leave_two_secrets_that_sign(
    app: Flask, project: TestProject, api: Api
) -> None:
    from plunk.signing.seals import unseal

    hook = made(api)

    def rotate() -> str:
        return (
            Api(app.test_client(), project.secret_key).post(f"/webhooks/{hook['id']}/rotate").json["secret"]
        )

    handed_out = set(at_once([rotate] * 2))
    with app.app_context():
        row = db.session.scalars(
            select(WebhookEndpoint).filter_by(url=GOOD["url"], project_id=project.id)
        ).one()
        assert {unseal(row.secret), unseal(row.previous_secret or "")} == handed_out


def test_no_secret_is_stored_as_it_is(app: Flask, api: Api, project: TestProject) -> None:
    hook = made(api)
    with app.app_context():
        row = db.session.scalars(select(WebhookEndpoint).filter_by(project_id=project.id)).one()
        assert hook["secret"].removeprefix("whsec_") not in row.secret


@pytest.mark.parametrize(
    "edit",
    [
        lambda api, path: api.patch(path, {"events": ["*"]}),
        lambda api, path: api.patch(path, {"enabled": False}),
        lambda api, path: api.post(f"{path}/rotate"),
        lambda api, path: api.delete(path),
        lambda api, path: made(api),
    ],
)
def test_every_edit_is_noticed_by_who_remembers_listeners(
    app: Flask, api: Api, project: TestProject, edit: Any
) -> None:
    path = f"/webhooks/{made(api)['id']}"

    def version() -> int:
        with app.app_context():
            return get_project(project.id).rules_version

    before = version()
    edit(api, path)
    assert version() > before


FOREIGN = [
    ("GET", "", None),
    ("PATCH", "", {"enabled": False}),
    ("DELETE", "", None),
    ("POST", "/rotate", None),
    ("POST", "/test", None),
    ("GET", "/deliveries", None),
    ("POST", "/replay", {"since": "2026-01-01"}),
    ("POST", f"/deliveries/{UNKNOWN}/replay", None),
]


@pytest.mark.parametrize(("method", "path", "body"), FOREIGN)
def test_another_projects_webhook_is_as_unknown_as_one_that_never_was(
    api: Api, other_api: Api, method: str, path: str, body: Any
) -> None:
    theirs = made(other_api)
    options = {} if body is None else {"json": body}
    for webhook_id in (theirs["id"], UNKNOWN, "nonsense"):
        error_of(api.call(method, f"/webhooks/{webhook_id}{path}", **options), 404, "WEBHOOK_NOT_FOUND")
    assert other_api.get(f"/webhooks/{theirs['id']}").json["updatedAt"] == theirs["updatedAt"]
    assert api.get("/webhooks").json["data"] == []


def test_a_public_key_opens_nothing_here(public_api: Api) -> None:
    error_of(public_api.get("/webhooks"), 401, "WRONG_KEY_KIND")
    error_of(public_api.post("/webhooks", GOOD), 401, "WRONG_KEY_KIND")
