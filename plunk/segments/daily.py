"""Writes down how many were in each segment, day by day (UTC).

The row of a day is written again while the day lasts, so that what stays is how it ended. Segments that keep no members
are counted once a day by a worker, and by whoever looks at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, delete, func, or_, select

from plunk import clock
from plunk.config import settings
from plunk.db.base import db
from plunk.db.pipeline import Statement, run
from plunk.segments.models import Segment, SegmentDailyCount

AT_ONCE = 500
BATCH = 10_000
_NIL = UUID(int=0)


def today() -> ColumnElement[date]:
    """The day it is by the database's clock."""
    return cast(clock.sql_now(), Date)


def note(project_id: UUID | None = None) -> int:
    """Writes today's row of every segment whose counts are of today (of one project, or of all); answers how many
    rows that made or changed. Segments whose members are still being found wait."""
    written, after = 0, (project_id or _NIL, _NIL)
    while keys := _keys(project_id, after):
        values = {"projects": [key[0] for key in keys], "segments": [key[1] for key in keys]}
        (rows,) = run([Statement(_NOTE, {**values, "moved": clock.moved_by})])
        written += len(rows)
        after = keys[-1]
    return written


def projects_to_count() -> list[UUID]:
    """The projects with segments that nobody counted today."""
    return list(db.session.scalars(select(Segment.project_id).where(*_uncounted()).distinct()))


def segments_to_count(project_id: UUID) -> list[UUID]:
    """The segments of a project that nobody counted today."""
    return list(db.session.scalars(select(Segment.id).where(Segment.project_id == project_id, *_uncounted())))


def is_counted(segment: Segment) -> bool:
    """Whether its counts are of today."""
    at = segment.member_count_at
    return segment.keeps_rows or (at is not None and at.date() >= clock.now().date())


def forget(project_id: UUID, segment_id: UUID) -> None:
    """Removes the rows of a segment that is deleted."""
    mine = (SegmentDailyCount.project_id == project_id, SegmentDailyCount.segment_id == segment_id)
    db.session.execute(delete(SegmentDailyCount).where(*mine))


def forget_old() -> int:
    """Removes rows older than the retention, and those that a deleted segment left; answers how many."""
    age = timedelta(days=settings().segment_counts_retention_days)
    removed = 0
    while True:
        (rows,) = run([Statement(_FORGET, {"age": age, "moved": clock.moved_by, "most": BATCH})])
        removed += len(rows)
        if len(rows) < BATCH:
            return removed


def _keys(project_id: UUID | None, after: tuple[UUID, UUID]) -> Sequence[tuple[UUID, UUID]]:
    mine = [] if project_id is None else [Segment.project_id == project_id]
    place = or_(Segment.project_id > after[0], (Segment.project_id == after[0]) & (Segment.id > after[1]))
    wanted = select(Segment.project_id, Segment.id).where(*mine, place)
    rows = db.session.execute(wanted.order_by(Segment.project_id, Segment.id).limit(AT_ONCE))
    return [(row.project_id, row.id) for row in rows]


def _uncounted() -> tuple[ColumnElement[Any], ...]:
    return (
        Segment.type == "DYNAMIC",
        ~Segment.track_membership,
        Segment.status == "ready",
        func.coalesce(cast(Segment.member_count_at, Date) < today(), True),
    )


_NOTE = b"""
    WITH wanted AS (
        SELECT s.project_id, s.id, s.member_count, s.reachable_count
        FROM unnest(%(projects)s::uuid[], %(segments)s::uuid[]) AS w (project_id, id)
        JOIN segments AS s USING (project_id, id)
        WHERE s.status <> 'computing' AND (
            s.type = 'STATIC' OR s.track_membership
            OR s.member_count_at::date >= (statement_timestamp() + %(moved)s)::date
        )
    ), added AS (
        SELECT d.project_id, d.segment_id AS id, sum(d.members) AS members, sum(d.reachable) AS reachable
        FROM segment_count_deltas AS d JOIN wanted AS w ON w.project_id = d.project_id AND w.id = d.segment_id
        GROUP BY d.project_id, d.segment_id
    )
    INSERT INTO segment_daily_counts AS c (project_id, segment_id, day, members, reachable)
    SELECT project_id, id, (statement_timestamp() + %(moved)s)::date,
        member_count + coalesce(members, 0), reachable_count + coalesce(reachable, 0)
    FROM wanted LEFT JOIN added USING (project_id, id)
    ORDER BY project_id, id
    ON CONFLICT (project_id, segment_id, day) DO UPDATE SET members = excluded.members, reachable = excluded.reachable
    WHERE (c.members, c.reachable) IS DISTINCT FROM (excluded.members, excluded.reachable)
    RETURNING 1
"""
_FORGET = b"""
    DELETE FROM segment_daily_counts AS c USING (
        SELECT old.project_id, old.segment_id, old.day FROM segment_daily_counts AS old
        WHERE old.day < (statement_timestamp() + %(moved)s - %(age)s)::date OR NOT EXISTS (
            SELECT FROM segments AS s WHERE s.project_id = old.project_id AND s.id = old.segment_id
        )
        LIMIT %(most)s
    ) AS old
    WHERE c.project_id = old.project_id AND c.segment_id = old.segment_id AND c.day = old.day
    RETURNING 1
"""
