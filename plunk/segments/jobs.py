"""What workers do with segments: count those whose count has grown old."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from plunk.db.session import transaction
from plunk.errors import SegmentNotFound
from plunk.segments.counting import allow_parallel_workers, recount_unless_broken
from plunk.segments.listing import is_stale
from plunk.segments.service import get, list_segments


def recount_stale(project_id: str) -> None:
    """Each segment in a transaction of its own; a second run finds fresh counts and does nothing."""
    project = UUID(project_id)
    for segment_id in [each.id for each in list_segments(project) if is_stale(each)]:
        with suppress(SegmentNotFound), transaction():
            segment = get(project, segment_id)
            if is_stale(segment):
                allow_parallel_workers()
                recount_unless_broken(segment)
