"""Reading events: lists, names and counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, func, select, tuple_

from plunk import clock, plugins
from plunk.db.base import db, least_id
from plunk.errors import EventInUse, EventNotFound
from plunk.events.models import Activity, Event, EventName
from plunk.filters.values import simple_lower
from plunk.web.pages import cursor_page, decode_cursor, encode_cursor

DEFAULT_WINDOW = timedelta(days=30)
COUNTED_AT_MOST = 10_000
_COLUMNS = (Event.id, Event.name, Event.contact_id, Event.data, Event.created_at)


def list_events(
    project_id: UUID,
    *,
    limit: int,
    cursor: str | None = None,
    name: str | None = None,
    contact_id: UUID | None = None,
) -> dict[str, Any]:
    """The latest events: `{events, cursor, hasMore}`.

    Of a name or a contact they come by their time. All together they come by their ids, which carry that time:
    the primary key is the index for it.
    """
    scope = f"events:{project_id}:{name or ''}:{contact_id or ''}"
    name = name or None
    by_time = name is not None or contact_id is not None
    statement = select(*_COLUMNS).where(Event.project_id == project_id)
    if name is not None:
        statement = statement.where(Event.name == name)
    if contact_id is not None:
        statement = statement.where(Event.contact_id == contact_id)
    if cursor:
        value, row_id = decode_cursor(scope, cursor, is_time=True)
        place = tuple_(Event.created_at, Event.id) < tuple_(value, row_id) if by_time else Event.id < row_id
        statement = statement.where(place)
    order = [Event.created_at.desc(), Event.id.desc()] if by_time else [Event.id.desc()]
    rows = db.session.execute(statement.order_by(*order).limit(limit + 1)).all()
    page = cursor_page(
        list(rows),
        limit=limit,
        total=0,
        cursor_of=lambda row: encode_cursor(scope, row.created_at, row.id),
    )
    return {"events": page["data"], "cursor": page["cursor"], "hasMore": page["hasMore"]}


def activity_of(project_id: UUID, contact_id: UUID, *, limit: int) -> list[Row[Any]]:
    """What a contact did and how often, what it did last first: `name`, `first_at`, `last_at`, `number`."""
    mine = select(Activity.name, Activity.first_at, Activity.last_at, Activity.count.label("number")).where(
        Activity.project_id == project_id, Activity.contact_id == contact_id
    )
    rows = db.session.execute(mine.order_by(Activity.last_at.desc(), Activity.name).limit(limit))
    return [*rows]


def count_lately(project_id: UUID, *, at_most: int = COUNTED_AT_MOST) -> tuple[int, bool]:
    """How many events of the last 24 hours there are; counting stops at `at_most`, then the second value is true."""
    since = least_id(clock.now() - timedelta(hours=24))
    some = select(Event.id).where(Event.project_id == project_id, Event.id >= since).limit(at_most + 1)
    found = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return min(found, at_most), found > at_most


def list_names(project_id: UUID, *, search: str | None = None, limit: int | None = None) -> list[str]:
    """All catalogued event names, or those that begin so in any case; in alphabetical order."""
    names = select(EventName.name).where(EventName.project_id == project_id)
    if search:
        lowered = func.lower(EventName.name.collate("pg_c_utf8"), type_=Text())
        names = names.where(func.starts_with(lowered, simple_lower(search)))
    return list(db.session.scalars(names.order_by(EventName.name.collate("C")).limit(limit)))


def count_by_name(
    project_id: UUID, *, start: datetime | None, until: datetime | None
) -> list[dict[str, Any]]:
    """`[{name, count}]` of the events from `start` to `until`, most frequent first.

    Without a start: of the 30 days before the end.
    """
    start = start or (until or clock.now()) - DEFAULT_WINDOW
    where = [Event.project_id == project_id, Event.created_at >= start]
    if until:
        where.append(Event.created_at <= until)
    number = func.count()
    rows = db.session.execute(
        select(Event.name, number).where(*where).group_by(Event.name).order_by(number.desc(), Event.name)
    )
    return [{"name": name, "count": count} for name, count in rows]


def usages(project_id: UUID, name: str) -> list[dict[str, Any]]:
    """Segments, campaigns and workflows that mention an event; raises EventNotFound."""
    if db.session.get(EventName, (project_id, name)) is None and not _was_tracked(project_id, name):
        raise EventNotFound(name)
    answers = plugins.hook().plunk_usages(project_id=project_id, kind="event", name=name)
    return [usage for answer in answers for usage in answer]


def refuse_if_used(project_id: UUID, name: str) -> None:
    """Raises EventNotFound or EventInUse."""
    if used := usages(project_id, name):
        raise EventInUse(f"The event {name!r}", used)


def _was_tracked(project_id: UUID, name: str) -> bool:
    """A name past the catalogue's limit is known by its events."""
    found = select(Event.id).where(Event.project_id == project_id, Event.name == name).limit(1)
    return db.session.scalar(found) is not None
