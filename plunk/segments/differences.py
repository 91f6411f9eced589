"""The one place where membership changes: differences found by whoever judged become rows, all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from plunk.db.base import new_id
from plunk.db.pipeline import Statement, send
from plunk.facts import MembershipChanged
from plunk.outbox.interest import Interest
from plunk.outbox.service import record
from plunk.segments.judging import Flip, Timer
from plunk.segments.rulebook import Entry

Counts = dict[UUID, tuple[int, int]]
"""What is added to segments: members, and reachable ones."""

NOBODY: Mapping[UUID, int] = {}


@dataclass(frozen=True)
class _Told:
    """Flips in the order in which everybody writes them: by segment, then by contact. `segments` are theirs, each once,
    `places` says of each flip which it is, from 1 on; `ids` are those of events and facts, None for silent ones."""

    flips: list[Flip]
    segments: list[Entry]
    places: list[int]
    ids: list[UUID | None]


def write(
    project_id: UUID,
    flips: Sequence[Flip],
    *,
    now: datetime,
    listening: Interest,
    subscriptions: Mapping[UUID, int] = NOBODY,
    staying: Iterable[tuple[UUID, int]] = (),
) -> None:
    """Writes memberships, history, events with their activity, counts and facts, in the transaction of the cause.

    The contacts are locked. `now` has milliseconds. `subscriptions` says of contacts that they came to be subscribed
    (+1) or the opposite (−1) in the same transaction, `staying` in which segments that changes the reachable members.
    """
    told = _told(flips)
    if flips:
        send([Statement(_MOVED, _values(project_id, told, now))])
    add_counts(project_id, _counts(flips, subscriptions, staying))
    _record(project_id, told, now, listening)


def announce(project_id: UUID, flips: Sequence[Flip], *, now: datetime, listening: Interest) -> None:
    """Tells of members from the start as if they came in now."""
    if flips:
        told = _told(flips)
        send([Statement(_ANNOUNCED, _values(project_id, told, now))])
        _record(project_id, told, now, listening)


def add_counts(project_id: UUID, counts: Counts) -> None:
    """Adds to the counts of segments."""
    if counts:
        send([Statement(_COUNTS, _count_values(project_id, counts))])


def set_timers(project_id: UUID, timers: Sequence[Timer]) -> None:
    """Sets timers, or moves them earlier; never later."""
    if not timers:
        return
    timers = sorted(timers, key=lambda timer: (timer.contact_id, timer.segment_id))
    values = {
        "project_id": project_id,
        "contacts": [timer.contact_id for timer in timers],
        "segments": [timer.segment_id for timer in timers],
        "due": [timer.due_at for timer in timers],
    }
    send([Statement(_TIMERS, values)])


def _told(flips: Sequence[Flip]) -> _Told:
    by_segment: dict[int, list[Flip]] = {}
    for flip in flips:
        by_segment.setdefault(flip.segment.id.int, []).append(flip)
    found = _Told([], [], [], [])
    for place, segment_id in enumerate(sorted(by_segment), start=1):
        some = sorted(by_segment[segment_id], key=lambda flip: flip.state.contact_id.int)
        found.segments.append(some[0].segment)
        found.flips.extend(some)
        found.places.extend([place] * len(some))
        found.ids.extend(None if flip.is_silent else new_id() for flip in some)
    return found


def _record(project_id: UUID, told: _Told, now: datetime, listening: Interest) -> None:
    """The facts that somebody wants to hear."""
    facts = [
        MembershipChanged(
            id=fact_id,
            project_id=project_id,
            contact_id=flip.state.contact_id,
            sequence=flip.sequence,
            at=now,
            contact=flip.state.contact(),
            change="entry" if flip.is_entry else "exit",
            segment={"id": str(flip.segment.id), "name": flip.segment.name, "slug": flip.segment.slug},
        )
        for fact_id, flip in zip(told.ids, told.flips, strict=True)
        if fact_id and listening.listeners("membership", flip.segment.event(is_entry=flip.is_entry))
    ]
    record(facts, listening)


def _counts(
    flips: Sequence[Flip], subscriptions: Mapping[UUID, int], staying: Iterable[tuple[UUID, int]]
) -> Counts:
    members: Counter[UUID] = Counter()
    reachable: Counter[UUID] = Counter()
    for flip in flips:
        step = 1 if flip.is_entry else -1
        members[flip.segment.id] += step
        reachable[flip.segment.id] += step * _was_counted(flip, subscriptions)
    for segment_id, step in staying:
        reachable[segment_id] += step
    found = {each: (members[each], reachable[each]) for each in sorted({*members, *reachable})}
    return {segment_id: counts for segment_id, counts in found.items() if counts != (0, 0)}


def _was_counted(flip: Flip, subscriptions: Mapping[UUID, int]) -> bool:
    """Whether who comes in counts as reachable, or who leaves did so before."""
    change = 0 if flip.is_entry else subscriptions.get(flip.state.contact_id, 0)
    return change < 0 if change else flip.state.subscribed


def _values(project_id: UUID, told: _Told, now: datetime) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "now": now,
        "ids": told.ids,
        "contacts": [flip.state.contact_id for flip in told.flips],
        "sequences": [flip.sequence for flip in told.flips],
        "entries": [flip.is_entry for flip in told.flips],
        "places": told.places,
        "segments": [segment.id for segment in told.segments],
        "entry_names": [segment.event(is_entry=True) for segment in told.segments],
        "exit_names": [segment.event(is_entry=False) for segment in told.segments],
        "contents": [segment.event_json for segment in told.segments],
    }


def _count_values(project_id: UUID, counts: Counts) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "ids": [new_id() for _ in counts],
        "segments": list(counts),
        "members": [members for members, _ in counts.values()],
        "reachable": [reachable for _, reachable in counts.values()],
    }


_FLIPS = b"""
    WITH segment AS MATERIALIZED (
        SELECT place, segment_id, entry_name, exit_name, content::jsonb AS content
        FROM unnest(%(segments)b::uuid[], %(entry_names)b::text[], %(exit_names)b::text[], %(contents)b::text[])
            WITH ORDINALITY AS s (segment_id, entry_name, exit_name, content, place)
    ), flip AS (
        SELECT f.*, s.segment_id, CASE WHEN f.is_entry THEN s.entry_name ELSE s.exit_name END AS name, s.content
        FROM unnest(
            %(ids)b::uuid[], %(contacts)b::uuid[], %(sequences)b::bigint[], %(entries)b::bool[], %(places)b::int[]
        ) AS f (id, contact_id, sequence, is_entry, place)
        JOIN segment AS s ON s.place = f.place
    )
