"""The queue dies, or forgets everything: every write succeeds, and its webhooks go out when it is back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from redis import Redis

from plunk.config import Settings
from plunk.embedded.home import Home
from plunk.embedded.processes import SAME, kill
from plunk.embedded.valkey import Valkey
from plunk.testing.api import Api
from plunk.testing.apps import new_project
from tests.journeys.live_client import live_api
from tests.journeys.processes import web, workers_and_scheduler
from tests.live import clear, eventually
from tests.receiver import Receiver
from tests.segments.rules import plan_is

IDLE_SECONDS = 1.5
"""After this long without work nobody is left who would go on without the queue."""

DEAD_SECONDS = 4.0
LONGEST_WRITE = 5.0
"""On a busy machine; what it took is printed."""


@dataclass(frozen=True)
class Place:
    """All of plunk on a queue of its own."""

    valkey: Valkey
    url: str


@pytest.fixture(scope="module")
def place(app: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    clear(app)
    folder = tmp_path_factory.mktemp("place")
    home = Home(folder / "home")
    home.make()
    valkey = Valkey(home, durable=False, identity=SAME)
    with ExitStack() as stack:
        valkey.start()
        stack.callback(valkey.stop)
        own = replace(settings, redis_url=valkey.url)
        stack.enter_context(workers_and_scheduler(own, folder))
        yield Place(valkey, stack.enter_context(web(own, folder / "web.log")))


@pytest.fixture
def api(app: Flask, place: Place, receiver: Receiver) -> Api:
    """A project with a webhook for everything, and a tracked segment."""
    api = live_api(place.url, new_project(app).secret_key)
    assert api.post("/webhooks", {"url": receiver.url, "events": ["*"]}).status_code == 201
    api.segment("Trial users", plan_is("trial"), trackMembership=True)
    return api


def test_with_redis_down_every_write_succeeds_and_its_webhooks_go_out_after(
    place: Place, api: Api, receiver: Receiver
) -> None:
    api.contact("warm@example.com", data={"plan": "trial"})
    eventually(lambda: len(receiver.requests) == 2)
    took: list[float] = []
    with dead(place.valkey):
        time.sleep(IDLE_SECONDS)
        until = time.monotonic() + DEAD_SECONDS
        while time.monotonic() < until:
            took += [seconds(write) for write in writes(api, len(took))]
        waiting = 2 * len(took) + 2 - len(receiver.requests)
    began = time.monotonic()
    eventually(lambda: len(receiver.requests) == 2 * len(took) + 2)
    print(f"{len(took)} writes without Redis, the longest took {max(took):.2f} s; ", end="")
    print(f"{waiting} messages waited, all came within {time.monotonic() - began:.1f} s")
    assert max(took) < LONGEST_WRITE
    assert len(set(receiver.ids)) == len(receiver.ids)


def test_what_waits_in_redis_may_be_forgotten(place: Place, api: Api, receiver: Receiver) -> None:
    with Redis.from_url(place.valkey.url) as queue:
        for number in range(20):
            for write in writes(api, number):
                write()
            queue.flushall()
    eventually(lambda: len(set(receiver.ids)) == 80)


@contextmanager
def dead(valkey: Valkey) -> Iterator[None]:
    """Killed for the length of the block."""
    assert valkey.process
    kill(valkey.process)
    try:
        yield
    finally:
        valkey.start()


def writes(api: Api, number: int) -> list[Callable[[], object]]:
    """Two, with two messages each: somebody is created and enters the segment, does something and is changed by it."""
    email = f"c{number}@example.com"
    return [
        lambda: api.contact(email, data={"plan": "trial"}),
        lambda: api.track(email, "signed_up", data={"from": "page"}),
    ]


def seconds(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began
