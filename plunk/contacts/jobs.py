"""What workers do with contacts: take a field out of all of them, count coverage."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import delete, func, select, update

from plunk.contacts import changes, counting, fields
from plunk.contacts.models import Contact, ContactField
from plunk.db.base import db
from plunk.db.remembered import CATALOGUED_SECONDS, Remembered
from plunk.db.session import after_commit, allow_parallel_workers, rows_changed, transaction
from plunk.facts import ContactChange
from plunk.jobs import kinds
from plunk.jobs.queue import enqueue
from plunk.jobs.running import Running

DELETE_FIELD = "field.delete"
COUNT_CONTACTS = "plunk.contacts.jobs.count_contacts"
COVERAGE = "plunk.contacts.jobs.count_coverage"
BATCH = 2_000
_asked: Remembered[UUID] = Remembered(seconds=timedelta(seconds=30).total_seconds(), most=10_000)


def init_app(app: Flask) -> None:
    kinds.register(app, DELETE_FIELD, delete_field)


def refresh_coverage(project_id: UUID) -> None:
    """Asks a worker to count, at most every half minute from this process."""
    if project_id not in _asked:
        _asked.add([project_id])
        enqueue(COVERAGE, str(project_id))


def count_coverage(project_id: str) -> None:
    """Run by a worker."""
    with transaction():
        fields.store_coverage(UUID(project_id))


def ask_for_counts() -> bool:
    """Has a worker count the contacts of all projects."""
    after_commit(partial(enqueue, COUNT_CONTACTS))
    return True


def count_contacts() -> None:
    """Each project in a transaction of its own; a second run soon after finds them counted."""
    with transaction():
        projects = counting.projects_to_count()
    for project_id in projects:
        with transaction():
            allow_parallel_workers()
            counting.note(project_id)


def delete_field(job: Running) -> dict[str, Any]:
    """Takes the key out of the project's contacts, batch by batch along their ids.

    A second run goes on behind the last committed batch; contacts that lost the key already do not change.
    """
    key: str = job.params["key"]
    progress = {"scanned": 0, "changed": 0, "after": None, **job.progress}
    while (further := job.batch(partial(_remove_some, job, key, progress))) is not None:
        progress = further
    time.sleep(CATALOGUED_SECONDS)
    with transaction():
        _forget_key(job.project_id, key)
    return {"changed": progress["changed"]}


def _remove_some(job: Running, key: str, progress: dict[str, Any]) -> dict[str, Any] | None:
    """The progress after another batch; None if there was nothing left."""
    ids = _next_ids(job.project_id, progress["after"])
    if not ids:
        return None
    further = {
        "scanned": progress["scanned"] + len(ids),
        "changed": progress["changed"] + _remove_key(job.project_id, ids, key),
        "after": str(ids[-1]),
    }
    job.report(further)
    return further


def _next_ids(project_id: UUID, after: str | None) -> list[UUID]:
    statement = select(Contact.id).where(Contact.project_id == project_id)
    if after:
        statement = statement.where(Contact.id > UUID(after))
    return list(db.session.scalars(statement.order_by(Contact.id).limit(BATCH)))


def _remove_key(project_id: UUID, ids: list[UUID], key: str) -> int:
    """Locks in order of e-mail first, as all writers of many contacts do."""
    changes.begin(project_id, ids)
    holders = db.session.scalars(
        select(Contact.id)
        .where(Contact.project_id == project_id, Contact.id.in_(ids), Contact.data.has_key(key))
        .order_by(Contact.email.collate("C"))
        .with_for_update()
    ).all()
    rows_changed(
        update(Contact)
        .where(Contact.project_id == project_id, Contact.id.in_(holders))
        .values(
            data=Contact.data.op("-")(key),
            updated_at=func.date_trunc("milliseconds", func.clock_timestamp()),
        )
    )
    fields = frozenset({f"data.{key}", "updatedAt"})
    changes.tell(project_id, [ContactChange(holder, fields=fields) for holder in holders])
    return len(holders)


def _forget_key(project_id: UUID, key: str) -> None:
    """Out of the catalogue, unless somebody wrote the key again meanwhile."""
    still = select(Contact.id).where(Contact.project_id == project_id, Contact.data.has_key(key)).limit(1)
    if db.session.scalar(still) is None:
        db.session.execute(
            delete(ContactField).where(ContactField.project_id == project_id, ContactField.key == key)
        )
