"""Recording facts: with the write or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask import Flask
from rq import Queue

from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs.queue import FACTS, redis
from plunk.outbox.interest import interest
from plunk.outbox.service import record
from plunk.testing.apps import own_app
from tests.outbox.conftest import Register, registering
from tests.outbox.facts import Listener, entry, event, rows, tell


@pytest.fixture(autouse=True)
def queue(own: Flask) -> Iterator[Queue]:
    """The lane of facts, empty at the start."""
    queue = Queue(FACTS, connection=redis(), serializer="json")
    queue.empty()
    yield queue
    db.session.rollback()
    queue.empty()


def test_each_listener_gets_a_row_of_its_own(register: Register, project_id: UUID) -> None:
    first, second = register(Listener()), register(Listener())
    fact = event(project_id, uuid4(), 7)
    tell(fact)
    for name in (first, second):
        (row,) = rows(name)
        assert (row.fact_id, row.contact_id, row.sequence) == (fact.id, fact.contact_id, 7)
        assert (row.kind, row.topic, row.state, row.attempts) == ("event", "bought", "pending", 0)


def test_who_does_not_listen_gets_none(register: Register, project_id: UUID) -> None:
    name = register(Listener())
    tell(entry(project_id, uuid4(), 1))
    assert rows(name) == []


def test_a_worker_is_woken_once_after_the_commit(register: Register, project_id: UUID, queue: Queue) -> None:
    register(Listener())
    with transaction():
        for n in range(3):
            record([event(project_id, uuid4(), n)], interest(project_id, 0))
        assert queue.count == 0
    assert [job.func_name for job in queue.jobs] == ["plunk.outbox.relay.run"]
    assert [list(job.args) for job in queue.jobs] == [[]]
    tell(event(project_id, uuid4(), 1))
    assert queue.count == 1, "one is waiting already"


def test_a_write_that_fails_leaves_no_fact_and_wakes_nobody(
    register: Register, project_id: UUID, queue: Queue
) -> None:
    name = register(Listener())
    with pytest.raises(ZeroDivisionError), transaction():
        record([event(project_id, uuid4(), 1)], interest(project_id, 0))
        raise ZeroDivisionError
    assert (rows(name), queue.count) == ([], 0)


def test_nothing_is_asked_of_the_queue_when_nobody_listens(project_id: UUID, queue: Queue) -> None:
    tell(event(project_id, uuid4(), 1, name="nobody wants this"))
    assert queue.count == 0


def test_without_the_queue_facts_are_recorded_and_the_log_says_it_once(
    settings: Settings, project_id: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    with own_app(settings, redis_url="redis://127.0.0.1:1/0") as app, app.app_context():
        with registering(app) as register:
            name = register(Listener())
            for n in range(20):
                tell(event(project_id, uuid4(), n))
        assert len(rows(name)) == 20
    assert capsys.readouterr().err.count("out of reach") == 1
