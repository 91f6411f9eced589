"""Jobs in the hands of workers: claimed, reported on, ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select, update

from plunk.db.base import db
from plunk.db.passing import retried
from plunk.db.session import after_commit, rows_changed, transaction
from plunk.jobs import stopping
from plunk.jobs.heartbeat import beating
from plunk.jobs.kinds import kind
from plunk.jobs.models import Job
from plunk.jobs.queue import enqueue

MAX_FAILURES = 5
"""Errors one after the other, without progress in between, until a job is given up."""

RUN = "plunk.jobs.running.run"
BATCH_RETRIES = 5
Result = TypeVar("Result")


class NotOurs(Exception):
    """The job was cancelled, or another worker has it: nothing more of it may be committed here."""


class Hopeless(Exception):
    """The job cannot be done, and trying again will not help; the text says why to people."""


class Paused(Exception):
    """The worker is to stop: another goes on with the job."""


@dataclass(frozen=True)
class Running:
    """A job in the hands of its function. Safe to run twice is the function's duty: it may be cut off anywhere.

    `claim` is the number of the claim by which this worker has it.
    """

    project_id: UUID
    id: UUID
    kind: str
    params: dict[str, Any]
    progress: dict[str, Any]
    claim: int

    def report(self, progress: dict[str, Any]) -> None:
        """Saves how far the work is, last in the transaction that did it.

        Raises NotOurs if the job was cancelled or taken over meanwhile: what two workers do is committed once.
        """
        if not self._update(progress=progress, attempts=0, failures=0, seen_at=func.clock_timestamp()):
            raise NotOurs

    def batch(self, work: Callable[[], Result]) -> Result:
        """Does a part of the work in a transaction of its own, again if the database refused for reasons that pass.

        `work` may be run several times: it changes nothing but the database. Raises Paused before it begins if the
        worker is to stop.
        """
        self.pause_if_stopping()

        def once() -> Result:
            with transaction():
                return work()

        return retried(once, times=BATCH_RETRIES)

    def check(self) -> None:
        """Call it where the work goes on for long without anything to report. Raises NotOurs, Paused."""
        self.pause_if_stopping()
        mine = select(Job.id).where(
            Job.project_id == self.project_id,
            Job.id == self.id,
            Job.state == "active",
            Job.claims == self.claim,
        )
        with transaction():
            is_ours = db.session.scalar(mine) is not None
        if not is_ours:
            raise NotOurs

    def pause_if_stopping(self) -> None:
        """Call it between two parts of the work. Raises Paused if the worker is to stop."""
        if stopping.is_stopping():
            raise Paused

    def end(self, **values: Any) -> None:
        """Writes down how it ended, unless it is not ours any more."""
        with transaction():
            self._update(**values)

    def _update(self, **values: Any) -> int:
        return rows_changed(
            update(Job)
            .where(
                Job.project_id == self.project_id,
                Job.id == self.id,
                Job.state == "active",
                Job.claims == self.claim,
            )
            .values(**values)
        )


def run(project_id: str, job_id: str) -> None:
    """What a worker does with one id: claim the row, call its function, write down the end."""
    job = _claim(UUID(project_id), UUID(job_id))
    if job is None:
        return
    try:
        with beating(job.project_id, job.id, job.claim):
            result = kind(job.kind).function(job)
    except NotOurs:
        return
    except Paused:
        _give_back(job)
        return
    except Hopeless as problem:
        job.end(state="failed", failed_reason=str(problem), finished_at=func.clock_timestamp())
        return
    except Exception as problem:
        db.session.rollback()
        _note_failure(job, problem)
        raise
    job.end(state="completed", result=result, failed_reason=None, finished_at=func.clock_timestamp())


def _claim(project_id: UUID, job_id: UUID) -> Running | None:
    """A queued job (the sweep queues silent ones again); the row count decides between two workers."""
    with transaction():
        row = db.session.execute(
            update(Job)
            .where(Job.project_id == project_id, Job.id == job_id, Job.state == "queued")
            .values(
                state="active",
                seen_at=func.clock_timestamp(),
                claims=Job.claims + 1,
                attempts=Job.attempts + 1,
            )
            .returning(Job.kind, Job.params, Job.progress, Job.claims),
            execution_options={"synchronize_session": False},
        ).first()
    return Running(project_id, job_id, row.kind, row.params, row.progress, row.claims) if row else None


def _give_back(job: Running) -> None:
    """For the next worker, at once: this one is not to be blamed."""
    with transaction():
        if job._update(state="queued", seen_at=func.clock_timestamp(), attempts=Job.attempts - 1):
            after_commit(partial(enqueue, RUN, str(job.project_id), str(job.id)))


def _note_failure(job: Running, problem: Exception) -> None:
    """Back to the sweep, which waits a while; after the last failure in a row it has failed."""
    reason = f"{type(problem).__name__}: {problem}"[:500].replace("\0", "\\0")
    job.end(failed_reason=reason, failures=Job.failures + 1, seen_at=func.clock_timestamp())
    with transaction():
        rows_changed(
            update(Job)
            .where(
                Job.project_id == job.project_id,
                Job.id == job.id,
                Job.claims == job.claim,
                Job.state == "active",
                Job.failures >= MAX_FAILURES,
            )
            .values(state="failed", finished_at=func.clock_timestamp())
        )