"""
_MEMBERSHIPS = b""", gone AS (
        DELETE FROM memberships AS m USING flip
        WHERE NOT flip.is_entry AND m.project_id = %(project_id)s
            AND m.segment_id = flip.segment_id AND m.contact_id = flip.contact_id
    ), come AS (
        INSERT INTO memberships (project_id, segment_id, contact_id, created_at, is_announced)
        SELECT %(project_id)s, segment_id, contact_id, %(now)s, id IS NOT NULL FROM flip WHERE is_entry
    )
"""
_ANNOUNCEMENTS = b""", announced AS (
        UPDATE memberships AS m SET is_announced = true FROM flip
        WHERE m.project_id = %(project_id)s AND m.segment_id = flip.segment_id AND m.contact_id = flip.contact_id
    )
"""
# A deleted contact keeps its history; its events and activity go with it.
_HISTORY = b""", told AS (
        SELECT * FROM flip WHERE id IS NOT NULL
    ), numbered AS (
        INSERT INTO contact_sequences (project_id, contact_id, sequence)
        SELECT %(project_id)s, contact_id, max(sequence) FROM told GROUP BY contact_id
        ON CONFLICT (project_id, contact_id) DO UPDATE SET sequence = excluded.sequence
    ), event AS (
        INSERT INTO events (project_id, id, contact_id, name, data, created_at)
        SELECT %(project_id)s, id, contact_id, name, content, %(now)s FROM told
    ), sum AS (
        INSERT INTO activity AS a (project_id, contact_id, name, first_at, last_at, count)
        SELECT %(project_id)s, contact_id, name, %(now)s, %(now)s, 1 FROM told ORDER BY contact_id, name
        ON CONFLICT (project_id, contact_id, name) DO UPDATE SET
            first_at = least(a.first_at, excluded.first_at),
            last_at = greatest(a.last_at, excluded.last_at),
            count = a.count + 1
    )
    INSERT INTO membership_changes (project_id, contact_id, sequence, segment_id, is_entry, at)
    SELECT %(project_id)s, contact_id, sequence, segment_id, is_entry, %(now)s FROM told
"""
_MOVED = _FLIPS + _MEMBERSHIPS + _HISTORY
_ANNOUNCED = _FLIPS + _ANNOUNCEMENTS + _HISTORY
_COUNTS = b"""
    INSERT INTO segment_count_deltas (project_id, segment_id, id, members, reachable)
    SELECT %(project_id)s, *
    FROM unnest(%(segments)b::uuid[], %(ids)b::uuid[], %(members)b::int[], %(reachable)b::int[])
"""
_TIMERS = b"""
    INSERT INTO membership_timers AS t (project_id, contact_id, segment_id, due_at)
    SELECT %(project_id)s, * FROM unnest(%(contacts)b::uuid[], %(segments)b::uuid[], %(due)b::timestamptz[])
    ON CONFLICT (project_id, contact_id, segment_id) DO UPDATE SET due_at = excluded.due_at
    WHERE excluded.due_at < t.due_at
"""
