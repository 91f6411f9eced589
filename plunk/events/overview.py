"""Event names with how often they happened lately and when last, in milliseconds at any size: counting stops early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Text, and_, cast, func, or_, select

from plunk import clock
from plunk.db.base import db
from plunk.db.pipeline import Statement, run
from plunk.events.models import Event, EventName
from plunk.events.names import RESERVED, is_reserved
from plunk.filters.values import simple_lower

DAYS = 30
COUNTED_AT_MOST = 10_000
DRAWN_AT_MOST = 100_000


@dataclass(frozen=True)
class NameCount:
    """`count` is of the last 30 days (UTC, today is one of them); it stopped at `COUNTED_AT_MOST` if `is_at_least`."""

    name: str
    count: int
    is_at_least: bool
    latest_at: datetime | None


def names(
    project_id: UUID, *, limit: int, after: str | None = None, search: str | None = None
) -> tuple[list[NameCount], bool]:
    """Catalogued names from behind `after`, and whether there are more: first those that somebody tracks, then those
    that plunk records itself, each in alphabetical order. `search` is a part of the name in any case."""
    is_plunks, name = EventName.name.regexp_match(RESERVED), EventName.name.collate("C")
    wanted = select(EventName.name).where(EventName.project_id == project_id)
    if search:
        lowered = func.lower(EventName.name.collate("pg_c_utf8"), type_=Text())
        wanted = wanted.where(lowered.contains(simple_lower(search), autoescape=True))
    if after is not None:
        is_behind = name > after
        wanted = wanted.where(and_(is_plunks, is_behind) if is_reserved(after) else or_(is_plunks, is_behind))
    found = list(db.session.scalars(wanted.order_by(is_plunks, name).limit(limit + 1)))
    return _counted(project_id, found[:limit]), len(found) > limit


def one(project_id: UUID, name: str) -> NameCount:
    """The same for one name, catalogued or not."""
    return _counted(project_id, [name])[0]


def daily(project_id: UUID, name: str) -> list[tuple[date, int]] | None:
    """How often an event happened on each of the last 30 days (UTC), oldest first, today last; None if there are too
    many to be counted while somebody waits."""
    first = _first_day()
    some = (
        select(Event.created_at)
        .where(
            Event.project_id == project_id,
            Event.name == name,
            Event.created_at >= datetime.combine(first, time.min, UTC),
        )
        .limit(DRAWN_AT_MOST + 1)
        .subquery()
    )
    day = cast(func.timezone("UTC", some.c.created_at), Date)
    found = {each: number for each, number in db.session.execute(select(day, func.count()).group_by(day))}
    if sum(found.values()) > DRAWN_AT_MOST:
        return None
    wanted = [first + timedelta(days=number) for number in range(DAYS)]
    return [(each, found.get(each, 0)) for each in wanted]


def _first_day() -> date:
    return clock.now().astimezone(UTC).date() - timedelta(days=DAYS - 1)


def _counted(project_id: UUID, names: Sequence[str]) -> list[NameCount]:
    if not names:
        return []
    values = {
        "project_id": project_id,
        "names": list(names),
        "since": datetime.combine(_first_day(), time.min, UTC),
        "most": COUNTED_AT_MOST + 1,
    }
    (rows,) = run([Statement(_COUNTED, values)])
    found = {row[0]: _name_count(row) for row in rows}
    return [found[name] for name in names]


def _name_count(row: Any) -> NameCount:
    name, number, latest = row
    return NameCount(name, min(number, COUNTED_AT_MOST), number > COUNTED_AT_MOST, latest)


_COUNTED = b"""
    SELECT n.name, (
        SELECT count(*) FROM (
            SELECT FROM events AS e
            WHERE e.project_id = %(project_id)s AND e.name = n.name AND e.created_at >= %(since)s LIMIT %(most)s
        ) AS recent
    ), (
        SELECT e.created_at FROM events AS e WHERE e.project_id = %(project_id)s AND e.name = n.name
        ORDER BY e.created_at DESC LIMIT 1
    )
    FROM unnest(%(names)s::text[]) AS n (name)
"""
