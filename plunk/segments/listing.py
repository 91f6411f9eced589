"""The list of segments with the counts that can be had at once, and who is told to count again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from plunk import clock
from plunk.db.remembered import Remembered
from plunk.errors import SegmentBroken
from plunk.jobs.queue import enqueue
from plunk.segments.counting import Count, count, keep, kept, kept_counts
from plunk.segments.models import Segment
from plunk.segments.rules import broken_because, members
from plunk.segments.service import STATIC, list_segments

STALE_AFTER = timedelta(seconds=60)
RECOUNT = "plunk.segments.jobs.recount_stale"
_asked: Remembered[UUID] = Remembered(seconds=30, most=10_000)


def view(segment: Segment, *, is_live: bool = False) -> dict[str, Any]:
    """A segment as the API shows it: with the last count, or with one of this moment if `is_live`."""
    if segment.is_settled:
        return _view(segment, kept(segment), clock.now(), _reason(segment))
    reason = broken_because(segment)
    found, at = Count(segment.member_count, segment.reachable_count), segment.member_count_at
    if (is_live or segment.keeps_rows) and reason is None:
        try:
            found, at = count(members(segment)), clock.now()
        except SegmentBroken as problem:
            reason = problem.message
    return _view(segment, found, at, reason)


def view_and_keep(segment: Segment) -> dict[str, Any]:
    """The same with a count of this moment, which is kept as the last one: lists then say what the page says."""
    shown = view(segment, is_live=True)
    if not segment.keeps_rows and shown["status"] != "broken":
        keep(segment, Count(shown["memberCount"], shown["reachableCount"]))
    return shown


def views(project_id: UUID) -> list[dict[str, Any]]:
    """All segments, newest first: those that keep members with the members they have now, however far the search for
    them is; the others with their last count."""
    segments = list_segments(project_id)
    counts = kept_counts(project_id) if any(each.keeps_rows for each in segments) else {}
    now = clock.now()
    _ask_for_recount(project_id, segments)
    return [
        _view(each, counts.get(each.id, Count(0, 0)), now, _reason(each)) if each.keeps_rows else view(each)
        for each in segments
    ]


def _reason(segment: Segment) -> str | None:
    """Why a segment that keeps members is frozen; its rows are shown all the same."""
    return None if segment.type == STATIC else broken_because(segment)


def is_stale(segment: Segment) -> bool:
    """Whether its last count is too old to be shown again."""
    at = segment.member_count_at
    return not segment.keeps_rows and (at is None or at < clock.now() - STALE_AFTER)


def _ask_for_recount(project_id: UUID, segments: list[Segment]) -> None:
    if project_id not in _asked and any(is_stale(each) for each in segments):
        _asked.add([project_id])
        enqueue(RECOUNT, str(project_id))


def _progress(segment: Segment) -> str:
    return f"Its members are being found: {segment.refreshed:,} contacts were looked at"


def _view(segment: Segment, found: Count, at: Any, reason: str | None) -> dict[str, Any]:
    return {
        "segment": segment,
        "memberCount": found.total,
        "reachableCount": found.reachable,
        "memberCountAt": at,
        "status": segment.status if reason is None else "broken",
        "statusReason": reason if reason or segment.status != "computing" else _progress(segment),
    }
