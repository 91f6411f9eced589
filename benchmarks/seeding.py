"""Makes the same people and events every time, inside the database, for the moment at which it is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import click
import psycopg
from psycopg.sql import SQL, Identifier, Literal

from benchmarks.population import ACTIVITY, CONTACTS, EVENT_NAMES, EVENTS, FIELDS, FUNCTIONS
from plunk.db.base import new_id

VERSION = 1
"""Raise it whenever the seeded data changes: homes of older versions are then seeded anew."""
EVENTS_EACH = 10
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Seeded:
    """What a home was seeded with."""

    version: int
    contacts: int
    at: datetime
    project_id: UUID
    other_id: UUID

    def is_like(self, contacts: int) -> bool:
        return (self.version, self.contacts) == (VERSION, contacts)


def find(connection: Connection) -> Seeded | None:
    """What this database was seeded with; None if it was not, or not to the end."""
    if connection.execute("SELECT to_regclass('public.benchmark_seed')").fetchone() == (None,):
        return None
    columns = "version, contacts, at, project_id, other_id"
    row = connection.execute(SQL("SELECT {} FROM benchmark_seed").format(SQL(columns))).fetchone()
    return Seeded(*row) if row else Seeded(0, 0, datetime.min, UUID(int=0), UUID(int=0))


def holds_data(connection: Connection) -> bool:
    """Whether somebody's projects are in here."""
    if connection.execute("SELECT to_regclass('public.projects')").fetchone() == (None,):
        return False
    return connection.execute("SELECT EXISTS (SELECT FROM projects)").fetchone() == (True,)


def seed(connection: Connection, contacts: int) -> None:
    """Fills an empty schema. The connection is a superuser's (foreign keys are not checked) and autocommits."""
    click.echo(f"seeding {contacts:,} contacts and {contacts * EVENTS_EACH:,} events", err=True)
    began = time.monotonic()
    connection.execute(
        "CREATE TABLE benchmark_seed (version int, contacts int, at timestamptz, project_id uuid, other_id uuid)"
    )
    connection.execute("GRANT SELECT ON benchmark_seed TO plunk")
    for setting in ("session_replication_role = replica", "work_mem = '256MB'", "timezone = 'UTC'",
                    "maintenance_work_mem = '512MB'", "max_parallel_workers_per_gather = 0"):  # fmt: skip
        connection.execute(SQL("SET {}").format(SQL(setting)))
    (at,) = connection.execute("SELECT date_trunc('milliseconds', now())").fetchone() or (None,)
    for statement in FUNCTIONS:
        connection.execute(statement)
    projects = [(new_id(), contacts, 0), (new_id(), contacts // 10, 500_000_000)]
    with _without_indexes(connection, ("contacts", "events", "activity")):
        for project_id, people, offset in projects:
            _fill(connection, project_id=project_id, people=people, offset=offset, at=at)
    connection.execute("VACUUM (ANALYZE)")
    connection.execute("CHECKPOINT")
    values = (VERSION, contacts, at, projects[0][0], projects[1][0])
    connection.execute("INSERT INTO benchmark_seed VALUES (%s, %s, %s, %s, %s)", values)
    click.echo(f"seeded in {time.monotonic() - began:.0f} s", err=True)


def _fill(connection: Connection, *, project_id: UUID, people: int, offset: int, at: Any) -> None:
    """One project. `offset` keeps its random numbers and ids apart from the other's."""
    given = {"project": project_id, "n": people, "events": people * EVENTS_EACH, "salt": offset, "at": at}
    literals = {name: Literal(value) for name, value in given.items()}
    connection.execute("INSERT INTO projects (id, name) VALUES (%s, %s)", (project_id, f"{people} people"))
    for what, statement in {
        "contacts": CONTACTS,
        "events": EVENTS,
        "activity": ACTIVITY,
        "fields": FIELDS,
        "event names": EVENT_NAMES,
    }.items():
        began = time.monotonic()
        connection.execute(SQL(statement).format(**literals))
        click.echo(f"  {what}: {time.monotonic() - began:.1f} s", err=True)


@contextmanager
def _without_indexes(connection: Connection, tables: tuple[str, ...]) -> Iterator[None]:
    """Indexes are made afterwards, in one go each: many times faster than row by row.

    Unique ones stay, but for that of activity, whose rows do not come in its order.
    """
    indexes = connection.execute(_INDEXES, [list(tables)]).fetchall()
    keys = connection.execute(_KEYS).fetchall()
    for name, _ in indexes:
        connection.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    for name, _ in keys:
        connection.execute(SQL("ALTER TABLE activity DROP CONSTRAINT {}").format(Identifier(name)))
    yield
    began = time.monotonic()
    for name, definition in keys:
        added = SQL("ALTER TABLE activity ADD CONSTRAINT {} {}")
        connection.execute(added.format(Identifier(name), SQL(definition)))
    for _, definition in indexes:
        connection.execute(SQL(definition))
    click.echo(f"  indexes: {time.monotonic() - began:.1f} s", err=True)


_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i
    WHERE i.indrelid = ANY (%s::regclass[]) AND NOT i.indisunique
"""
_KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'activity'::regclass AND contype = 'p'
"""
