"""Whatever dies in between: nothing is lost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import stopping
from plunk.webhooks import leasing, sender
from plunk.webhooks.leasing import lease
from plunk.webhooks.recording import note
from plunk.webhooks.sending import Outcome
from tests.api import Api
from tests.conftest import TestProject
from tests.live import eventually, own_app, worker
from tests.receiver import Received, Receiver, Reply
from tests.webhooks.facts import Facts
from tests.webhooks.looking import only

LEASE = 4


@pytest.fixture
def hasty(settings: Settings) -> Iterator[Flask]:
    """An app that takes a sender for dead after some seconds."""
    with own_app(settings, webhook_lease_seconds=LEASE) as app:
        yield app


@pytest.mark.usefixtures("alone")
def test_a_delivery_whose_sender_was_killed_is_sent_again_when_its_lease_is_over(
    hasty: Flask,
    settings: Settings,
    api: Api,
    hook: dict[str, Any],
    receiver: Receiver,
    project: TestProject,
) -> None:
    receiver.replies(Reply(hangs=True), 200)
    with hasty.app_context():
        fact = Facts(project.id).event()
        with worker(replace(settings, webhook_lease_seconds=LEASE), "webhooks") as process:
            eventually(lambda: receiver.requests, within=60)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        assert only(api, hook)["state"] == "pending"
        sender.run()
        assert len(receiver.requests) == 1, "not while the lease lasts"
        eventually(leasing.is_due, within=LEASE * 3)
        db.session.rollback()
        sender.run()
    assert receiver.ids == [f"msg_{fact.id}"] * 2
    assert (only(api, hook)["state"], only(api, hook)["attempts"]) == ("delivered", 1)


def test_the_order_about_a_contact_outlives_a_killed_sender(
    hasty: Flask, api: Api, hook: dict[str, Any], receiver: Receiver, project: TestProject
) -> None:
    with hasty.app_context():
        facts = Facts(project.id)
        contact = facts.event().contact_id
        facts.event(contact=contact)
        with transaction():
            (first,) = lease(room=64, room_for_failing=64, seconds=1)
        sender.run()
        assert receiver.requests == []
        eventually(lambda: datetime.now(UTC) > first.until)
        sender.run()
    assert [request.payload["sequence"] for request in receiver.requests] == [1, 2]


def test_who_lost_the_lease_writes_nothing(
    api: Api, hook: dict[str, Any], facts: Facts, receiver: Receiver
) -> None:
    facts.event()
    with transaction():
        (slow,) = lease(room=1, room_for_failing=1, seconds=0)
    with transaction():
        (second,) = lease(room=1, room_for_failing=1, seconds=60)
    with transaction():
        note([(slow, Outcome(status=500, error="late"))])
    assert (only(api, hook)["state"], only(api, hook)["attempts"]) == ("pending", 0)
    with transaction():
        note([(second, Outcome(status=200))])
    assert (only(api, hook)["state"], only(api, hook)["attempts"]) == ("delivered", 1)


def test_what_came_back_is_noted_when_the_database_is_back(
    app: Flask, api: Api, hook: dict[str, Any], receiver: Receiver, facts: Facts
) -> None:
    """All its connections are cut while a delivery is in flight."""
    goes_on = threading.Event()

    def answer(request: Received) -> Reply:
        goes_on.wait(20)
        return Reply()

    receiver.answer = answer
    facts.event()

    def run() -> None:
        with app.app_context():
            sender.run()

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: receiver.requests)
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with transaction():
        db.session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    goes_on.set()
    thread.join(20)
    assert (only(api, hook)["state"], only(api, hook)["attempts"]) == ("delivered", 1)
    assert len(receiver.requests) == 1


def test_a_worker_that_is_to_stop_finishes_what_is_in_flight_and_begins_nothing_more(
    settings: Settings, api: Api, hook: dict[str, Any], receiver: Receiver, project: TestProject
) -> None:
    with own_app(settings) as app, app.app_context():
        stopping.prepare(app)
        Facts(project.id).many(20)

        def answer(request: Received) -> Reply:
            stopping.ask_to_stop(app)
            return Reply(delay=0.1)

        receiver.answer = answer
        sender.run()
        sent = len(receiver.requests)
        assert 1 <= sent <= leasing.PER_ENDPOINT
        assert api.get(f"/webhooks/{hook['id']}/deliveries", state="delivered").json["total"] == sent


def test_a_run_that_lasted_long_ends_and_asks_for_another(
    app: Flask,
    api: Api,
    hook: dict[str, Any],
    receiver: Receiver,
    facts: Facts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "RUN_SECONDS", 0.3)
    woken: list[str] = []
    monkeypatch.setattr(sender, "wake", woken.append)
    receiver.answer = lambda request: Reply(delay=0.02)
    facts.many(200)
    sender.run()
    assert woken == ["webhooks"]
    assert 1 < len(receiver.requests) < 200
    pending = api.get(f"/webhooks/{hook['id']}/deliveries", state="pending").json["total"]
    assert pending == 200 - len(receiver.requests)
    assert leasing.is_due()
