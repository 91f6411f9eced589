"""Writing events: the row, the sum of its kind, and the catalogue of names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from plunk import clock
from plunk.config import settings
from plunk.db.base import new_id
from plunk.db.locks import lock
from plunk.db.pipeline import Statement, run
from plunk.db.remembered import CATALOGUED_SECONDS, Remembered
from plunk.db.session import after_commit
from plunk.facts import StoredEvent


@dataclass(frozen=True)
class NewEvent:
    """An event to be stored. `at` is when it happened, None for now; a moment ahead of the clock counts as now."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def recording(contact: bytes, *, further: bytes = b"NULL") -> bytes:
    """The statement that stores one event and adds it to the contact's activity.

    `contact` is SQL for the contact's id, so that writers who do not know it yet need no extra round trip.
    Parameters: project_id, event_id, name, event_data, at, and those of `contact`. Returns `(contact_id,
    created_at, further)`.
    """
    return b"""
        WITH moment AS (
            SELECT date_trunc('milliseconds', least(%(at)s::timestamptz, clock_timestamp())) AS at
        ), event AS (
            INSERT INTO events (project_id, id, contact_id, name, data, created_at)
            SELECT %(project_id)s, %(event_id)s, CONTACT, %(name)s, %(event_data)s, moment.at FROM moment
            RETURNING contact_id, created_at
        ), sum AS (
            INSERT INTO activity AS a (project_id, contact_id, name, first_at, last_at, count)
            SELECT %(project_id)s, contact_id, %(name)s, created_at, created_at, 1 FROM event
            ON CONFLICT (project_id, contact_id, name) DO UPDATE SET
                first_at = least(a.first_at, excluded.first_at),
                last_at = greatest(a.last_at, excluded.last_at),
                count = a.count + 1
        )
        SELECT contact_id, created_at, FURTHER FROM event
    """.replace(b"CONTACT", contact).replace(b"FURTHER", further)


_BY_ID = recording(b"%(contact_id)s")


def parameters(project_id: UUID, event: NewEvent) -> dict[str, Any]:
    """What `recording` needs, but for the contact."""
    return {
        "project_id": project_id,
        "event_id": new_id(event.at and min(event.at, clock.now())),
        "name": event.name,
        "event_data": Jsonb(event.data),
        "at": event.at,
    }


def statement(project_id: UUID, contact_id: UUID, event: NewEvent) -> Statement:
    """Stores one event of a contact whose id is known."""
    return Statement(_BY_ID, {**parameters(project_id, event), "contact_id": contact_id})


def record(project_id: UUID, contact_id: UUID, event: NewEvent) -> StoredEvent:
    """Stores one event of a contact. The caller tells who follows changes (`plunk.contacts.changes`) and then
    catalogues the name."""
    wanted = statement(project_id, contact_id, event)
    (rows,) = run([wanted])
    return StoredEvent(wanted.params["event_id"], event.name, event.data, rows[0][1])


def record_many(project_id: UUID, events: Sequence[tuple[UUID, NewEvent]]) -> list[StoredEvent]:
    """Stores events of many contacts, which are locked, at once; each happened now. Answers them in their order."""
    if not events:
        return []
    ids = [new_id() for _ in events]
    values = {
        "project_id": project_id,
        "ids": ids,
        "contacts": [contact_id for contact_id, _ in events],
        "names": [event.name for _, event in events],
        "contents": [Jsonb(event.data) for _, event in events],
    }
    (rows,) = run([Statement(_RECORD_MANY, values)])
    at = rows[0][0]
    return [
        StoredEvent(each, event.name, event.data, at) for each, (_, event) in zip(ids, events, strict=True)
    ]


_RECORD_MANY = b"""
    WITH moment AS (
        SELECT date_trunc('milliseconds', clock_timestamp()) AS at
    ), told AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(contacts)s::uuid[], %(names)s::text[], %(contents)s::jsonb[])
            AS t (id, contact_id, name, content)
    ), event AS (
        INSERT INTO events (project_id, id, contact_id, name, data, created_at)
        SELECT %(project_id)s, id, contact_id, name, content, moment.at FROM told, moment
    ), sum AS (
        INSERT INTO activity AS a (project_id, contact_id, name, first_at, last_at, count)
        SELECT %(project_id)s, contact_id, name, moment.at, moment.at, count(*) FROM told, moment
        GROUP BY contact_id, name, moment.at ORDER BY contact_id, name
        ON CONFLICT (project_id, contact_id, name) DO UPDATE SET
            first_at = least(a.first_at, excluded.first_at),
            last_at = greatest(a.last_at, excluded.last_at),
            count = a.count + excluded.count
    )
    SELECT at FROM moment
"""

_seen: Remembered[tuple[UUID, str]] = Remembered(seconds=CATALOGUED_SECONDS, most=100_000)


def catalogue(project_id: UUID, names: list[str]) -> None:
    """Puts new names into the catalogue, up to its limit; last in a transaction, so nobody waits long.

    A process remembers for moments what is catalogued, and looks before it locks.
    """
    unsure = sorted({name for name in names if (project_id, name) not in _seen})
    if not unsure:
        return
    (rows,) = run([Statement(_KNOWN, {"project_id": project_id, "names": unsure})])
    known = {row[0] for row in rows}
    if new := [name for name in unsure if name not in known]:
        _add_names(project_id, new)
    after_commit(lambda: _seen.add((project_id, name) for name in unsure))


def _add_names(project_id: UUID, new: list[str]) -> None:
    values = {"project_id": project_id, "names": new, "most": settings().max_event_names}
    lock("event_names", project_id)
    run([Statement(_CATALOGUE, values)])


_KNOWN = b"SELECT name FROM event_names WHERE project_id = %(project_id)s AND name = ANY(%(names)s)"
# The lock makes the limit exact; it is taken for new names only.
_CATALOGUE = b"""
    INSERT INTO event_names (project_id, name, created_at)
    SELECT %(project_id)s, new.name, clock_timestamp() FROM unnest(%(names)s::text[]) AS new (name)
    WHERE NOT EXISTS (SELECT FROM event_names AS e WHERE e.project_id = %(project_id)s AND e.name = new.name)
    LIMIT greatest(0, %(most)s - (SELECT count(*) FROM event_names WHERE project_id = %(project_id)s))
    ON CONFLICT DO NOTHING
"""
