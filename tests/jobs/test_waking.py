"""Waking a lane: at most one wake-up waits, none is lost, and a dead queue costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from rq import Queue

from plunk.config import Settings
from plunk.jobs.queue import FACTS, OUTAGE_SECONDS, Work, redis, register, wake, wake_due
from plunk.testing.apps import own_app
from tests.live import at_once
from tests.outbound.servers import listening


@pytest.fixture
def lane(settings: Settings) -> Iterator[Queue]:
    """A lane that has work if `work` is in the list, in an app of its own."""
    with own_app(settings) as app, app.app_context():
        register(app, FACTS, Work("some.function", lambda: True))
        queue = Queue(FACTS, connection=redis(), serializer="json")
        queue.empty()
        yield queue
        queue.empty()


def test_one_wake_up_waits_however_often_somebody_asks(lane: Queue) -> None:
    for _ in range(5):
        wake(FACTS)
    assert [job.func_name for job in lane.jobs] == ["some.function"]


def test_a_wake_up_that_has_begun_is_followed_by_another(lane: Queue) -> None:
    wake(FACTS)
    assert Queue.dequeue_any([lane], None, connection=redis(), serializer="json")
    wake(FACTS)
    assert lane.count == 1


def test_many_writers_at_the_same_moment_leave_a_few_wake_ups(app: Flask, lane: Queue) -> None:
    from flask import current_app

    here = current_app._get_current_object()

    def ask() -> None:
        with here.app_context():
            for _ in range(50):
                wake(FACTS)

    at_once([ask] * 8)
    assert 1 <= lane.count <= 8


def test_after_flushall_the_next_one_wakes(lane: Queue) -> None:
    wake(FACTS)
    lane.connection.flushdb()
    wake(FACTS)
    assert lane.count == 1


def test_the_sweep_wakes_lanes_that_have_work_and_no_others(settings: Settings) -> None:
    with own_app(settings) as app, app.app_context():
        register(app, FACTS, Work("some.function", lambda: False))
        queue = Queue(FACTS, connection=redis(), serializer="json")
        queue.empty()
        assert FACTS not in wake_due() and queue.count == 0
        register(app, FACTS, Work("some.function", lambda: True))
        assert FACTS in wake_due() and queue.count == 1
        assert FACTS in wake_due() and queue.count == 1, "nor does it pile up while no worker runs"
        queue.empty()


def test_a_queue_out_of_reach_is_not_asked_again_for_a_while(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        listening(b"", reads=False) as deaf,
        own_app(settings, redis_url=f"redis://127.0.0.1:{deaf.port}/0") as app,
        app.app_context(),
    ):
        began = time.monotonic()
        for _ in range(200):
            wake(FACTS)
        most = 1 + (time.monotonic() - began) / OUTAGE_SECONDS
    assert 1 <= len(deaf.requests) <= most
    assert capsys.readouterr().err.count("out of reach") == 1
