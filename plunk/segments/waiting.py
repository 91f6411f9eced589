"""Waits for a segment whose members are being found, as long as a request may take."""

from __future__ import annotations

import time
from uuid import UUID

from sqlalchemy import select

from plunk.db.base import db
from plunk.db.session import transaction
from plunk.errors import SegmentBroken, SegmentNotTracked
from plunk.jobs import service as jobs
from plunk.jobs.models import Job
from plunk.segments.computing import REFRESH
from plunk.segments.counting import kept
from plunk.segments.service import get

PATIENCE_SECONDS = 20.0


def until_computed(
    project_id: UUID, segment_id: UUID, *, patience: float | None = None
) -> dict[str, int] | None:
    """`{added, removed, total}` once the segment is ready, None if that takes too long.

    Raises SegmentBroken; SegmentNotFound or SegmentNotTracked if somebody deletes it meanwhile, or ends its tracking.
    """
    until = time.monotonic() + (PATIENCE_SECONDS if patience is None else patience)
    while True:
        segment = get(project_id, segment_id, is_afresh=True)
        if not segment.track_membership:
            raise SegmentNotTracked
        if segment.status == "ready":
            total = kept(segment).total
            return {"added": segment.refresh_added, "removed": segment.refresh_removed, "total": total}
        if segment.status == "broken":
            raise SegmentBroken(f"The members of {segment.name!r} cannot be found: {segment.status_reason}")
        db.session.rollback()
        if time.monotonic() > until:
            return None
        time.sleep(0.1)


def job_of(project_id: UUID) -> UUID:
    """The job that is at it; one is started should it have ended at this moment."""
    newest = (
        select(Job.id)
        .where(Job.project_id == project_id, Job.kind == REFRESH, Job.state.in_(("queued", "active")))
        .order_by(Job.id.desc())
    )
    found = db.session.scalar(newest.limit(1))
    if found is not None:
        return found
    with transaction():
        return jobs.start(project_id, REFRESH, {})
