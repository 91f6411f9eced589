"""What workers do with events: remove all of a name."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import delete, func, select, update

from plunk.db.base import db
from plunk.db.remembered import CATALOGUED_SECONDS
from plunk.db.session import rows_changed, transaction
from plunk.events.models import Activity, Event, EventName
from plunk.jobs import service as jobs
from plunk.jobs.service import Running

DELETE_EVENT = "event.delete"
BATCH = 1_000


def init_app(app: Flask) -> None:
    jobs.register(app, DELETE_EVENT, delete_event)


def delete_event(job: Running) -> dict[str, Any]:
    """Removes the events of a name from before the job was asked for, some contacts at a time, each with what they
    add to its activity. What was tracked since stays, and what is gone stays gone if this runs twice."""
    name: str = job.params["name"]
    before = jobs.get(job.project_id, job.id).created_at
    progress = {"contacts": 0, "deleted": 0, **job.progress}
    while True:
        with transaction():
            contacts = _lock_activity(job.project_id, name, before)
            if not contacts:
                break
            progress["contacts"] += len(contacts)
            progress["deleted"] += _delete(job.project_id, name, contacts, before)
            job.report(progress)
    time.sleep(CATALOGUED_SECONDS)
    with transaction():
        _forget_name(job.project_id, name)
    return progress


def _lock_activity(project_id: UUID, name: str, before: datetime) -> list[UUID]:
    """Skips rows that a writer holds: who waits here while holding others would deadlock with batches. Only when
    those are all that is left does it wait for one."""
    rows = select(Activity.contact_id).where(
        Activity.project_id == project_id, Activity.name == name, Activity.first_at < before
    )
    free = list(db.session.scalars(rows.limit(BATCH).with_for_update(skip_locked=True)))
    return free or list(db.session.scalars(rows.limit(1).with_for_update()))


def _delete(project_id: UUID, name: str, contacts: list[UUID], before: datetime) -> int:
    """A later statement than the lock's: it sees the event of the writer that the lock waited for."""
    events = (Event.project_id == project_id, Event.name == name, Event.contact_id.in_(contacts))
    sums = (Activity.project_id == project_id, Activity.name == name, Activity.contact_id.in_(contacts))
    deleted = rows_changed(delete(Event).where(*events, Event.created_at < before))
    left = (
        select(
            Event.contact_id,
            func.min(Event.created_at).label("first_at"),
            func.max(Event.created_at).label("last_at"),
            func.count().label("count"),
        )
        .where(*events)
        .group_by(Event.contact_id)
        .subquery()
    )
    rows_changed(
        update(Activity)
        .where(*sums, Activity.contact_id == left.c.contact_id)
        .values(first_at=left.c.first_at, last_at=left.c.last_at, count=left.c.count)
    )
    rows_changed(delete(Activity).where(*sums, Activity.contact_id.not_in(select(left.c.contact_id))))
    return deleted


def _forget_name(project_id: UUID, name: str) -> None:
    left = select(func.count()).where(Activity.project_id == project_id, Activity.name == name)
    if not db.session.scalar(left):
        db.session.execute(
            delete(EventName).where(EventName.project_id == project_id, EventName.name == name)
        )
