"""The one place where membership changes: differences found by whoever judged become rows, all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from plunk.db.base import new_id
from plunk.db.pipeline import Statement, run
from plunk.facts import MembershipChanged
from plunk.outbox.interest import Interest
from plunk.outbox.service import record
from plunk.segments.judging import Flip, Timer

Counts = dict[UUID, tuple[int, int]]
"""What is added to segments: members, and reachable ones."""

Told = tuple[UUID, Flip]
"""A flip that is told, with the id of its event and its fact."""

NOBODY: Mapping[UUID, int] = {}


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
    flips = sorted(flips, key=lambda flip: (flip.segment.id.int, flip.state.contact_id.int))
    told = [(new_id(), flip) for flip in flips if not flip.is_silent]
    statements = []
    if flips:
        statements.append(Statement(_MEMBERSHIPS, _membership_values(project_id, flips, now)))
    if told:
        statements.append(Statement(_HISTORY, _history_values(project_id, told, now)))
    if counts := _counts(flips, subscriptions, staying):
        statements.append(Statement(_COUNTS, _count_values(project_id, counts)))
    if statements:
        run(statements)
    _record(project_id, told, now, listening)


def announce(project_id: UUID, flips: Sequence[Flip], *, now: datetime, listening: Interest) -> None:
    """Tells of members from the start as if they came in now."""
    if not flips:
        return
    told = [(new_id(), flip) for flip in flips]
    values = {
        "project_id": project_id,
        "segment_id": flips[0].segment.id,
        "contacts": [flip.state.contact_id for flip in flips],
    }
    run([Statement(_ANNOUNCED, values), Statement(_HISTORY, _history_values(project_id, told, now))])
    _record(project_id, told, now, listening)


def add_counts(project_id: UUID, counts: Counts) -> None:
    """Adds to the counts of segments."""
    if counts:
        run([Statement(_COUNTS, _count_values(project_id, counts))])


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
    run([Statement(_TIMERS, values)])


def _record(project_id: UUID, told: Sequence[Told], now: datetime, listening: Interest) -> None:
    """The facts that somebody wants to hear, numbered in the order in which they were found."""
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
        for fact_id, flip in told
        if listening.listeners("membership", flip.segment.event(is_entry=flip.is_entry))
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


def _membership_values(project_id: UUID, flips: Sequence[Flip], now: datetime) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "now": now,
        "segments": [flip.segment.id for flip in flips],
        "contacts": [flip.state.contact_id for flip in flips],
        "entries": [flip.is_entry for flip in flips],
        "announced": [not flip.is_silent for flip in flips],
    }


def _history_values(project_id: UUID, told: Sequence[Told], now: datetime) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "now": now,
        "ids": [fact_id for fact_id, _ in told],
        "contacts": [flip.state.contact_id for _, flip in told],
        "sequences": [flip.sequence for _, flip in told],
        "segments": [flip.segment.id for _, flip in told],
        "entries": [flip.is_entry for _, flip in told],
        "names": [flip.segment.event(is_entry=flip.is_entry) for _, flip in told],
        "contents": [flip.segment.event_json for _, flip in told],
    }


def _count_values(project_id: UUID, counts: Counts) -> dict[str, Any]:
    return {
        "project_id": project_id,
        "ids": [new_id() for _ in counts],
        "segments": list(counts),
        "members": [members for members, _ in counts.values()],
        "reachable": [reachable for _, reachable in counts.values()],
    }


_MEMBERSHIPS = b"""
    WITH flip AS (
        SELECT * FROM unnest(%(segments)b::uuid[], %(contacts)b::uuid[], %(entries)b::bool[], %(announced)b::bool[])
            AS f (segment_id, contact_id, is_entry, is_announced)
    ), gone AS (
        DELETE FROM memberships AS m USING flip
        WHERE NOT flip.is_entry AND m.project_id = %(project_id)s
            AND m.segment_id = flip.segment_id AND m.contact_id = flip.contact_id
    )
    INSERT INTO memberships (project_id, segment_id, contact_id, created_at, is_announced)
    SELECT %(project_id)s, segment_id, contact_id, %(now)s, is_announced FROM flip WHERE is_entry
"""
_ANNOUNCED = b"""
    UPDATE memberships SET is_announced = true
    WHERE project_id = %(project_id)s AND segment_id = %(segment_id)s AND contact_id = ANY(%(contacts)s)
"""
# A deleted contact keeps its history; its events and activity go with it.
_HISTORY = b"""
    WITH told AS (
        SELECT * FROM unnest(
            %(ids)b::uuid[], %(contacts)b::uuid[], %(sequences)b::bigint[], %(segments)b::uuid[],
            %(entries)b::bool[], %(names)b::text[], %(contents)b::text[]
        ) AS t (id, contact_id, sequence, segment_id, is_entry, name, content)
    ), numbered AS (
        UPDATE contacts AS c SET change_seq = latest.sequence
        FROM (SELECT contact_id, max(sequence) AS sequence FROM told GROUP BY contact_id) AS latest
        WHERE c.project_id = %(project_id)s AND c.id = latest.contact_id
    ), event AS (
        INSERT INTO events (project_id, id, contact_id, name, data, created_at)
        SELECT %(project_id)s, id, contact_id, name, content::jsonb, %(now)s FROM told
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
