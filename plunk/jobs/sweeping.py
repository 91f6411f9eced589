"""Jobs whose worker died, and jobs that nobody asks about any more."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, tuple_, update

from plunk.config import settings
from plunk.db.base import db
from plunk.db.session import after_commit, rows_changed
from plunk.jobs.models import PENDING, Job
from plunk.jobs.queue import enqueue
from plunk.jobs.running import RUN

SILENT_AFTER = timedelta(seconds=15)
MAX_ATTEMPTS = 20
"""Workers that died at a job one after the other, without progress in between, until it is given up."""


def sweep() -> int:
    """Queues jobs again that nobody has touched for a while, once each while; returns how many."""
    is_silent = Job.seen_at < func.clock_timestamp() - SILENT_AFTER
    _give_up(is_silent)
    silent = select(Job.project_id, Job.id).where(Job.state.in_(PENDING), is_silent).limit(1000)
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


def hand_on(project_id: UUID, job_id: UUID) -> None:
    """Queues a job whose worker is known to be dead. One that workers die of again and again is left to the sweep.

    Should another have taken it over in the meantime, that one commits nothing more: a third goes on.
    """
    ours = (Job.project_id == project_id, Job.id == job_id)
    handed_on = rows_changed(
        update(Job)
        .where(*ours, Job.state == "active", Job.attempts < MAX_ATTEMPTS)
        .values(state="queued", seen_at=func.clock_timestamp())
    )
    if handed_on:
        after_commit(partial(enqueue, RUN, str(project_id), str(job_id)))


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
