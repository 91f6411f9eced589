"""Segments whose rule cannot be answered: frozen with a reason, until a refresh finds that it can."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from plunk.accounts.service import rules_edited
from plunk.db.locks import lock_alone
from plunk.db.session import rows_changed, transaction
from plunk.segments.models import Segment

log = logging.getLogger(__name__)


def mark_broken(project_id: UUID, reasons: Mapping[UUID, str]) -> None:
    """In a transaction of its own, after the write that found out. Should it fail, the next write finds out again."""
    try:
        with transaction():
            lock_alone("rules", project_id)
            freeze(project_id, reasons)
    except SQLAlchemyError as problem:
        log.warning("segments could not be marked as broken: %s", problem)


def freeze(project_id: UUID, reasons: Mapping[UUID, str]) -> None:
    """Under the project's lock, in the current transaction: nobody comes in or leaves any more."""
    changed = 0
    for segment_id, reason in sorted(reasons.items()):
        log.error("segment %s is broken: %s", segment_id, reason)
        changed += rows_changed(
            update(Segment)
            .where(Segment.project_id == project_id, Segment.id == segment_id, Segment.status != "broken")
            .values(status="broken", status_reason=reason, refresh_cursor=None)
        )
    if changed:
        rules_edited(project_id)
