"""`Idempotency-Key`: what was done once is not done again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.engine import make_url

from plunk.contacts import upsert
from plunk.db.base import db
from plunk.db.locks import number
from plunk.db.session import transaction
from plunk.idempotency.models import IdempotencyKey
from plunk.idempotency.service import forget_old_keys
from tests.api import Api, problems
from tests.conftest import TestProject
from tests.live import at_once
from tests.web.envelope import TIME, error_of

BODY = {"email": "ada@example.com", "event": "bought"}


def track(api: Api, key: str, body: dict | None = None):
    return api.post("/v1/track", BODY if body is None else body, headers={"Idempotency-Key": key})


def events(api: Api) -> int:
    return len(api.get("/events").json["events"])


def test_the_first_use_runs_and_the_second_is_refused_with_what_is_known(api: Api) -> None:
    assert track(api, "order-1").status_code == 200
    error = error_of(track(api, "order-1"), 409, "IDEMPOTENCY_KEY_REUSED")
    details = error["details"]
    assert set(details) == {"key", "originalRequest", "originalRequestAt", "originalStatusCode"}
    assert (details["key"], details["originalRequest"], details["originalStatusCode"]) == (
        "order-1",
        "POST /v1/track",
        200,
    )
    assert TIME.fullmatch(details["originalRequestAt"])
    age = datetime.now(UTC) - datetime.fromisoformat(details["originalRequestAt"])
    assert abs(age.total_seconds()) < 10
    assert events(api) == 1


def test_another_key_is_another_request(api: Api) -> None:
    assert [track(api, f"order-{n}").status_code for n in range(3)] == [200] * 3
    assert events(api) == 3


def test_a_reused_key_is_refused_whatever_the_body_and_whichever_key_of_the_project(
    api: Api, public_api: Api
) -> None:
    assert track(api, "k").status_code == 200
    error_of(track(public_api, "k", {"email": "b@example.com", "event": "other"}), 409)
    assert api.get("/contacts").json["total"] == 1


def test_while_the_first_is_in_flight_the_second_is_refused_at_once(
    api: Api, project: TestProject, database_url: str
) -> None:
    url = make_url(database_url)
    with psycopg.connect(host=url.query["host"], user=url.username, dbname=url.database) as first:
        lock = number("idempotency", UUID(str(project.id)), "slow")
        first.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        error = error_of(track(api, "slow"), 409, "IDEMPOTENCY_KEY_REUSED")
        assert error["details"] == {
            "key": "slow",
            "originalRequest": None,
            "originalRequestAt": None,
            "originalStatusCode": None,
        }
        first.rollback()
    assert track(api, "slow").status_code == 200, "the first wrote nothing"


def test_a_real_request_in_flight_refuses_the_second(
    app: Flask, api: Api, project: TestProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    catalogue = upsert._catalogue

    def meanwhile(*args: object) -> None:
        monkeypatch.setattr(upsert, "_catalogue", catalogue)
        answers.append(at_once([lambda: track(Api(app.test_client(), project.secret_key), "k")])[0])
        catalogue(*args)

    monkeypatch.setattr(upsert, "_catalogue", meanwhile)
    assert track(api, "k").status_code == 200
    details = error_of(answers[0], 409, "IDEMPOTENCY_KEY_REUSED")["details"]
    assert details == {
        "key": "k",
        **dict.fromkeys(("originalRequest", "originalRequestAt", "originalStatusCode")),
    }
    assert events(api) == 1


@pytest.mark.parametrize("n", [2, 12])
def test_of_many_at_once_exactly_one_runs(app: Flask, api: Api, project: TestProject, n: int) -> None:
    answers = at_once([lambda: track(Api(app.test_client(), project.secret_key), "k").status_code] * n)
    assert sorted(answers) == [200] + [409] * (n - 1)
    assert events(api) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {**BODY, "email": "x"}, {**BODY, "event": "email.open"}, {**BODY, "data": {"locale": "xx"}}]
    + [{**BODY, "data": {f"k{n}": n for n in range(201)}}, {**BODY, "timestamp": "2999-01-01"}],
)  # fmt: skip
def test_a_request_that_is_refused_releases_its_key(api: Api, body: dict) -> None:
    assert track(api, "k", body).status_code in (400, 422)
    assert track(api, "k").status_code == 200
    assert track(api, "k").status_code == 409


def test_a_write_that_is_rolled_back_releases_its_key(api: Api) -> None:
    api.contact(BODY["email"], data={f"k{n}": n for n in range(200)})
    error_of(track(api, "k", {**BODY, "data": {"more": 1}}), 422)
    assert track(api, "k").status_code == 200


def test_a_fault_of_ours_before_the_commit_releases_the_key(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    with monkeypatch.context() as patch:
        patch.setattr(upsert, "_catalogue", fail)
        error_of(track(api, "k"), 500)
    assert api.get("/contacts").json["total"] == 0, "nothing half-written"
    assert track(api, "k").status_code == 200


def test_the_key_of_a_refused_key_holder_is_not_used_up(app: Flask, api: Api) -> None:
    error_of(track(Api(app.test_client(), "sk_" + "a" * 43), "k"), 401)
    assert track(api, "k").status_code == 200


@pytest.mark.parametrize(
    "key", ["a", "x" * 255, "with blanks", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~", "0", "null"]
)
def test_a_key_is_1_to_255_printable_ascii_characters(api: Api, key: str) -> None:
    assert track(api, key).status_code == 200
    assert error_of(track(api, key), 409)["details"]["key"] == key


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\tb", "\x7f", "a\x01"])
def test_any_other_key_is_422(api: Api, key: str) -> None:
    response = track(api, key)
    error_of(response, 422, "VALIDATION_ERROR")
    assert set(problems(response)) == {"Idempotency-Key"}
    assert api.get("/contacts").json["total"] == 0


def test_keys_that_differ_in_case_differ(api: Api) -> None:
    assert track(api, "Key").status_code == track(api, "key").status_code == 200


def test_after_a_day_a_key_is_free_again(api: Api, project: TestProject, context: None) -> None:
    assert track(api, "k").status_code == 200
    age(project, hours=23)
    assert track(api, "k").status_code == 409
    age(project, hours=2)
    assert track(api, "k").status_code == 200
    assert track(api, "k").status_code == 409


def test_old_keys_are_swept_and_young_ones_stay(api: Api, project: TestProject, context: None) -> None:
    track(api, "old")
    age(project, hours=25)
    track(api, "young")
    with transaction():
        assert forget_old_keys() >= 1
    left = db.session.execute(
        text("SELECT key FROM idempotency_keys WHERE project_id = :id"), {"id": project.id}
    ).scalars()
    assert list(left) == ["young"]
    assert track(api, "young").status_code == 409


def age(project: TestProject, *, hours: int) -> None:
    with transaction():
        db.session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.project_id == UUID(str(project.id)))
            .values(created_at=IdempotencyKey.created_at - timedelta(hours=hours))
        )
