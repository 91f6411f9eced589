"""Contacts as the engine sees them: what rules may read, where they are members, and when they are due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from plunk import clock
from plunk.db.pipeline import Statement, run
from plunk.filters.profile import Activity, EventRow


@dataclass
class State:
    """One contact, read after its row was locked. What is judged changes it in memory, and is then written.

    `members` are segments that keep rows; `sequence` is the number of the latest fact about the contact.
    """

    contact_id: UUID
    email: str
    subscribed: bool
    data: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    sequence: int
    members: set[UUID]
    timers: dict[UUID, datetime] = field(default_factory=dict)
    activity: dict[str, Activity] = field(default_factory=dict)
    events: dict[str, list[EventRow]] = field(default_factory=dict)

    def contact(self) -> dict[str, Any]:
        """As facts carry it."""
        return {
            "id": str(self.contact_id),
            "email": self.email,
            "subscribed": self.subscribed,
            "data": self.data,
        }

    def note(self, event: str, data: Mapping[str, Any], at: datetime) -> None:
        """An event that is about to be stored."""
        self.events.setdefault(event, []).append(EventRow(at, data))
        before = self.activity.get(event)
        self.activity[event] = (
            Activity(at, at, 1)
            if before is None
            else Activity(before.first_at, max(before.last_at, at), before.count + 1)
        )


@dataclass(frozen=True)
class States:
    """Contacts by id, and the one moment at which they are judged."""

    now: datetime
    by_id: Mapping[UUID, State]


def read(
    project_id: UUID, contact_ids: Sequence[UUID], *, events: Collection[str], event_rows: Collection[str]
) -> States:
    """Contacts with the activity of these events, and the single events of `event_rows`; those that are gone are
    left out. In a statement of its own: it sees all that the locks before it waited for."""
    is_one = len(contact_ids) == 1
    values = {
        "project_id": project_id,
        "ids": contact_ids[0] if is_one else list(contact_ids),
        "events": list(events),
        "event_rows": list(event_rows),
    }
    (rows,) = run([Statement(_READ[is_one, bool(event_rows)], values)])
    if not rows:
        return States(clock.now(), {})
    return States(rows[0][0] + clock.moved_by, {row[1]: _state(row) for row in rows})


def _state(row: Sequence[Any]) -> State:
    (
        _,
        contact_id,
        email,
        subscribed,
        data,
        created_at,
        updated_at,
        sequence,
        members,
        timers,
        activity,
        *rest,
    ) = row
    state = State(contact_id, email, subscribed, data, created_at, updated_at, sequence, set())
    if members:
        state.members.update(map(_segment_id, members.split(",")))
    if timers:
        state.timers = {_segment_id(segment_id): datetime.fromisoformat(due) for segment_id, due in timers}
    for name, first_at, last_at, count in activity or ():
        state.activity[name] = Activity(
            datetime.fromisoformat(first_at), datetime.fromisoformat(last_at), count
        )
    for name, at, content in (rest[0] if rest else None) or ():
        state.events.setdefault(name, []).append(EventRow(datetime.fromisoformat(at), content))
    return state


# Contacts are in the same few segments: their ids are read once. One by one they took half of the reading.
_segment_id = lru_cache(maxsize=10_000)(UUID)

_COLUMNS = b"""
    SELECT clock_timestamp(), c.id, c.email, c.subscribed, c.data, c.created_at, c.updated_at,
        coalesce((
            SELECT s.sequence FROM contact_sequences AS s WHERE s.project_id = c.project_id AND s.contact_id = c.id
        ), 0),
        (
            SELECT string_agg(m.segment_id::text, ',') FROM memberships AS m
            WHERE m.project_id = c.project_id AND m.contact_id = c.id
        ),
        (
            SELECT json_agg(json_build_array(t.segment_id, t.due_at)) FROM membership_timers AS t
            WHERE t.project_id = c.project_id AND t.contact_id = c.id
        ),
        (
            SELECT json_agg(json_build_array(a.name, a.first_at, a.last_at, a.count)) FROM activity AS a
            WHERE a.project_id = c.project_id AND a.contact_id = c.id AND a.name = ANY(%(events)s)
        )
"""
_ROWS = b""",
        (
            SELECT json_agg(json_build_array(e.name, e.created_at, e.data)) FROM events AS e
            WHERE e.project_id = c.project_id AND e.contact_id = c.id AND e.name = ANY(%(event_rows)s)
        )
"""
_FROM = b"FROM contacts AS c WHERE c.project_id = %(project_id)s AND c.id = "
# One contact is asked for by itself: of a list the planner does not know the length, so that a plan for any list looks
# dear to it and it plans anew each time, which takes longer than the reading.
_READ = {
    (is_one, has_rows): _COLUMNS
    + (_ROWS if has_rows else b"")
    + _FROM
    + (b"%(ids)s" if is_one else b"ANY(%(ids)s)")
    for is_one in (True, False)
    for has_rows in (True, False)
}
