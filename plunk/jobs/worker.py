"""The RQ worker: a fresh app context for each job, and a machine's death noticed within seconds."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job as QueuedJob
from sqlalchemy.exc import SQLAlchemyError

from plunk import memory
from plunk.config import Settings
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import stopping, sweeping
from plunk.jobs.forking import begin_copy
from plunk.jobs.queue import wake_due
from plunk.jobs.running import RUN

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


class PlunkWorker(Worker):
    """Runs each job in a forked work-horse, inside the app it was made for.

    The intervals are ours: with RQ's own a machine that crashed is noticed after ten minutes, and a queue that is
    back again after one.
    """

    max_connection_wait_time = 4

    def __init__(self, app: Flask, queues: Sequence[Queue], connection: Redis) -> None:
        super().__init__(
            queues,
            connection=connection,
            serializer="json",
            worker_ttl=30,
            job_monitoring_interval=5,
            maintenance_interval=10,
        )
        self.app = app
        self._process_id = os.getpid()

    @property
    def heartbeat_ttl(self) -> int:
        """Seconds after which a worker that says nothing is taken for dead."""
        return int(self.job_monitoring_interval) + 9

    def get_heartbeat_ttl(self, job: QueuedJob, working_time: float = 0.0) -> int:
        return self.heartbeat_ttl

    def subscribe(self) -> None:
        """Takes no commands from the queue: signals do, and its listening thread would be in the way of each fork."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Also tells the work-horse, which ends long work at its next good place."""
        stopping.ask_to_stop(self.app)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_work_horse_killed(self, job: QueuedJob, retpid: int, ret_val: int, rusage: Any) -> None:
        """Its work is handed on at once. Whatever is in the way of that, the sweep notices the silence."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)  # type: ignore[no-untyped-call]
        if job.func_name != RUN:
            return
        try:
            with transaction():
                sweeping.hand_on(*map(UUID, job.args))
        except (SQLAlchemyError, psycopg.Error) as problem:
            log.warning("job %s waits for the sweep: %s", job.args[1], problem)
        finally:
            db.session.remove()

    def perform_job(self, job: QueuedJob, queue: Queue, execution: Execution) -> bool:
        with self.app.app_context():
            begin_copy(self._process_id)
            try:
                return bool(super().perform_job(job, queue, execution))
            finally:
                db.session.remove()


def work(app: Flask, settings: Settings, lanes: Sequence[str]) -> None:
    """Works until told to stop. A queue out of reach, at the start or later, is waited for."""
    stopping.prepare(app)
    memory.settle()
    with app.app_context():
        while not stopping.is_stopping():
            try:
                _worker(app, settings, lanes).work(logging_level="WARNING")
            except RedisError as problem:
                log.warning("the queue is out of reach, trying again each second: %s", problem)
            except StopRequested:
                return
            if not stopping.is_stopping():
                time.sleep(RETRY_SECONDS)


def work_off(app: Flask, settings: Settings, lanes: Sequence[str]) -> None:
    """Works until the lanes are empty; work that makes work for another lane included."""
    stopping.prepare(app)
    with app.app_context():
        with transaction():
            wake_due()
        db.session.remove()
        _worker(app, settings, lanes).work(burst=True, logging_level="WARNING")


def _worker(app: Flask, settings: Settings, lanes: Sequence[str]) -> PlunkWorker:
    connection = Redis.from_url(settings.redis_url)
    queues = [Queue(lane, connection=connection, serializer="json") for lane in lanes]
    return PlunkWorker(app, queues, connection)
