"""Uploaded files go once nobody needs them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select

from plunk.config import settings
from plunk.db.base import db
from plunk.imports.models import Import, ImportChunk, RejectedRow
from plunk.jobs.models import PENDING, Job

UNUSED_FOR = timedelta(days=1)
AT_ONCE = 20


def forget_old_files() -> int:
    """Removes uploads whose import ended longer ago than the retention, and those that were never imported; returns
    how many, a few at a time."""
    of_import = (Job.project_id == Import.project_id, Job.id == Import.id)
    now = func.clock_timestamp()
    age = timedelta(days=settings().import_retention_days)
    is_needed = exists().where(*of_import, or_(Job.state.in_(PENDING), Job.finished_at > now - age))
    found = db.session.execute(
        select(Import.project_id, Import.id)
        .where(Import.created_at < now - min(age, UNUSED_FOR), ~is_needed)
        .order_by(Import.created_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for project_id, import_id in found:
        forget(project_id, import_id)
    return len(found)


def forget(project_id: UUID, import_id: UUID) -> None:
    """Removes one upload, with its rejected rows."""
    tables: list[tuple[Any, Any]] = [
        (ImportChunk, ImportChunk.import_id),
        (RejectedRow, RejectedRow.import_id),
        (Import, Import.id),
    ]
    for table, column in tables:
        db.session.execute(delete(table).where(table.project_id == project_id, column == import_id))
