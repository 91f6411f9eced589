"""Deliveries on their way: signed, and tried again when they fail."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from flask import Flask
from standardwebhooks import WebhookVerificationError

from plunk import clock
from plunk.config import Settings
from plunk.webhooks.retries import PAUSES
from plunk.webhooks.sender import run
from tests.api import Api
from tests.conftest import TestProject
from tests.live import own_app
from tests.receiver import Receiver, Reply
from tests.webhooks.conftest import make_hook
from tests.webhooks.facts import Facts
from tests.webhooks.looking import only, pause_of

pytestmark = pytest.mark.usefixtures("brief")


def nearly(pause: timedelta, expected: timedelta) -> bool:
    """With the jitter of a tenth, and two seconds for a slow machine."""
    return expected * 0.9 - timedelta(seconds=2) <= pause <= expected * 1.1 + timedelta(seconds=2)


def test_an_event_arrives_signed(api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts) -> None:
    fact = facts.event("signed_up", data={"plan": "pro", "größe": 1.5})
    run()
    (request,) = receiver.requests
    assert request.verify(hook["secret"]) == request.payload
    assert request.id == f"msg_{fact.id}"
    assert request.headers["content-type"] == "application/json"
    assert request.payload == {
        "type": "signed_up",
        "timestamp": clock.iso(fact.at),
        "sequence": 1,
        "data": {"contact": dict(fact.contact), "event": {"plan": "pro", "größe": 1.5}},
    }


def test_what_was_taken_is_not_sent_again(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(Reply(204, body=b""))
    facts.event()
    for _ in range(3):
        run()
    assert len(receiver.requests) == 1
    delivery = only(api, hook)
    assert (delivery["state"], delivery["attempts"], delivery["responseStatus"]) == ("delivered", 1, 204)
    assert delivery["dueAt"] is None
    assert delivery["error"] is None
    assert delivery["finishedAt"] >= delivery["createdAt"]
    assert delivery["durationMs"] >= 0


def test_another_secret_does_not_verify(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    other = make_hook(api, receiver, "/other", enabled=False)
    facts.event()
    run()
    with pytest.raises(WebhookVerificationError):
        receiver.requests[0].verify(other["secret"])


def test_after_a_rotation_both_secrets_verify_until_the_overlap_ends(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    path = f"/webhooks/{hook['id']}/rotate"
    new = api.post(path).json["secret"]
    facts.event()
    run()
    for secret in (hook["secret"], new):
        assert receiver.requests[0].verify(secret)
    receiver.requests.clear()
    facts.event()
    with clock.moved(timedelta(hours=25)):
        run()
    assert len(receiver.requests[0].headers["webhook-signature"].split()) == 1


def test_without_overlap_the_old_secret_ends_at_once(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    new = api.post(f"/webhooks/{hook['id']}/rotate?overlapHours=0").json["secret"]
    facts.event()
    run()
    assert receiver.requests[0].verify(new)
    with pytest.raises(WebhookVerificationError):
        receiver.requests[0].verify(hook["secret"])


def test_failures_are_tried_again_by_the_table_and_then_given_up(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(500)
    facts.event()
    waited = timedelta(0)
    for attempt, expected in enumerate(PAUSES, start=1):
        with clock.moved(waited):
            run()
            delivery = only(api, hook)
            assert (delivery["state"], delivery["attempts"]) == ("pending", attempt)
            assert nearly(pause_of(delivery), expected)
            run()
            assert len(receiver.requests) == attempt, "not before it is due"
            waited += pause_of(delivery) + timedelta(seconds=1)
    with clock.moved(waited):
        run()
    with clock.moved(waited + timedelta(days=2)):
        run()
    delivery = only(api, hook)
    assert (delivery["state"], delivery["attempts"], delivery["dueAt"]) == ("failed", 10, None)
    assert len(receiver.requests) == 10
    assert len({(each.id, each.body) for each in receiver.requests}) == 1
    assert len({each.headers["webhook-signature"] for each in receiver.requests}) > 1


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_anything_but_2xx_is_a_failure(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts, status: int
) -> None:
    receiver.replies(
        Reply(status, headers={"Location": receiver.url + "/elsewhere"}, body=b"no\x00\xff thanks")
    )
    facts.event()
    run()
    delivery = only(api, hook)
    assert (delivery["state"], delivery["responseStatus"]) == ("pending", status)
    assert delivery["responseBody"] == "no\ufffd\ufffd thanks"
    assert str(status) in delivery["error"]
    assert receiver.at("/elsewhere") == [], "redirects are not followed"
    assert nearly(pause_of(delivery), PAUSES[0])


def test_of_an_answer_the_first_kib_is_kept(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    receiver.replies(Reply(200, body=("é" * 100_000).encode()))
    facts.event()
    run()
    assert only(api, hook)["responseBody"] == "é" * 512


def test_a_receiver_that_is_not_there_is_tried_again(api: Api, receiver: Receiver, facts: Facts) -> None:
    response = api.post("/webhooks", {"url": "http://127.0.0.1:1", "events": ["*"]})
    assert response.status_code == 422
    hook = api.post("/webhooks", {"url": "http://127.0.0.1:65535", "events": ["*"]}).json
    facts.event()
    run()
    delivery = only(api, hook)
    assert (delivery["state"], delivery["attempts"]) == ("pending", 1)
    assert delivery["responseStatus"] is None
    assert delivery["error"]


def test_a_receiver_that_hangs_is_given_up_in_time(
    settings: Settings, project: TestProject, api: Api, hook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.replies(Reply(hangs=True))
    with own_app(settings, webhook_lease_seconds=2) as app, app.app_context():
        Facts(project.id).event()
        run()
    delivery = only(api, hook)
    assert (delivery["state"], delivery["attempts"]) == ("pending", 1)
    assert 900 <= delivery["durationMs"] <= 3000
    assert delivery["error"]


def test_what_the_operator_no_longer_allows_fails_at_once(
    settings: Settings, project: TestProject, api: Api, hook: dict[str, Any], receiver: Receiver
) -> None:
    with own_app(settings, outbound_allow=()) as app, app.app_context():
        Facts(project.id).event()
        run()
    assert receiver.requests == []
    delivery = only(api, hook)
    assert (delivery["state"], delivery["attempts"]) == ("failed", 1)
    assert "not a public address" in delivery["error"]


@pytest.mark.parametrize("status", [429, 503, 500, 404])
@pytest.mark.parametrize("is_date", [True, False])
def test_retry_after_is_honoured(
    api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts, status: int, is_date: bool
) -> None:
    wish = timedelta(minutes=20)
    text = format_datetime(clock.now() + wish, usegmt=True) if is_date else "1200"
    receiver.replies(Reply(status, headers={"Retry-After": text}))
    facts.event()
    run()
    pause = pause_of(only(api, hook))
    assert wish - timedelta(seconds=5) < pause <= wish


def test_a_secret_that_cannot_be_opened_is_no_reason_to_lose_anything(
    settings: Settings, project: TestProject, api: Api, hook: dict[str, Any], receiver: Receiver, app: Flask
) -> None:
    with own_app(settings, secret_key="another key that is long enough, too") as other, other.app_context():
        Facts(project.id).event()
        run()
    delivery = only(api, hook)
    assert (delivery["state"], delivery["attempts"]) == ("pending", 1)
    assert "PLUNK_SECRET_KEY" in delivery["error"]
    with app.app_context(), clock.moved(timedelta(minutes=1)):
        run()
    assert only(api, hook)["state"] == "delivered"
