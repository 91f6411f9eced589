"""Two other ways to find the members of a segment: hand-written statements, and ids pulled into Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from plunk.db.base import new_id
from plunk.db.locks import number
from plunk.segments.computing import BEGINNING
from plunk.segments.refresh import RANGE

Connection = psycopg.Connection[Any]
CHUNK = 1_000
"""Rows that the pulled ids are written back in."""


@dataclass(frozen=True)
class Filled:
    """A rule with the SQL that a person would write for it: `where` says who is in, `due` are rows `(id, due_at)`
    of those who will come in or go when time passes, among the contacts `c` of a range."""

    name: str
    condition: dict[str, Any]
    where: str
    due: str | None = None


def by_hand(connection: Connection, rule: Filled, *, project_id: UUID, segment_id: UUID) -> None:
    """As ours: range by range, each a transaction under the project's lock, whoever is missing put in and who is too
    many taken out, counts, timers and how far it got along with it."""
    for after, last in _ranges(connection, project_id):
        given = {"project": project_id, "segment": segment_id, "after": after, "last": last, "id": new_id()}
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [number("rules", project_id)])
        connection.execute(_DIFFERENCES.replace("WHERE_MET", rule.where), given)
        if rule.due:
            connection.execute(_TIMERS.replace("DUE", rule.due), given)
        connection.execute(_CURSOR, given)
        connection.commit()


def pulling(address: str, rule: Filled, project_id: UUID, segment_id: UUID) -> Callable[[], None]:
    """The matching ids and the members' into two sets, and their difference back, some rows a statement."""
    connection = psycopg.connect(address)

    def pull() -> None:
        given = {"project": project_id, "segment": segment_id}
        matching = {row[0] for row in connection.execute(_MATCHING.replace("WHERE_MET", rule.where), given)}
        members = {row[0] for row in connection.execute(_MEMBERS, given)}
        for sql, ids in ((_ADD, list(matching - members)), (_REMOVE, list(members - matching))):
            for some in _chunks(ids):
                connection.execute(sql, {**given, "ids": some})
                connection.commit()
        connection.rollback()

    return pull


def _ranges(connection: Connection, project_id: UUID) -> Iterator[tuple[UUID, UUID]]:
    after = BEGINNING
    while True:
        found = connection.execute(_LAST, {"project": project_id, "after": after}).fetchone()
        if found is None:
            yield after, UUID(int=2**128 - 1)
            return
        yield after, found[0]
        after = found[0]


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for first in range(0, len(ids), CHUNK):
        yield ids[first : first + CHUNK]


_LAST = f"""
    SELECT id FROM contacts WHERE project_id = %(project)s AND id > %(after)s ORDER BY id OFFSET {RANGE - 1} LIMIT 1
"""
_MINE = "project_id = %(project)s AND segment_id = %(segment)s"
_RANGE = "c.project_id = %(project)s AND c.id > %(after)s AND c.id <= %(last)s"
_DIFFERENCES = f"""
    WITH matching AS (
        SELECT c.id, c.subscribed FROM contacts AS c WHERE {_RANGE} AND WHERE_MET
    ), member AS (
        SELECT contact_id FROM memberships WHERE {_MINE} AND contact_id > %(after)s AND contact_id <= %(last)s
    ), missing AS (
        SELECT m.id, m.subscribed FROM matching AS m WHERE NOT EXISTS (SELECT FROM member WHERE contact_id = m.id)
    ), added AS (
        INSERT INTO memberships (project_id, segment_id, contact_id, created_at, is_announced)
        SELECT %(project)s, %(segment)s, id, now(), false FROM missing
    ), removed AS (
        DELETE FROM memberships AS m WHERE {_MINE} AND m.contact_id > %(after)s AND m.contact_id <= %(last)s
            AND NOT EXISTS (SELECT FROM matching WHERE id = m.contact_id)
    )
    INSERT INTO segment_count_deltas (project_id, segment_id, id, members, reachable)
    SELECT %(project)s, %(segment)s, %(id)s, count(*), count(*) FILTER (WHERE subscribed) FROM missing
    HAVING count(*) > 0
"""
_TIMERS = f"""
    INSERT INTO membership_timers AS t (project_id, contact_id, segment_id, due_at)
    SELECT %(project)s, due.id, %(segment)s, due.due_at
    FROM contacts AS c CROSS JOIN LATERAL (DUE) AS due WHERE {_RANGE} AND due.due_at > now()
    ON CONFLICT (project_id, contact_id, segment_id) DO UPDATE SET due_at = excluded.due_at
    WHERE excluded.due_at < t.due_at
"""
_CURSOR = "UPDATE segments SET refresh_cursor = %(last)s WHERE project_id = %(project)s AND id = %(segment)s"
_MATCHING = "SELECT c.id FROM contacts AS c WHERE c.project_id = %(project)s AND WHERE_MET"
_MEMBERS = f"SELECT contact_id FROM memberships WHERE {_MINE}"
_ADD = """
    INSERT INTO memberships (project_id, segment_id, contact_id, created_at, is_announced)
    SELECT %(project)s, %(segment)s, id, now(), false FROM unnest(%(ids)s::uuid[]) AS id
"""
_REMOVE = f"DELETE FROM memberships WHERE {_MINE} AND contact_id = ANY(%(ids)s)"
