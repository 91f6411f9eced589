"""Contacts come into segments and leave them, and a receiver hears of it: real web server, workers, scheduler."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from plunk.config import Settings
from plunk.db.base import db
from plunk.testing.api import Api
from plunk.testing.apps import new_project
from tests.conftest import TestProject
from tests.journeys.live_client import live_api
from tests.journeys.processes import workers_and_scheduler
from tests.live import clear, eventually
from tests.receiver import Received, Receiver, receiving
from tests.segments.rules import field, member_of, plan_is, static

SOON = 30.0
"""One second is the promise, on a machine that has nothing else to do; what it took is printed, and the benchmarks
measure it."""

ADA = "ada@example.com"


class Hook:
    """A webhook of a project, and what it got."""

    def __init__(self, api: Api, receiver: Receiver, *events: str) -> None:
        response = api.post("/webhooks", {"url": receiver.url, "events": list(events)})
        assert response.status_code == 201, response.json
        self._secret = response.json["secret"]
        self._receiver = receiver
        self._seen = 0

    def next(self) -> dict[str, Any]:
        """The payload of the next message, verified; it must come soon."""
        began = time.monotonic()
        eventually(lambda: len(self._receiver.requests) > self._seen)
        request: Received = self._receiver.requests[self._seen]
        self._seen += 1
        waited = request.at - began
        payload = request.verify(self._secret)
        print(f"{payload['type']} came after {max(waited, 0.0):.2f} s")
        assert waited < SOON
        return payload

    @property
    def has_more(self) -> bool:
        return len(self._receiver.requests) > self._seen


@pytest.fixture(scope="module", autouse=True)
def everything(
    settings: Settings, app: Flask, live_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Workers and scheduler are there, and have told something already."""
    clear(app)
    with workers_and_scheduler(settings, tmp_path_factory.mktemp("beside")), receiving() as receiver:
        project = new_project(app)
        api = live_api(live_url, project.secret_key)
        response = api.post("/webhooks", {"url": receiver.url, "events": ["*"]})
        api.contact("first@example.com")
        eventually(lambda: receiver.requests, within=60.0)
        assert api.delete(f"/webhooks/{response.json['id']}").status_code == 204
        yield


@pytest.fixture
def api(live_url: str, project: TestProject) -> Api:
    """Over a real connection."""
    return live_api(live_url, project.secret_key)


@pytest.fixture
def entries_and_exits(api: Api, receiver: Receiver) -> Hook:
    return Hook(api, receiver, "segment.*")


def test_a_rule_on_data_tells_of_one_entry_and_one_exit(
    app: Flask, project: TestProject, api: Api, entries_and_exits: Hook
) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    ada = api.contact(ADA, data={"plan": "trial"})
    entry = entries_and_exits.next()
    assert entry["type"] == "segment.trial-users.entry"
    segment = {"id": trial["id"], "name": "Trial users", "slug": "trial-users"}
    contact = {"id": ada["id"], "email": ADA, "subscribed": True, "data": {"plan": "trial"}}
    event = {"segmentId": trial["id"], "segmentName": "Trial users"}
    assert entry["data"] == {"contact": contact, "event": event, "segment": segment}

    api.contact(ADA, data={"plan": "pro"})
    exit_ = entries_and_exits.next()
    assert exit_["type"] == "segment.trial-users.exit"
    assert exit_["data"]["contact"]["data"] == {"plan": "pro"}
    assert exit_["sequence"] > entry["sequence"]
    assert_nothing_more(app, project, entries_and_exits)


def test_a_static_segment_tells_of_its_members(
    app: Flask, project: TestProject, api: Api, entries_and_exits: Hook
) -> None:
    vip = static(api, "VIP", trackMembership=True)
    api.contact(ADA)
    for call, change in ((api.post, "entry"), (api.delete, "exit")):
        for _ in range(2):  # the second time changes nothing
            assert call(f"/segments/{vip['id']}/members", {"emails": [ADA]}).status_code == 200
        assert entries_and_exits.next()["type"] == f"segment.vip.{change}"
    assert_nothing_more(app, project, entries_and_exits)


