"""How segments grew: their counts on each of the last days, and who came and went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Date, Select, cast, func, select, true, union_all

from plunk.db.base import db
from plunk.segments.daily import today
from plunk.segments.models import MembershipChange, Segment, SegmentCountDelta, SegmentDailyCount

DAY = timedelta(days=1)


class Point(NamedTuple):
    """A segment's counts at the end of a day; today's are those of now."""

    day: date
    members: int
    reachable: int


@dataclass(frozen=True)
class Moves:
    """Entries and exits of one day."""

    entries: int = 0
    exits: int = 0


def growth_of_many(project_id: UUID, segment_ids: Collection[UUID], *, days: int) -> dict[UUID, list[Point]]:
    """The last so many days of each segment, today last, in one query. Days without a row have what was known before;
    those before the first row are left out. Today has the members of now, or of the last count where a segment keeps
    none."""
    rows = db.session.execute(_known(project_id, segment_ids, days=days)).all()
    known: dict[UUID, dict[date, Point]] = {}
    for row in rows:
        known.setdefault(row.segment_id, {})[row.day] = Point(row.day, row.members, row.reachable)
    if not rows:
        return {}
    first = max(row.day for row in rows) - (days - 1) * DAY
    return {segment_id: _filled(points, first=first, days=days) for segment_id, points in known.items()}


def growth(segment: Segment, *, days: int, now: tuple[int, int]) -> list[dict[str, Any]]:
    """`[{date, members, reachable, entries, exits}]` of one segment, oldest first; `now` are its members and reachable
    ones at this moment. Entries and exits are known where membership is tracked."""
    points = growth_of_many(segment.project_id, [segment.id], days=days).get(segment.id, [])
    moves = _moves(segment, since=points[0].day) if points else {}
    answer = [_shown(point, moves.get(point.day, Moves())) for point in points]
    if answer:
        answer[-1] |= {"members": now[0], "reachable": now[1]}
    return answer


def _known(project_id: UUID, segment_ids: Collection[UUID], *, days: int) -> Select[Any]:
    """The rows of the days, the last one before them, and the counts of now as today's row."""
    mine = (Segment.project_id == project_id, Segment.id.in_(segment_ids))
    first = today() - (days - 1)
    of_segment = (
        SegmentDailyCount.project_id == Segment.project_id,
        SegmentDailyCount.segment_id == Segment.id,
    )
    columns = (SegmentDailyCount.day, SegmentDailyCount.members, SegmentDailyCount.reachable)
    within = select(Segment.id.label("segment_id"), *columns).join(SegmentDailyCount, true())
    within = within.where(*mine, *of_segment, SegmentDailyCount.day >= first, SegmentDailyCount.day < today())
    latest = select(*columns).where(*of_segment, SegmentDailyCount.day < first)
    before = latest.order_by(SegmentDailyCount.day.desc()).limit(1).correlate(Segment).lateral()
    earlier = select(Segment.id, *before.c).join(before, true()).where(*mine)
    added = (
        select(
            func.coalesce(func.sum(SegmentCountDelta.members), 0).label("members"),
            func.coalesce(func.sum(SegmentCountDelta.reachable), 0).label("reachable"),
        )
        .where(SegmentCountDelta.project_id == Segment.project_id, SegmentCountDelta.segment_id == Segment.id)
        .correlate(Segment)
        .lateral()
    )
    now = select(
        Segment.id,
        today().label("day"),
        Segment.member_count + added.c.members,
        Segment.reachable_count + added.c.reachable,
    )
    every = union_all(within, earlier, now.join(added, true()).where(*mine)).subquery()
    return select(every)


def _filled(known: dict[date, Point], *, first: date, days: int) -> list[Point]:
    """One point a day, from the first known one on."""
    earlier = [point for day, point in known.items() if day < first]
    last = earlier[0] if earlier else None
    filled = []
    for day in (first + number * DAY for number in range(days)):
        last = known.get(day, last)
        if last is not None:
            filled.append(Point(day, last.members, last.reachable))
    return filled


def _moves(segment: Segment, *, since: date) -> dict[date, Moves]:
    day = cast(MembershipChange.at, Date)
    entries = func.count().filter(MembershipChange.is_entry)
    rows: Sequence[Any] = db.session.execute(
        select(day, entries, func.count() - entries)
        .where(
            MembershipChange.project_id == segment.project_id,
            MembershipChange.segment_id == segment.id,
            MembershipChange.at >= datetime.combine(since, time.min, UTC),
        )
        .group_by(day)
    ).all()
    return {found: Moves(came, went) for found, came, went in rows}


def _shown(point: Point, moves: Moves) -> dict[str, Any]:
    return {
        "date": point.day,
        "members": point.members,
        "reachable": point.reachable,
        "entries": moves.entries,
        "exits": moves.exits,
    }
