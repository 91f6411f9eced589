"""The queue: Redis carries function names and ids, PostgreSQL carries the truth."""

from __future__ import annotations

import logging
from typing import cast

from flask import Flask, current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

from plunk.config import Settings

log = logging.getLogger(__name__)

BULK = "bulk"
LANES = (BULK,)
"""Each lane has its own worker processes, so that long work never delays short work."""

JOB_TIMEOUT_SECONDS = 3600
FAILURE_TTL_SECONDS = 7 * 24 * 3600


def init_app(app: Flask, settings: Settings) -> None:
    """Prepares the client; no connection is made yet. A dead Redis costs a request half a second at most."""
    client = Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=0.5,
        socket_timeout=0.5,
        retry=Retry(NoBackoff(), 0),
    )
    app.extensions["plunk.redis"] = client


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
