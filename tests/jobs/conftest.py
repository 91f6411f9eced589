"""Jobs of a kind that notes each run, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from rq import Queue
from sqlalchemy import func, update

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import kinds, running, sweeping
from plunk.jobs.models import Job
from plunk.jobs.queue import BULK, redis
from plunk.jobs.running import Running
from plunk.jobs.service import start
from tests.conftest import TestProject


@pytest.fixture
def done(app: Flask, context: None) -> Iterator[list[Running]]:
    """A kind of job that notes each run; the queue is emptied."""
    Queue(BULK, connection=redis(), serializer="json").empty()
    runs: list[Running] = []

    def note(job: Running) -> dict[str, Any]:
        runs.append(job)
        if job.params.get("fails"):
            raise ValueError("no luck")
        return {"turn": len(runs)}

    kinds.register(app, "note", note)
    yield runs
    del app.extensions["plunk.jobs"]["note"]
    db.session.rollback()


def begin(project: TestProject, **params: Any) -> str:
    """Starts such a job and answers its id; with `fails` it does."""
    with transaction():
        return str(start(UUID(str(project.id)), "note", params))


def queued() -> list[tuple[str, ...]]:
    """`(project, job)` of all that waits in the queue."""
    return [tuple(job.args) for job in Queue(BULK, connection=redis(), serializer="json").jobs]


def at_work(project: TestProject, job_id: str) -> Running:
    """The job, claimed by a worker that is in the middle of it."""
    claimed = running._claim(UUID(str(project.id)), UUID(job_id))
    assert claimed
    return claimed


def silence(job_id: str, **values: Any) -> None:
    """Nobody has touched it for a while."""
    with transaction():
        db.session.execute(
            update(Job)
            .where(Job.id == UUID(job_id))
            .values(seen_at=func.now() - sweeping.SILENT_AFTER - timedelta(seconds=1), **values)
        )