def test_time_alone_ends_a_membership(
    app: Flask, project: TestProject, api: Api, entries_and_exits: Hook
) -> None:
    recent = field("event.signed_up", "triggeredWithin", value=1, unit="minutes")
    api.segment("Just signed up", recent, trackMembership=True)
    signed_up_at = datetime.now(UTC) - timedelta(seconds=52)
    api.track(ADA, "signed_up", timestamp=signed_up_at.isoformat())
    assert entries_and_exits.next()["type"] == "segment.just-signed-up.entry"
    time.sleep(max(0.0, (signed_up_at + timedelta(minutes=1) - datetime.now(UTC)).total_seconds()))
    exit_ = entries_and_exits.next()
    assert exit_["type"] == "segment.just-signed-up.exit"
    late = datetime.fromisoformat(exit_["timestamp"]) - signed_up_at - timedelta(minutes=1)
    assert timedelta(0) <= late < timedelta(seconds=SOON)
    assert_nothing_more(app, project, entries_and_exits)


def test_a_rule_on_another_segment_follows_it(
    app: Flask, project: TestProject, api: Api, entries_and_exits: Hook
) -> None:
    trial = api.segment("Trial users", plan_is("trial"), trackMembership=True)
    api.segment("Followers", member_of(trial), trackMembership=True)
    for plan, change in (("trial", "entry"), ("pro", "exit")):
        api.contact(ADA, data={"plan": plan})
        first, second = entries_and_exits.next(), entries_and_exits.next()
        assert first["type"] == f"segment.trial-users.{change}"
        assert second["type"] == f"segment.followers.{change}"
        assert first["sequence"] < second["sequence"]
    assert_nothing_more(app, project, entries_and_exits)


def test_a_contacts_life_is_told_in_order(
    app: Flask, project: TestProject, api: Api, receiver: Receiver
) -> None:
    hook = Hook(api, receiver, "*")
    api.segment("Trial users", plan_is("trial"), trackMembership=True)
    ada = api.contact(ADA, data={"plan": "trial"})
    api.contact(ADA, data={"plan": "trial"})  # nothing new, nothing to tell
    api.track(ADA, "signed_up", data={"from": "page"})
    api.contact(ADA, subscribed=False)
    api.contact(ADA, subscribed=True)
    assert api.delete(f"/contacts/{ada['id']}").status_code == 204
    expected = [
        "contact.created",
        "segment.trial-users.entry",
        "contact.updated",
        "signed_up",
        "contact.updated",
        "contact.unsubscribed",
        "contact.updated",
        "contact.subscribed",
        "segment.trial-users.exit",
        "contact.deleted",
    ]
    told = [hook.next() for _ in expected]
    assert [each["type"] for each in told] == expected
    assert [each["sequence"] for each in told] == list(range(1, len(expected) + 1))
    assert all(each["data"]["contact"]["id"] == ada["id"] for each in told)
    assert told[3]["data"]["event"] == {"from": "page"}
    assert told[-1]["data"]["contact"]["email"] == ADA
    assert len(set(receiver.ids)) == len(expected)
    assert_nothing_more(app, project, hook)


def assert_nothing_more(app: Flask, project: TestProject, hook: Hook) -> None:
    """All that was recorded was told, and the receiver has it."""
    waiting = text(
        "SELECT (SELECT count(*) FROM outbox WHERE project_id = :id AND state = 'pending')"
        " + (SELECT count(*) FROM webhook_deliveries WHERE project_id = :id AND state = 'pending')"
    )

    def is_quiet() -> bool:
        with app.app_context():
            return db.session.execute(waiting, {"id": project.id}).scalar_one() == 0

    eventually(is_quiet)
    assert not hook.has_more
