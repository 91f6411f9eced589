"""Several statements in one round trip, on the transaction of the session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import psycopg

from plunk.db.base import db


class Statement(NamedTuple):
    """SQL that stands fixed in the code, with its parameters.

    Bytes, not psycopg's SQL objects: those are put together again at every call, for a tenth of a millisecond.
    """

    sql: bytes
    params: Mapping[str, Any]


def run(statements: Sequence[Statement], *, prepare: bool = True) -> list[list[tuple[Any, ...]]]:
    """The rows of each statement, in order. They are sent together and stay separate statements.

    They are prepared: their SQL is fixed, and planning them anew would take longer than running them. Not so where the
    right plan depends on how full a table is at the moment (`prepare=False`). Each has its own snapshot: what the
    second reads is as new as the lock that the first waited for.
    """
    connection = driver_connection()
    if len(statements) == 1:
        return [_rows(connection.execute(statements[0].sql, statements[0].params, prepare=prepare))]
    with connection.pipeline():
        cursors = [connection.execute(each.sql, each.params, prepare=prepare) for each in statements]
    return [_rows(cursor) for cursor in cursors]


@contextmanager
def sending() -> Iterator[None]:
    """In the block, `send` does not wait: the database works while more is made ready for it. The end of the block
    waits for all of it, and raises what failed. Nothing may be read inside."""
    with driver_connection().pipeline():
        yield


def send(statements: Sequence[Statement]) -> None:
    """Runs statements that answer nothing, within `sending` in the background."""
    connection = driver_connection()
    for each in statements:
        connection.execute(each.sql, each.params, prepare=True)


def driver_connection() -> psycopg.Connection[tuple[Any, ...]]:
    """psycopg's own connection under the session's transaction."""
    return cast("psycopg.Connection[tuple[Any, ...]]", db.session.connection().connection.driver_connection)


def _rows(cursor: psycopg.Cursor[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    # Not `cursor.description`: that makes an object for each column, only to say that there are some.
    return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []
