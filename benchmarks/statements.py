"""What SQL a piece of our code sends, to be sent again without that code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import event

from plunk.db.base import db

Connection = psycopg.Connection[Any]


class Sent(NamedTuple):
    """A statement as it went to the driver."""

    sql: str
    params: Any


def sent_by(code: Callable[[], Any]) -> list[Sent]:
    """The statements that `code` sends through the session, in order."""
    found: list[Sent] = []

    def note(connection: Any, cursor: Any, statement: str, params: Any, *rest: Any) -> None:
        found.append(Sent(statement, params))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        code()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
        db.session.rollback()
    return found


def answer(connection: Connection, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """All rows; the transaction ends with them."""
    rows = connection.execute(sql, params).fetchall()
    connection.rollback()
    return rows


def explained(connection: Connection, sql: str, params: Any) -> str:
    """The plan as it ran, with what was read."""
    rows = answer(connection, f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {sql}", params)
    return "\n".join(line for (line,) in rows)
