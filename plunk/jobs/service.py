"""Jobs that a user may ask about: started with a row, looked at, cancelled."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from plunk.db.base import db, new_id
from plunk.db.session import after_commit, rows_changed
from plunk.errors import JobNotFound
from plunk.jobs.errors import JobEnded, JobNotCancellable
from plunk.jobs.kinds import kind
from plunk.jobs.models import PENDING, Job
from plunk.jobs.queue import enqueue
from plunk.jobs.running import RUN
from plunk.web.pages import cursor_page, decode_cursor, encode_cursor


def start(project_id: UUID, kind: str, params: dict[str, Any], *, job_id: UUID | None = None) -> UUID:
    """Records a job in the current transaction; a worker is poked after the commit."""
    job_id = job_id or new_id()
    db.session.add(Job(project_id=project_id, id=job_id, kind=kind, params=params))
    db.session.flush()
    after_commit(partial(enqueue, RUN, str(project_id), str(job_id)))
    return job_id


def get(project_id: UUID, job_id: UUID, *, kinds: Collection[str] = ()) -> Job:
    """Raises JobNotFound, for a job of none of these kinds too (unless none are given)."""
    job = db.session.get(Job, (project_id, job_id), populate_existing=True)
    if job is None or (kinds and job.kind not in kinds):
        raise JobNotFound
    return job


def list_jobs(
    project_id: UUID,
    *,
    limit: int,
    cursor: str | None = None,
    kinds: Collection[str] = (),
    state: str | None = None,
) -> dict[str, Any]:
    """A page of the project's jobs, newest first; those of these kinds only if any are given."""
    scope = f"jobs:{project_id}:{','.join(sorted(kinds))}:{state}"
    wanted = [Job.project_id == project_id]
    if kinds:
        wanted.append(Job.kind.in_(kinds))
    if state:
        wanted.append(Job.state == state)
    statement = select(Job).where(*wanted).order_by(Job.id.desc())
    total = 0
    if cursor:
        statement = statement.where(Job.id < decode_cursor(scope, cursor, is_time=True)[1])
    else:
        total = db.session.scalar(select(func.count()).select_from(Job).where(*wanted)) or 0
    rows = list(db.session.scalars(statement.limit(limit + 1)))
    return cursor_page(
        rows, limit=limit, total=total, cursor_of=lambda row: encode_cursor(scope, row.created_at, row.id)
    )


def cancel(job: Job) -> None:
    """Ends a job early. What is done stays done; a worker that is at it notices before it commits anything more.

    Raises JobNotCancellable, JobEnded.
    """
    if not kind(job.kind).can_cancel:
        raise JobNotCancellable
    ended = rows_changed(
        update(Job)
        .where(Job.project_id == job.project_id, Job.id == job.id, Job.state.in_(PENDING))
        .values(state="cancelled", finished_at=func.clock_timestamp())
    )
    if not ended:
        raise JobEnded
    db.session.expire(job)
