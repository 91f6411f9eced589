"""A sign of life from whoever is at a job, however long its single steps take."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Engine, func, update
from sqlalchemy.exc import SQLAlchemyError

from plunk.db.base import db
from plunk.jobs.models import Job

log = logging.getLogger(__name__)

BEAT_SECONDS = 4.0


@contextmanager
def beating(project_id: UUID, job_id: UUID, claim: int) -> Iterator[None]:
    """Moves the job's `seen_at` from a thread of its own while the block runs; it ends with the process.

    A database out of reach is no reason to stop: the next beat may get through.
    """
    is_over = threading.Event()
    thread = threading.Thread(
        target=_beat, args=(db.engine, is_over, project_id, job_id, claim), name="heartbeat", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _beat(engine: Engine, is_over: threading.Event, project_id: UUID, job_id: UUID, claim: int) -> None:
    mine = (Job.project_id == project_id, Job.id == job_id, Job.claims == claim, Job.state == "active")
    while not is_over.wait(BEAT_SECONDS):
        try:
            with engine.begin() as connection:
                connection.execute(update(Job).where(*mine).values(seen_at=func.clock_timestamp()))
        except SQLAlchemyError as problem:
            log.warning("no sign of life from job %s: %s", job_id, problem)
