"""What happens by itself: one list of tasks and how often they run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.idempotency.service import forget_old_keys
from plunk.jobs.models import ScheduledRun
from plunk.jobs.service import forget_old_jobs, sweep

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """Work that is safe to run twice."""

    name: str
    every: timedelta
    run: Callable[[], Any]


TASKS = (
    Task("sweep jobs", timedelta(seconds=5), sweep),
    Task("forget old jobs", timedelta(hours=1), forget_old_jobs),
    Task("forget old idempotency keys", timedelta(minutes=10), forget_old_keys),
)
TICK_SECONDS = 1.0


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Runs what is due, each second, until `stop` is set. Any number of these may run at once."""
    while not stop.wait(TICK_SECONDS):
        with app.app_context():
            run_due()


def run_due(tasks: tuple[Task, ...] = TASKS) -> list[str]:
    """Runs the tasks whose turn it is and answers their names. A task that fails waits for its next turn."""
    done = []
    for task in tasks:
        try:
            with transaction():
                if not claim(task):
                    continue
            with transaction():
                task.run()
            done.append(task.name)
        except SQLAlchemyError as problem:
            log.warning("the database refused the task %r: %s", task.name, problem)
        finally:
            db.session.remove()
    return done


def claim(task: Task) -> bool:
    """Whether it is this process's turn: the row count decides between several schedulers."""
    now = func.clock_timestamp()
    statement = insert(ScheduledRun).values(name=task.name, started_at=now)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"started_at": now},
        where=ScheduledRun.started_at <= now - task.every,
    )
    return db.session.execute(statement.returning(ScheduledRun.name)).first() is not None
