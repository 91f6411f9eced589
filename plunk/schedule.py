"""What happens by itself: one list of tasks and how often they run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from plunk.accounts import upkeep
from plunk.contacts import counting as counting_contacts
from plunk.contacts import jobs as contacts
from plunk.db.base import db
from plunk.db.session import transaction
from plunk.idempotency.service import forget_old_keys
from plunk.imports.upkeep import forget_old_files
from plunk.jobs.models import ScheduledRun
from plunk.jobs.queue import wake_due
from plunk.jobs.sweeping import forget_old_jobs, sweep
from plunk.outbox.jobs import forget_absent_listeners, forget_old_facts
from plunk.segments import counting, daily, history, timers
from plunk.segments import jobs as segments
from plunk.webhooks.upkeep import forget_old_deliveries

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """Work that is safe to run twice."""

    name: str
    every: timedelta
    run: Callable[[], Any]


TASKS = (
    Task("wake lanes", timedelta(seconds=1), wake_due),
    Task("judge contacts whose time has come", timedelta(seconds=1), timers.sweep),
    Task("sweep jobs", timedelta(seconds=5), sweep),
    Task("add up counts of segments", timedelta(seconds=5), counting.fold),
    Task("take up refreshes of segments", timedelta(seconds=15), segments.resume),
    Task("mend broken segments", timedelta(seconds=30), segments.mend),
    Task("forget old entries and exits", timedelta(minutes=10), history.forget_old_changes),
    Task("note the day's counts of segments", timedelta(minutes=10), daily.note),
    Task("count segments once a day", timedelta(hours=1), segments.ask_for_daily_counts),
    Task("forget old daily counts of segments", timedelta(hours=12), daily.forget_old),
    Task("count contacts", counting_contacts.COUNTED_EVERY, contacts.ask_for_counts),
    Task("forget old jobs", timedelta(hours=1), forget_old_jobs),
    Task("forget ended sessions and links", timedelta(minutes=10), upkeep.forget_old),
    Task("forget old idempotency keys", timedelta(minutes=10), forget_old_keys),
    Task("forget old facts", timedelta(seconds=30), forget_old_facts),
    Task("forget old deliveries", timedelta(minutes=1), forget_old_deliveries),
    Task("forget old uploads", timedelta(minutes=1), forget_old_files),
    Task("forget facts of absent listeners", timedelta(hours=1), forget_absent_listeners),
)
TICK_SECONDS = 1.0


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Runs what is due, each second, until `stop` is set. Any number of these may run at once."""
    while not stop.wait(TICK_SECONDS):
        with app.app_context():
            run_due()


def run_due(tasks: tuple[Task, ...] = TASKS) -> list[str]:
    """Runs the tasks whose turn it is and answers their names. A task that fails waits for its next turn; where not
    even the turn can be asked for, the database is out of reach and the others wait too."""
    done = []
    for task in tasks:
        is_turn = None
        try:
            with transaction():
                is_turn = claim(task)
            if is_turn:
                with transaction():
                    task.run()
                done.append(task.name)
        except (SQLAlchemyError, psycopg.Error) as problem:
            log.warning("the database refused the task %r: %s", task.name, problem)
            if is_turn is None:
                break
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
