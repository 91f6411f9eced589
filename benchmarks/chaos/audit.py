"""What really happened, written down by triggers of the database in the very transaction: the oracle's only source.

A write path that forgot to tell the engine would still leave its rows here; a transaction that was rolled back leaves
none. Rows of one contact are in the order of its changes, since whoever writes holds the contact's lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

_SCHEMA = """
    CREATE SCHEMA chaos;
    CREATE TABLE chaos.seen (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tx text NOT NULL DEFAULT pg_current_xact_id()::text,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        what text NOT NULL,
        contact_id uuid,
        segment_id uuid,
        content jsonb NOT NULL DEFAULT '{}'
    );
"""

# (name, table, event and condition, what, contact, segment, content)
_TRIGGERS = (
    ("made", "contacts", "INSERT", "NEW.id", "NULL", "to_jsonb(NEW)"),
    (
        "changed",
        "contacts",
        "UPDATE WHEN ((OLD.email, OLD.subscribed, OLD.data) IS DISTINCT FROM (NEW.email, NEW.subscribed, NEW.data))",
        "NEW.id",
        "NULL",
        "to_jsonb(NEW)",
    ),
    ("gone", "contacts", "DELETE", "OLD.id", "NULL", "to_jsonb(OLD)"),
    (
        "event",
        "events",
        "INSERT",
        "NEW.contact_id",
        "NULL",
        "jsonb_build_object('id', NEW.id, 'name', NEW.name, 'data', NEW.data, 'at', NEW.created_at)",
    ),
    ("in", "memberships", "INSERT", "NEW.contact_id", "NEW.segment_id", "'{}'"),
    ("out", "memberships", "DELETE", "OLD.contact_id", "OLD.segment_id", "'{}'"),
    ("told", "membership_changes", "INSERT", "NEW.contact_id", "NEW.segment_id", "to_jsonb(NEW)"),
    ("fact", "outbox", "INSERT", "NEW.contact_id", "NULL", "to_jsonb(NEW) - 'body'"),
    (
        "rule",
        "segments",
        "UPDATE WHEN (OLD.condition::text IS DISTINCT FROM NEW.condition::text)",
        "NULL",
        "NEW.id",
        "NEW.condition::jsonb",
    ),
    (
        "status",
        "segments",
        "UPDATE WHEN (OLD.status IS DISTINCT FROM NEW.status)",
        "NULL",
        "NEW.id",
        "to_jsonb(NEW.status)",
    ),
)


@dataclass(frozen=True)
class Seen:
    """One row that was written. `id` gives the order, `tx` the transaction."""

    id: int
    tx: str
    at: datetime
    what: str
    contact_id: str
    segment_id: str
    content: Any


def install(connection: psycopg.Connection[Any]) -> None:
    """Begins to watch a database whose tables exist."""
    with connection.transaction():
        connection.execute(_SCHEMA)
        for name, table, event, contact, segment, content in _TRIGGERS:
            verb, _, when = event.partition(" ")
            connection.execute(
                f"""
                CREATE FUNCTION chaos.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    INSERT INTO chaos.seen (what, contact_id, segment_id, content)
                    VALUES ('{name}', {contact}, {segment}, {content});
                    RETURN NULL;
                END $$;
                CREATE TRIGGER chaos_{name} AFTER {verb} ON {table}
                FOR EACH ROW {when} EXECUTE FUNCTION chaos.{name}();
                """
            )


def read(connection: psycopg.Connection[Any]) -> list[Seen]:
    """All of it, in order."""
    rows = connection.execute(
        "SELECT id, tx, at, what, contact_id::text, segment_id::text, content FROM chaos.seen ORDER BY id"
    )
    return [Seen(*row) for row in rows]
