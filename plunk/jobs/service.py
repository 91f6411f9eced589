"""Jobs that a user may ask about: started with a row, worked on by claims, swept when silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import ColumnElement, delete, func, select, tuple_, update

from plunk.config import settings
from plunk.db.base import db, new_id
from plunk.db.session import after_commit, rows_changed, transaction
from plunk.errors import JobNotFound
from plunk.jobs.models import Job
from plunk.jobs.queue import enqueue

SILENT_AFTER = timedelta(seconds=15)
MAX_ATTEMPTS = 5
RUN = "plunk.jobs.service.run"


@dataclass(frozen=True)
class Running:
    """A job in the hands of its function. Safe to run twice is the function's duty: it may be cut off anywhere."""

    project_id: UUID
    id: UUID
    params: dict[str, Any]
    progress: dict[str, Any]

    def report(self, progress: dict[str, Any]) -> None:
        """Saves how far the work is, in the caller's transaction, and shows that somebody is at it."""
        _update(self.project_id, self.id, progress=progress, seen_at=func.clock_timestamp())


Function = Callable[[Running], dict[str, Any]]


def register(app: Flask, kind: str, function: Function) -> None:
    """Names the function that does jobs of a kind; it returns the job's result."""
    app.extensions.setdefault("plunk.jobs", {})[kind] = function


def start(project_id: UUID, kind: str, params: dict[str, Any]) -> UUID:
    """Records a job in the current transaction; a worker is poked after the commit."""
    job = Job(project_id=project_id, id=new_id(), kind=kind, params=params)
    db.session.add(job)
    db.session.flush()
    job_id = job.id
    after_commit(partial(enqueue, RUN, str(project_id), str(job_id)))
    return job_id


def get(project_id: UUID, job_id: UUID) -> Job:
    """Raises JobNotFound."""
    job = db.session.get(Job, (project_id, job_id))
    if job is None:
        raise JobNotFound
    return job


def run(project_id: str, job_id: str) -> None:
    """What a worker does with one id: claim the row, call its function, write down the end."""
    running = _claim(UUID(project_id), UUID(job_id))
    if running is None:
        return
    job = get(running.project_id, running.id)
    try:
        function: Function = current_app.extensions["plunk.jobs"][job.kind]
        result = function(running)
    except Exception as problem:
        db.session.rollback()
        with transaction():
            _update(running.project_id, running.id, **_after_failure(job.attempts, problem))
        raise
    with transaction():
        _update(
            running.project_id,
            running.id,
            state="completed",
            result=result,
            finished_at=func.clock_timestamp(),
        )


def sweep() -> int:
    """Queues jobs again that nobody has touched for a while, once each while; returns how many."""
    is_silent = Job.seen_at < func.clock_timestamp() - SILENT_AFTER
    _give_up(is_silent)
    silent = select(Job.project_id, Job.id).where(Job.state.in_(("queued", "active")), is_silent).limit(1000)
    found = db.session.execute(
        update(Job)
        .where(tuple_(Job.project_id, Job.id).in_(silent.with_for_update(skip_locked=True)))
        .values(state="queued", seen_at=func.clock_timestamp())
        .returning(Job.project_id, Job.id),
        execution_options={"synchronize_session": False},
    ).all()
    for project_id, job_id in found:
        after_commit(partial(enqueue, RUN, str(project_id), str(job_id)))
    return len(found)


def forget_old_jobs() -> int:
    """Removes jobs that ended longer ago than the retention; returns how many."""
    age = timedelta(days=settings().job_retention_days)
    return rows_changed(delete(Job).where(Job.finished_at < func.clock_timestamp() - age))


def _give_up(is_silent: ColumnElement[bool]) -> None:
    """Ends jobs whose workers die again and again: a worker that is killed cannot say so itself."""
    rows_changed(
        update(Job)
        .where(Job.state == "active", Job.attempts >= MAX_ATTEMPTS, is_silent)
        .values(
            state="failed",
            failed_reason=func.coalesce(
                Job.failed_reason, f"Its worker ended {MAX_ATTEMPTS} times in the middle"
            ),
            finished_at=func.clock_timestamp(),
        )
    )


def _claim(project_id: UUID, job_id: UUID) -> Running | None:
    """A queued job (the sweep queues silent ones again); the row count decides between two workers."""
    with transaction():
        row = db.session.execute(
            update(Job)
            .where(Job.project_id == project_id, Job.id == job_id, Job.state == "queued")
            .values(state="active", seen_at=func.clock_timestamp(), attempts=Job.attempts + 1)
            .returning(Job.params, Job.progress),
            execution_options={"synchronize_session": False},
        ).first()
    return Running(project_id, job_id, row.params, row.progress) if row else None


def _after_failure(attempts: int, problem: Exception) -> dict[str, Any]:
    """Back to the sweep, which waits a while; after the last attempt it has failed."""
    reason = f"{type(problem).__name__}: {problem}"[:500]
    if attempts < MAX_ATTEMPTS:
        return {"state": "active", "failed_reason": reason, "seen_at": func.clock_timestamp()}
    return {"state": "failed", "failed_reason": reason, "finished_at": func.clock_timestamp()}


def _update(project_id: UUID, job_id: UUID, **values: Any) -> None:
    rows_changed(update(Job).where(Job.project_id == project_id, Job.id == job_id).values(**values))
