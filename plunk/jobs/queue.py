"""The queue: Redis carries function names and ids, PostgreSQL carries the truth."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

from plunk.config import Settings

log = logging.getLogger(__name__)

FACTS, WEBHOOKS, BULK = "facts", "webhooks", "bulk"
LANES = (FACTS, WEBHOOKS, BULK)
"""Each lane has its own worker processes, so that long work never delays short work."""

JOB_TIMEOUT_SECONDS = 3600
FAILURE_TTL_SECONDS = 7 * 24 * 3600
OUTAGE_SECONDS = 1.0
SAID_EVERY_SECONDS = 60.0


@dataclass(frozen=True)
class Work:
    """What a lane does with rows that anybody may add: `runs` is the dotted name of a function that works off all
    that is due and takes no ids, `is_due` asks the database whether there is anything."""

    runs: str
    is_due: Callable[[], bool]


def init_app(app: Flask, settings: Settings) -> None:
    """Prepares the client; no connection is made yet. A dead Redis costs a request half a second at most."""
    client = Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 0),
    )
    app.extensions["plunk.redis"] = client
    app.extensions["plunk.outage"] = _Outage()


def register(app: Flask, lane: str, work: Work) -> None:
    """Says what a lane does when it is woken. Its queue then holds nothing but wake-ups."""
    app.extensions.setdefault("plunk.lanes", {})[lane] = work


def redis() -> Redis:
    """The client of the current app, with short time-outs."""
    return cast(Redis, current_app.extensions["plunk.redis"])


def enqueue(function: str, *ids: str, lane: str = BULK) -> bool:
    """Asks a worker to call `function` (a dotted name). Call it after the commit.

    A queue out of reach is no error: what must happen has a row, and the sweep asks again. Answers whether the
    queue took it.
    """
    queue = Queue(lane, connection=redis(), serializer="json")
    try:
        queue.enqueue_call(
            function,
            args=ids,
            timeout=JOB_TIMEOUT_SECONDS,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_SECONDS,
        )
    except (RedisError, OSError) as problem:
        log.warning("the queue is out of reach, %s waits for the sweep: %s", function, problem)
        return False
    return True


def wake(lane: str) -> None:
    """Has a worker look for what is due in a lane. Call it after the commit; it does not fail.

    At most one wake-up waits (a few, when many ask at the same moment), so a write costs one look at the queue:

    - If one is waiting it has not begun: it will see what was committed before this look.
    - If none is, one may be at work and past its last look for rows, so another is needed. It begins after this
      commit and sees it.

    A flag beside the queue would have to be kept in step with it: set and never queued, because its owner died, it
    would silence the lane. Whatever happens to the queue itself, up to FLUSHALL, the next look finds out.
    """
    outage: _Outage = current_app.extensions["plunk.outage"]
    if outage.is_on():
        return
    queue = Queue(lane, connection=redis(), serializer="json")
    try:
        if queue.count == 0:
            queue.enqueue_call(
                current_app.extensions["plunk.lanes"][lane].runs,
                timeout=JOB_TIMEOUT_SECONDS,
                result_ttl=0,
                failure_ttl=FAILURE_TTL_SECONDS,
            )
    except (RedisError, OSError) as problem:
        outage.begin(problem)


def wake_due() -> list[str]:
    """Wakes the lanes in which something is due and answers their names: a sweep, for wake-ups that were lost."""
    lanes: dict[str, Work] = current_app.extensions.get("plunk.lanes", {})
    due = [lane for lane, work in lanes.items() if work.is_due()]
    for lane in due:
        wake(lane)
    return due


class _Outage:
    """A queue out of reach: it is not asked again for a second, so that not every write waits for its time-out, and
    the log says so once a minute."""

    def __init__(self) -> None:
        self._until = 0.0
        self._say_after = 0.0

    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def begin(self, problem: Exception) -> None:
        now = time.monotonic()
        self._until = now + OUTAGE_SECONDS
        if now >= self._say_after:
            self._say_after = now + SAID_EVERY_SECONDS
            log.warning("the queue is out of reach, work waits in the database: %s", problem)
