"""The RQ worker: a fresh app context for each job, and a machine's death noticed within seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Flask
from redis import Redis
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job as QueuedJob

from plunk.config import Settings
from plunk.db.base import db


class PlunkWorker(Worker):
    """Runs each job in a forked work-horse, inside the app it was made for.

    The intervals are ours: with RQ's own a machine that crashed is noticed after ten minutes.
    """

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

    @property
    def heartbeat_ttl(self) -> int:
        """Seconds after which a worker that says nothing is taken for dead."""
        return int(self.job_monitoring_interval) + 9

    def get_heartbeat_ttl(self, job: QueuedJob, working_time: float = 0.0) -> int:
        return self.heartbeat_ttl

    def perform_job(self, job: QueuedJob, queue: Queue, execution: Execution) -> bool:
        with self.app.app_context():
            # The parent's connections came along with the fork; they are not ours to use or to close.
            db.engine.dispose(close=False)
            try:
                return bool(super().perform_job(job, queue, execution))
            finally:
                db.session.remove()


def work(app: Flask, settings: Settings, lanes: Sequence[str], **options: Any) -> bool:
    """Works until told to stop (or, with `burst=True`, until the lanes are empty)."""
    connection = Redis.from_url(settings.redis_url)
    queues = [Queue(lane, connection=connection, serializer="json") for lane in lanes]
    return bool(PlunkWorker(app, queues, connection).work(logging_level="WARNING", **options))
