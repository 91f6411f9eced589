"""What workers and the scheduler do with the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import ColumnElement, delete, func, select, tuple_

from plunk.config import settings
from plunk.db.session import rows_changed
from plunk.jobs import queue
from plunk.outbox import interest, relay
from plunk.outbox.models import OutboxRow

BATCH = 20_000


def init_app(app: Flask) -> None:
    """Gives the app its memory of listeners, and the lane `facts` its work."""
    interest.init_app(app)
    queue.register(app, queue.FACTS, queue.Work(relay.RUN, relay.is_due))


def forget_old_facts() -> int:
    """Removes up to `BATCH` rows that ended longer ago than the retention; returns how many."""
    return _forget(OutboxRow.state != "pending", OutboxRow.finished_at < _end())


def forget_absent_listeners() -> int:
    """Removes up to `BATCH` rows as old as that whose listener this app does not have; returns how many.

    They wait that long for a plugin to be installed again.
    """
    is_absent = OutboxRow.listener.not_in(list(interest.listeners(current_app)))
    return _forget(OutboxRow.state == "pending", is_absent, OutboxRow.created_at < _end())


def _end() -> Any:
    return func.clock_timestamp() - timedelta(days=settings().outbox_retention_days)


def _forget(*conditions: ColumnElement[bool]) -> int:
    key = tuple_(OutboxRow.project_id, OutboxRow.id)
    old = select(OutboxRow.project_id, OutboxRow.id).where(*conditions).limit(BATCH)
    return rows_changed(delete(OutboxRow).where(key.in_(old.with_for_update(skip_locked=True))))
