"""What workers do with events: remove all of a name."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import delete, func, select, update

from plunk import plugins
from plunk.accounts.service import rules_version
from plunk.db.base import db
from plunk.db.locks import number
from plunk.db.pipeline import Statement, run
from plunk.db.remembered import CATALOGUED_SECONDS
from plunk.db.session import rows_changed, transaction
from plunk.events.models import Activity, Event, EventName
from plunk.facts import ContactChange
from plunk.jobs import kinds
from plunk.jobs import service as jobs
from plunk.jobs.running import Running

DELETE_EVENT = "event.delete"
BATCH = 1_000


def init_app(app: Flask) -> None:
    kinds.register(app, DELETE_EVENT, delete_event)


def delete_event(job: Running) -> dict[str, Any]:
    """Removes the events of a name from before the job was asked for, some contacts at a time, each with what they
    add to its activity. What was tracked since stays, and what is gone stays gone if this runs twice."""
    name: str = job.params["name"]
    before = jobs.get(job.project_id, job.id).created_at
    progress = {"contacts": 0, "deleted": 0, **job.progress}
    while (further := job.batch(partial(_delete_some, job, name, before, progress))) is not None:
        progress = further
    time.sleep(CATALOGUED_SECONDS)
    with transaction():
        _forget_name(job.project_id, name)
    return progress


def _delete_some(
    job: Running, name: str, before: datetime, progress: dict[str, Any]
) -> dict[str, Any] | None:
    """The progress after another batch; None if there was nothing left."""
    contacts = _lock_contacts(job.project_id, name, before)
    if not contacts:
        return None
    deleted = _delete(job.project_id, name, contacts, before)
    _tell(job.project_id, name, contacts)
    further = {
        "contacts": progress["contacts"] + len(contacts),
        "deleted": progress["deleted"] + deleted,
    }
    job.report(further)
    return further


def _lock_contacts(project_id: UUID, name: str, before: datetime) -> list[UUID]:
    """Some contacts with such events, locked as all writers lock them: by address, after the lock they share."""
    db.session.execute(select(func.pg_advisory_xact_lock_shared(number("rules", project_id))))
    found = list(
        db.session.scalars(
            select(Activity.contact_id)
            .where(Activity.project_id == project_id, Activity.name == name, Activity.first_at < before)
            .limit(BATCH)
        )
    )
    plugins.hook().plunk_contacts_changing(project_id=project_id, contact_ids=found, emails=())
    values = {"project_id": project_id, "ids": found}
    (rows,) = run([Statement(_LOCK, values)])
    return [row[0] for row in rows]


_LOCK = b"""
    SELECT id FROM contacts WHERE project_id = %(project_id)s AND id = ANY(%(ids)s)
    ORDER BY email COLLATE "C" FOR UPDATE
"""


def _tell(project_id: UUID, name: str, contacts: list[UUID]) -> None:
    """A rule may have begun to read these events since the job was asked for."""
    plugins.hook().plunk_contacts_changed(
        project_id=project_id,
        rules_version=rules_version(project_id),
        changes=[ContactChange(each, forgotten_events=frozenset({name})) for each in contacts],
    )


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
