"""Jobs that a command does itself, as a worker would; the job's row decides which of them has it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from uuid import UUID

from flask import Flask

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.jobs import running, service, stopping
from plunk.jobs.models import PENDING, Job
from plunk.jobs.sweeping import sweep

LOOKS_EVERY = 0.2
RESTS = 1.0


class Interrupted(Exception):
    """Somebody pressed Ctrl-C: the job waits, whole, for whoever goes on with it."""


def do(app: Flask, project_id: UUID, job_id: UUID, *, tell: Callable[[Job], object]) -> Job:
    """Works on a job until it has ended, whoever ends it; `tell` hears several times a second how far it is.

    Where a worker got it first, this only looks on, and takes over should that one die. Ctrl-C ends the work at its
    next good place, a second one at once. Raises Interrupted, and what the work itself raises. Call it in the main
    thread.
    """
    stopping.prepare(app)
    with _gently_interrupted(app):
        while True:
            _work(app, project_id, job_id, tell)
            job = _look(project_id, job_id)
            tell(job)
            if job.state not in PENDING:
                return job
            if stopping.is_stopping():
                raise Interrupted
            time.sleep(RESTS)
            with transaction():
                sweep()


def _work(app: Flask, project_id: UUID, job_id: UUID, tell: Callable[[Job], object]) -> None:
    """Does the job, or nothing if somebody else has it."""
    problems: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                running.run(str(project_id), str(job_id))
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=work, name=f"job {job_id}", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(LOOKS_EVERY)
        tell(_look(project_id, job_id))
    if problems:
        raise problems[0]


def _look(project_id: UUID, job_id: UUID) -> Job:
    """The job's row as it is now, fit to be looked at after the transaction."""
    with transaction():
        job = service.get(project_id, job_id)
        db.session.expunge(job)
    return job


@contextmanager
def _gently_interrupted(app: Flask) -> Iterator[None]:
    def interrupt(signum: int, frame: FrameType | None) -> None:
        if stopping.is_stopping():
            raise KeyboardInterrupt
        stopping.ask_to_stop(app)

    before = {each: signal.signal(each, interrupt) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
